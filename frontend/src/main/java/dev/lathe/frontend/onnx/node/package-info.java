/**
 * What an operator's entry in the table works with: the node, and the table that the entry is in. Start at
 * {@code OnnxNode}, which gives operands as values and attributes by type, and at {@code Operators}, where versions are
 * chosen. Problems of a node are exceptions here; who walks the graph reports them.
 */
@NullMarked
package dev.lathe.frontend.onnx.node;

import org.jspecify.annotations.NullMarked;
