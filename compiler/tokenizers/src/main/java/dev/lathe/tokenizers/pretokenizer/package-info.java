/**
 * What cuts a text into words before a model sees it. A pre-tokenizer is one small class; {@link
 * dev.lathe.tokenizers.pretokenizer.PreTokenizers} reads them.
 */
@NullMarked
package dev.lathe.tokenizers.pretokenizer;

import org.jspecify.annotations.NullMarked;
