/**
 * ONNX files to the IR. {@link dev.lathe.frontend.onnx.OnnxImporter} is the way in; {@code Operators} is the table of what each operator becomes, in each version,
 * with a class for each family beside it. A model is untrusted: sizes are checked against bytes that exist before anything is allocated.
 */
@NullMarked
package dev.lathe.frontend.onnx;

import org.jspecify.annotations.NullMarked;
