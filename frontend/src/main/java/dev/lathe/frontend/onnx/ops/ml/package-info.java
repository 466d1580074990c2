/**
 * The domain {@code ai.onnx.ml}, and what else makes features of tables and texts: encoders, linear models, trees,
 * support vectors, maps, tokens. Start at {@code TabularOps}, which has what the others share.
 */
@NullMarked
package dev.lathe.frontend.onnx.ops.ml;

import org.jspecify.annotations.NullMarked;
