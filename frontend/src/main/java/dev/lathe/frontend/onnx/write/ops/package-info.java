/**
 * What each op becomes in ONNX, a class for each family; {@code BuiltInExports} lists them. An entry sees an
 * {@code OpWriter} and nothing of how candidates are chosen. Start at {@code ElementwiseExports}.
 */
@NullMarked
package dev.lathe.frontend.onnx.write.ops;

import org.jspecify.annotations.NullMarked;
