/**
 * ONNX files to the IR, and back. {@link dev.lathe.frontend.onnx.OnnxImporter} is the way in; {@code Operators} is
 * the table of what each operator becomes, in each version, with a class for each family beside it. {@code Forks}
 * imports what follows a branch whose results differ in type. A model is untrusted: sizes are checked against bytes
 * that exist before anything is allocated.
 *
 * <p>{@link dev.lathe.frontend.onnx.OnnxExporter} is the way out; {@code Exports} is its table, and {@code Cover}
 * chooses between that and the nodes of the model that a graph was made from, which {@code OnnxSource} keeps.
 */
@NullMarked
package dev.lathe.frontend.onnx;

import org.jspecify.annotations.NullMarked;
