/**
 * Models that take text, with what is around them: {@link dev.lathe.text.TextEmbedder} makes vectors,
 * {@link dev.lathe.text.TextScorer} says how well two texts go together, {@link dev.lathe.text.TextClassifier} gives
 * labels. Each is opened from the files of a model ({@link dev.lathe.text.ModelFiles}), whose configuration says how it
 * is to be used, or made from an {@link dev.lathe.ir.Executable} and a {@link dev.lathe.tokenizers.Tokenizer}. No
 * framework is needed; the modules for frameworks stand on this one. Start reading at
 * {@link dev.lathe.text.TextEmbedder}; {@code TokenModel} is what they share. For other models that take tokens
 * there is {@link dev.lathe.text.TokenInputs}.
 */
@NullMarked
package dev.lathe.text;

import org.jspecify.annotations.NullMarked;
