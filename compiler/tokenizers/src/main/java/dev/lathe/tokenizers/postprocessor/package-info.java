/**
 * What is done with tokens once they are there: special tokens around them, cutting, filling up. Start at {@link
 * dev.lathe.tokenizers.postprocessor.Draft}.
 */
@NullMarked
package dev.lathe.tokenizers.postprocessor;

import org.jspecify.annotations.NullMarked;
