/**
 * Text to the tokens that a model takes, and back, from the files that models come with: Hugging Face's
 * {@code tokenizer.json}, and {@code vocab.txt} of BERT. Start at {@link dev.lathe.tokenizers.Tokenizer}; the stages of
 * a tokenizer are a package each: {@code normalizer}, {@code pretokenizer}, {@code model}, {@code postprocessor},
 * {@code decoder}.
 *
 * <p>The reference is Hugging Face's own library, of which the tests ask for the same ids, places, masks and decoded
 * text. A run of all lines:
 * {@code ./mvnw -q -pl tests/conformance -am verify -Dtest=RealFilesTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dlathe.tokenizers.lines=100000}.
 */
@NullMarked
package dev.lathe.tokenizers;

import org.jspecify.annotations.NullMarked;
