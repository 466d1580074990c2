package dev.lathe.filetests;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Rebuild;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A graph in which the constant sizes of its inputs are symbols, one for each size, there and wherever an attribute has
 * that size.
 */
record SymbolicSizes(Graph graph) {

    /** None if the graph has no sizes to replace, or needs its sizes to be known. */
    static Optional<SymbolicSizes> of(Graph graph) {
        Set<Long> sizes = new TreeSet<>();
        for (Value v : graph.inputs()) {
            if (v.type() instanceof TensorType t && t.isRanked()) {
                t.shape().dims().stream()
                        .filter(Dim::isConstant)
                        .map(Dim::constant)
                        .filter(d -> d > 3)
                        .forEach(sizes::add);
            }
        }
        if (sizes.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new SymbolicSizes(Rebuild.mapDims(
                    graph,
                    d -> d.isConstant() && sizes.contains(d.constant()) ? Dim.symbol("size" + d.constant()) : d)));
        } catch (InvalidOpException e) {
            return Optional.empty(); // an op of it takes constant sizes only
        }
    }
}
