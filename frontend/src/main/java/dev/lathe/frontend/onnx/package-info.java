/**
 * ONNX files to the IR, and back. {@link dev.lathe.frontend.onnx.OnnxImporter} is the way in,
 * {@link dev.lathe.frontend.onnx.OnnxExporter} the way out; what is public in the folders below is so for these alone.
 *
 * <p>What a file says is read in {@code file}. {@code read} walks its graphs and hands each node, as an
 * {@code OnnxNode} of the folder {@code node}, to its operator's entry in the table, which the families in {@code ops}
 * fill. {@code write} goes the other way, with a table of its own families. The families know neither the tables nor
 * those who walk. A model is untrusted: sizes are checked against bytes that exist before anything is allocated.
 */
@NullMarked
package dev.lathe.frontend.onnx;

import org.jspecify.annotations.NullMarked;
