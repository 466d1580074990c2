/**
 * Tokenizers beside Hugging Face's own library, which is native code: files of real models, and random files of every
 * component, on random lines. {@code -Dlathe.tokenizers.lines=100000} sets how many.
 */
@NullMarked
package dev.lathe.conformance.tokenizers;

import org.jspecify.annotations.NullMarked;
