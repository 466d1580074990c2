/**
 * What stands in an ONNX file, before it means anything: names, tensors, types, the order of nodes, weights in other
 * files. Nothing here knows an operator. Start at {@code OnnxFile} and {@code TensorDecoder}.
 */
@NullMarked
package dev.lathe.frontend.onnx.file;

import org.jspecify.annotations.NullMarked;
