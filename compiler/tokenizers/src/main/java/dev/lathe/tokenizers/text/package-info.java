/**
 * Text with the way back to where it came from, and what is known of characters. Start at
 * {@link dev.lathe.tokenizers.text.AlignedText}.
 */
@NullMarked
package dev.lathe.tokenizers.text;

import org.jspecify.annotations.NullMarked;
