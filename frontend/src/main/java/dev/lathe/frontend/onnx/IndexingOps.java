package dev.lathe.frontend.onnx;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.GatherElements;
import dev.lathe.ir.op.GatherNd;
import dev.lathe.ir.op.NonZero;
import dev.lathe.ir.op.Range;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterNd;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** Operators whose indices are data. */
final class IndexingOps {
    private IndexingOps() {}

    static void addTo(Operators t) {
        t.on("Gather").since(1, n -> n.b.add(new Gather(n.in(0), n.in(1), axis(n))));
        t.on("GatherElements").since(11, n -> n.b.add(new GatherElements(n.in(0), n.in(1), axis(n))));
        t.on("GatherND").since(11, n -> n.b.add(new GatherNd(n.in(0), n.in(1), (int) n.i("batch_dims", 0))));
        t.on("Scatter").since(9, IndexingOps::scatterElements);
        t.on("ScatterElements").since(11, IndexingOps::scatterElements);
        t.on("ScatterND").since(11, n -> n.b.add(new ScatterNd(n.in(0), n.in(1), n.in(2), reduction(n))));
        t.on("NonZero").since(9, n -> n.b.add(new NonZero(n.in(0), Dim.symbol(n.b.freshSymbol("nonzero")))));
        t.on("OneHot").since(9, IndexingOps::oneHot);
    }

    private static int axis(OnnxNode n) {
        return OnnxNode.axis(n.i("axis", 0), n.rank(0));
    }

    private static ScatterReduction reduction(OnnxNode n) {
        return n.choice("reduction", ScatterReduction.NONE);
    }

    private static Value scatterElements(OnnxNode n) {
        return n.b.add(new ScatterElements(n.in(0), n.in(1), n.in(2), axis(n), reduction(n)));
    }

    /** {@code on} where the index, counted from the end if negative, equals the position along the new axis. */
    private static Value oneHot(OnnxNode n) {
        Value depthValue = n.b.cast(n.b.reshape(n.in(1), Shape.SCALAR), ElementType.I64);
        Dim depth = n.dims(depthValue, "the depth").getFirst();
        int rank = n.rank(0) + 1;
        int axis = OnnxNode.axis(n.i("axis", -1), rank);
        Value indices = n.b.cast(n.in(0), ElementType.I64);
        Value wrapped = n.b.select(
                n.b.compare(Comparison.LESS, indices, n.b.scalar(indices, 0)),
                n.b.binary(BinaryFunction.ADD, indices, n.b.dim(depth)),
                indices);
        List<Dim> dims = new ArrayList<>(n.shape(0).dims());
        dims.add(axis, Dim.ONE);
        List<Dim> line = ShapeOps.repeat(Dim.ONE, rank);
        line.set(axis, depth);
        Value positions = n.b.add(new Range(
                n.b.constant(Tensor.scalar(0L)), n.b.dim(depth), n.b.constant(Tensor.scalar(1L)), depth, false));
        Value hit = n.b.compare(
                Comparison.EQUAL, n.b.reshape(wrapped, Shape.of(dims)), n.b.reshape(positions, Shape.of(line)));
        Value off = n.b.reshape(n.b.slice(n.in(2), 0, Dim.ZERO, Dim.ONE), Shape.SCALAR);
        Value on = n.b.reshape(n.b.slice(n.in(2), 0, Dim.ONE, Dim.ONE), Shape.SCALAR);
        return n.b.select(hit, on, off);
    }
}
