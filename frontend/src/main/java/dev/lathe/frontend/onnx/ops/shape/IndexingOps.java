package dev.lathe.frontend.onnx.ops.shape;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.BitCast;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.GatherElements;
import dev.lathe.ir.op.GatherNd;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.NonZero;
import dev.lathe.ir.op.Range;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterNd;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.op.Unique;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Operators whose indices are data. */
public final class IndexingOps {
    /** Up to here sums of positions are integers of 32 bits. */
    private static final long FEW = 1L << 29;

    private IndexingOps() {}

    public static void addTo(Operators t) {
        t.on("Gather").since(1, n -> n.b.add(new Gather(n.in(0), n.in(1), axis(n))));
        t.on("GatherElements").since(11, n -> n.b.add(new GatherElements(n.in(0), n.in(1), axis(n))));
        t.on("GatherND").since(11, n -> n.b.add(new GatherNd(n.in(0), n.in(1), (int) n.i("batch_dims", 0))));
        t.on("Scatter").since(9, IndexingOps::scatterElements);
        t.on("ScatterElements").since(11, IndexingOps::scatterElements);
        t.on("ScatterND").since(11, n -> n.b.add(new ScatterNd(n.in(0), n.in(1), n.in(2), reduction(n))));
        t.on("NonZero").since(9, n -> n.b.add(new NonZero(n.in(0), Dim.symbol(n.b.freshSymbol("nonzero")))));
        t.on("OneHot").since(9, IndexingOps::oneHot);
        t.on("Compress").since(9, IndexingOps::compress);
        t.on("Trilu").since(14, IndexingOps::triangle);
        t.on("EyeLike").since(9, IndexingOps::eye);
        t.on("ReverseSequence").since(10, IndexingOps::reverseSequence);
        t.on("TensorScatter").since(24, IndexingOps::tensorScatter);
        t.on("Unique").sinceAll(11, n -> {
            Optional<Integer> axis =
                    n.has("axis") ? Optional.of(OnnxNode.axis(n.i("axis", 0), n.rank(0))) : Optional.empty();
            Dim count = Dim.symbol(n.b.freshSymbol("distinct"));
            return n.b.addAll(new Unique(n.in(0), axis, n.flag("sorted", true), count));
        });
        t.on("BitCast").since(26, n -> n.b.add(new BitCast(n.in(0), ElementTypes.of(n.i("to", 0)))));
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

    /** The parts whose flag is set, along an axis or of all elements in order. */
    private static Value compress(OnnxNode n) {
        Builder b = n.b;
        boolean flat = !n.has("axis");
        Value x = flat ? b.reshape(n.in(0), Shape.of(n.shape(0).elements())) : n.in(0);
        int axis = flat ? 0 : OnnxNode.axis(n.i("axis", 0), n.rank(0));
        Dim count = Dim.symbol(b.freshSymbol("kept"));
        Value where = b.reshape(b.add(new NonZero(n.in(1), count)), Shape.of(count));
        return b.gather(x, where, axis);
    }

    /** What lies on and to one side of a diagonal, zeros on the other. */
    private static boolean isFew(Dim d) {
        return d.isConstant() && d.constant() <= FEW;
    }

    /** The positions along an axis; few of them as integers of 32 bits, which vectors compare. */
    private static Value positions(Builder b, Dim size, boolean few) {
        return few ? b.cast(b.iota(size), ElementType.I32) : b.iota(size);
    }

    private static Value triangle(OnnxNode n) {
        Builder b = n.b;
        Shape s = n.shape(0);
        boolean few = isFew(s.dim(-1)) && isFew(s.dim(-2));
        Value columns = positions(b, s.dim(-1), few);
        Value rows = b.expandRight(positions(b, s.dim(-2), few), 2);
        Value diagonal = rows;
        if (n.opt(1).isPresent()) {
            Value k = b.cast(b.reshape(n.in(1), Shape.SCALAR), ElementType.I64);
            Value near = b.min(b.max(k, b.constant(Tensor.scalar(-FEW))), b.constant(Tensor.scalar(FEW)));
            diagonal = b.add(rows, few ? b.cast(near, ElementType.I32) : k);
        }
        Value kept = b.compare(
                n.flag("upper", true) ? Comparison.GREATER_OR_EQUAL : Comparison.LESS_OR_EQUAL, columns, diagonal);
        return b.select(kept, n.in(0), b.constant(Tensor.zeros(n.element(0))));
    }

    private static Value eye(OnnxNode n) {
        Builder b = n.b;
        Shape s = n.shape(0);
        boolean few = isFew(s.dim(0)) && isFew(s.dim(1));
        Value rows = b.expandRight(positions(b, s.dim(0), few), 2);
        Value k = b.constant(Tensor.scalar(few ? Math.clamp(n.i("k", 0), -FEW, FEW) : n.i("k", 0)));
        Value diagonal = b.add(rows, few ? b.cast(k, ElementType.I32) : k);
        Value hit = b.compare(Comparison.EQUAL, positions(b, s.dim(1), few), diagonal);
        return b.cast(hit, n.has("dtype") ? ElementTypes.of(n.i("dtype", 1)) : n.element(0));
    }

    /** Two axes moved to the front. */
    private static List<Integer> toFront(int first, int second, int rank) {
        List<Integer> perm = new ArrayList<>(List.of(first, second));
        for (int i = 0; i < rank; i++) {
            if (i != first && i != second) {
                perm.add(i);
            }
        }
        return perm;
    }

    private static List<Integer> inverse(List<Integer> perm) {
        List<Integer> inverse = new ArrayList<>(perm);
        for (int i = 0; i < perm.size(); i++) {
            inverse.set(perm.get(i), i);
        }
        return inverse;
    }

    /** The first elements of each sequence backwards, as many as it is long. */
    private static Value reverseSequence(OnnxNode n) {
        Builder b = n.b;
        int rank = n.rank(0);
        List<Integer> perm =
                toFront(OnnxNode.axis(n.i("batch_axis", 1), rank), OnnxNode.axis(n.i("time_axis", 0), rank), rank);
        Value x = b.transpose(n.in(0), perm);
        Value lengths = b.expandRight(b.cast(n.in(1), ElementType.I64), 2);
        Value time = b.iota(x.tensorType().dim(1));
        Value back = b.subtract(b.subtract(lengths, b.scalar(lengths, 1)), time);
        Value from = b.select(b.compare(Comparison.LESS, time, lengths), back, time);
        Value y = b.add(new GatherNd(x, b.expandRight(from, 3), 1));
        return b.transpose(y, inverse(perm));
    }

    /** A cache with new entries from a position on that each sample has of its own. */
    private static Value tensorScatter(OnnxNode n) {
        Builder b = n.b;
        int rank = n.rank(0);
        int axis = OnnxNode.axis(n.i("axis", -2), rank);
        if (axis == 0) {
            throw new InvalidOpException("axis 0 is that of the batch");
        }
        Value cache = n.in(0);
        Value update = n.in(1);
        Shape places = update.tensorType().shape().slice(0, axis + 1);
        Value step = b.iota(places.dim(axis));
        Value positions = n.opt(2).isPresent() ? b.add(b.expandRight(n.in(2), axis + 1), step) : step;
        if (n.s("mode", "linear").equals("circular")) {
            positions = b.binary(
                    BinaryFunction.MOD, positions, b.dim(cache.tensorType().dim(axis)));
        }
        // A tuple for each row that is written, so that all stay where they are.
        Shape grid = places.concat(Shape.of(Dim.ONE));
        List<Value> where = new ArrayList<>();
        for (int i = 0; i < axis; i++) {
            where.add(b.broadcast(b.expandRight(b.iota(places.dim(i)), axis + 2 - i), grid));
        }
        where.add(b.broadcast(b.expandRight(positions, positions.tensorType().rank() + 1), grid));
        return b.add(new ScatterNd(cache, b.concat(where, axis + 1), update, ScatterReduction.NONE));
    }
}
