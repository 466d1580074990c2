package dev.lathe.frontend.onnx.ops.shape;

import dev.lathe.frontend.onnx.node.JoinedTypes;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.ir.Builder;
import dev.lathe.ir.IntegerEntry;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.If;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.Range;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Operators whose axes are known only when the model runs. How many there are is known, so ranks are; sizes are
 * computed.
 */
public final class RuntimeAxes {
    private RuntimeAxes() {}

    /** Whether the integers that operand {@code i} holds are known now. */
    public static boolean known(OnnxNode n, int i) {
        return n.opt(i).isEmpty()
                || n.in(i).tensorType().shape().elements().isConstant(0)
                || n.b.dims(n.in(i))
                        .filter(d -> d.stream().allMatch(Dim::isConstant))
                        .isPresent();
    }

    private static Value longs(Builder b, long... values) {
        return b.constant(Tensor.vector(values));
    }

    /** Operand {@code i} as an i64 vector. */
    private static Value vector(OnnxNode n, int i) {
        return n.b.cast(n.b.reshape(n.in(i), Shape.of(OnnxNode.entries(n.in(i), "operand " + i))), ElementType.I64);
    }

    /** Axes in {@code [-rank, rank)} as such in {@code [0, rank)}. */
    private static Value wrapped(Builder b, Value axes, int rank) {
        return b.select(b.compare(Comparison.LESS, axes, b.scalar(axes, 0)), b.add(axes, b.scalar(axes, rank)), axes);
    }

    /** A vector of {@code rank} entries: those of {@code entries} at the axes, {@code otherwise} elsewhere. */
    private static Value scattered(Builder b, Value axes, Value entries, long otherwise, int rank) {
        long[] all = new long[rank];
        Arrays.fill(all, otherwise);
        return b.add(new ScatterElements(longs(b, all), axes, entries, 0, ScatterReduction.NONE));
    }

    /** For each axis 1 if it is among {@code axes}, else 0. */
    private static Value mask(Builder b, Value axes, int rank) {
        Value ones =
                b.broadcast(b.constant(Tensor.scalar(1L)), axes.tensorType().shape());
        return scattered(b, axes, ones, 0, rank);
    }

    private static Value at(Builder b, Value vector, int i) {
        return b.reshape(b.slice(vector, 0, Dim.of(i), Dim.ONE), Shape.SCALAR);
    }

    /** The entries of {@code vector} at the axes that are not in {@code mask}, in order. */
    private static Value without(Builder b, Value vector, Value mask, int rank, int removed) {
        Value order = b.add(
                b.multiply(mask, b.scalar(mask, rank)),
                longs(b, IntStream.range(0, rank).asLongStream().toArray()));
        Value kept = b.addAll(new TopK(order, Dim.of(rank - removed), 0, false, true))
                .getFirst();
        return b.gather(vector, kept, 0);
    }

    /** What to make for an axis. */
    public interface AlongAxis {
        Value make(Builder b, int axis);
    }

    /**
     * A value that is made for the axis that operand {@code i} holds, one of the first {@code axes}: a branch for
     * each.
     */
    public static Value choose(OnnxNode n, int i, int axes, AlongAxis f) {
        Value axis = at(n.b, wrapped(n.b, vector(n, i), n.rank(0)), 0);
        return choose(n, n.b, axis, 0, axes, f);
    }

    private static Value choose(OnnxNode n, Builder b, Value axis, int from, int axes, AlongAxis f) {
        if (from == axes - 1) {
            return f.make(b, from);
        }
        Builder yes = b.region("axis" + from);
        Value here = f.make(yes, from);
        Builder no = b.region("others");
        Value there = choose(n, no, axis, from + 1, axes, f);
        List<String> bound = new ArrayList<>();
        Type type = JoinedTypes.of(b, here.type(), there.type(), bound);
        return b.add(new If(
                b.compare(Comparison.EQUAL, axis, b.scalar(axis, from)),
                yes.build(here),
                no.build(there),
                List.of(type),
                bound));
    }

    static Value squeeze(OnnxNode n) {
        int rank = n.rank(0);
        Value axes = wrapped(n.b, vector(n, 1), rank);
        Value left = without(
                n.b,
                n.b.dims(n.shape(0).dims()),
                mask(n.b, axes, rank),
                rank,
                OnnxNode.entries(axes, "the list of axes"));
        return n.b.reshape(n.in(0), Shape.of(n.dims(left, "the shape")));
    }

    static Value unsqueeze(OnnxNode n) {
        Builder b = n.b;
        int rank = n.rank(0) + OnnxNode.entries(n.in(1), "operand 1");
        Value mask = mask(b, wrapped(b, vector(n, 1), rank), rank);
        if (n.rank(0) == 0) {
            return b.reshape(n.in(0), Shape.of(Collections.nCopies(rank, Dim.ONE)));
        }
        Value old = b.subtract(b.scalar(mask, 1), mask);
        Value before = b.add(new Cumulative(CumulativeFunction.CUM_SUM, old, 0, true, false));
        Value index = b.min(before, b.scalar(before, n.rank(0) - 1));
        Value sizes = b.select(
                b.compare(Comparison.EQUAL, mask, b.scalar(mask, 1)),
                b.scalar(mask, 1),
                b.gather(b.dims(n.shape(0).dims()), index, 0));
        return b.reshape(n.in(0), Shape.of(n.dims(sizes, "the shape")));
    }

    /** What a tensor becomes along an axis, which is of size 1 then. */
    public interface Reducer {
        Value reduce(Value x, int axis);
    }

    /**
     * A reduction along axes that operand {@code i} holds: along each axis, the reduced tensor or, if it is not among
     * them, the tensor as it was.
     */
    public static Value reduce(OnnxNode n, Reducer f, Value x, int operand, boolean keepDims) {
        Builder b = n.b;
        Shape shape = x.tensorType().shape();
        int rank = shape.rank();
        Value axes = wrapped(b, vector(n, operand), rank);
        Value mask = mask(b, axes, rank);
        Value chosen = b.compare(Comparison.EQUAL, mask, b.scalar(mask, 1));
        Value y = x;
        for (int axis = 0; axis < rank; axis++) {
            // What is reduced of nothing is something, which needs a place.
            Value kept = atLeastOne(b, y, axis);
            Value reduced = b.broadcast(f.reduce(y, axis), kept.tensorType().shape());
            y = b.select(at(b, chosen, axis), reduced, kept);
        }
        Value sizes = b.select(chosen, b.scalar(mask, 1), b.dims(shape.dims()));
        List<Dim> starts = ShapeOps.repeat(Dim.ZERO, rank);
        List<Long> steps = ShapeOps.repeat(1L, rank);
        Value small = b.add(new Slice(y, starts, n.dims(sizes, "the shape"), steps));
        if (keepDims) {
            return small;
        }
        Value left = without(b, b.dims(shape.dims()), mask, rank, OnnxNode.entries(axes, "the list of axes"));
        return b.reshape(small, Shape.of(n.dims(left, "the shape")));
    }

    /** {@code x} with an entry of zeros along {@code axis} where it has none. */
    private static Value atLeastOne(Builder b, Value x, int axis) {
        Dim length = x.tensorType().dim(axis);
        Dim missing = length.max(Dim.ONE).minus(length);
        if (missing.isConstant(0)) {
            return x;
        }
        List<Dim> before = ShapeOps.repeat(Dim.ZERO, x.tensorType().rank());
        List<Dim> after = new ArrayList<>(before);
        after.set(axis, missing);
        return b.add(new Pad(x, Optional.empty(), before, after, PadMode.CONSTANT));
    }

    /** A cumulative op along the axis that operand 1 holds: of those along all axes, the right one. */
    public static Value cumulative(OnnxNode n, CumulativeFunction f, boolean exclusive, boolean reverse) {
        Builder b = n.b;
        int rank = n.rank(0);
        Value axis = at(b, wrapped(b, vector(n, 1), rank), 0);
        Value y = b.add(new Cumulative(f, n.in(0), 0, exclusive, reverse));
        for (int i = 1; i < rank; i++) {
            Value along = b.add(new Cumulative(f, n.in(0), i, exclusive, reverse));
            y = b.select(b.compare(Comparison.EQUAL, axis, b.scalar(axis, i)), along, y);
        }
        return y;
    }

    /**
     * What to pad every axis with, before it and then behind it, where operand 1 says so for the axes that operand 3
     * holds.
     */
    static List<Dim> pads(OnnxNode n) {
        Builder b = n.b;
        int rank = n.rank(0);
        Value axes = wrapped(b, vector(n, 3), rank);
        Value pads = vector(n, 1);
        Dim count = axes.tensorType().dim(0);
        Value before = scattered(b, axes, b.slice(pads, 0, Dim.ZERO, count), 0, rank);
        Value after = scattered(b, axes, b.slice(pads, 0, count, count), 0, rank);
        return n.dims(b.concat(List.of(before, after), 0), "the pads");
    }

    /** A slice whose axes or steps are computed: along each axis, the elements at computed positions. */
    static Value slice(OnnxNode n) {
        Builder b = n.b;
        int rank = n.rank(0);
        int given = OnnxNode.entries(n.in(1), "operand 1");
        Value axes = n.opt(3).isPresent()
                ? wrapped(b, vector(n, 3), rank)
                : longs(b, IntStream.range(0, given).asLongStream().toArray());
        Value steps = n.opt(4).isPresent()
                ? vector(n, 4)
                : b.broadcast(b.constant(Tensor.scalar(1L)), axes.tensorType().shape());
        Value size = b.dims(n.shape(0).dims());
        Value start = fromEnd(b, scattered(b, axes, vector(n, 1), 0, rank), size);
        Value end = fromEnd(b, scattered(b, axes, vector(n, 2), Long.MAX_VALUE, rank), size);
        Value step = scattered(b, axes, steps, 1, rank);
        Value zero = b.scalar(step, 0);
        Value one = b.scalar(step, 1);
        Value last = b.subtract(size, one);
        Value forward = b.compare(Comparison.GREATER, step, zero);
        Value from = b.select(forward, clamp(b, start, zero, size), clamp(b, start, zero, last));
        Value to = b.select(forward, clamp(b, end, zero, size), clamp(b, end, b.scalar(step, -1), last));
        Value by = b.unary(UnaryFunction.ABS, step);
        Value span = b.max(b.select(forward, b.subtract(to, from), b.subtract(from, to)), zero);
        Value counts = b.divide(b.add(span, b.subtract(by, one)), by);
        List<Dim> sizes = n.dims(counts, "the sizes");
        Optional<List<Dim>> where = b.dims(axes);
        Value x = n.in(0);
        for (int axis = 0; axis < rank; axis++) {
            int a = axis;
            if (where.isPresent() && where.get().stream().noneMatch(d -> d.isConstant(a))) {
                continue;
            }
            Value positions = b.add(new Range(
                    b.constant(Tensor.scalar(0L)),
                    b.dim(sizes.get(axis)),
                    b.constant(Tensor.scalar(1L)),
                    sizes.get(axis),
                    false));
            Value indices = b.add(b.multiply(positions, at(b, step, axis)), at(b, from, axis));
            x = b.gather(x, indices, axis);
        }
        return x;
    }

    private static Value fromEnd(Builder b, Value position, Value size) {
        Value negative = b.compare(Comparison.LESS, position, b.scalar(position, 0));
        return b.select(negative, b.binary(BinaryFunction.ADD, position, size), position);
    }

    private static Value clamp(Builder b, Value v, Value low, Value high) {
        return b.min(b.max(v, low), high);
    }

    /**
     * A shape that a tensor of shape {@code from} is given, with entries that may be 0, for the old size, or -1, for
     * what is left.
     */
    static List<Dim> reshape(OnnxNode n, Value wanted, boolean zeroMeansZero) {
        Builder b = n.b;
        Shape from = n.shape(0);
        int rank = OnnxNode.entries(wanted, "the shape");
        Value target = b.cast(b.reshape(wanted, Shape.of(rank)), ElementType.I64);
        Value zero = b.scalar(target, 0);
        Value one = b.scalar(target, 1);
        if (!zeroMeansZero) {
            List<Dim> old = new ArrayList<>();
            for (int i = 0; i < rank; i++) {
                old.add(i < from.rank() ? from.dim(i) : Dim.ZERO);
            }
            target = b.select(b.compare(Comparison.EQUAL, target, zero), b.dims(old), target);
        }
        Value open = b.compare(Comparison.LESS, target, zero);
        Value rest = b.reduce(ReduceFunction.REDUCE_PROD, b.select(open, one, target), List.of(0), false);
        Value left = b.divide(b.dim(from.elements()), b.max(rest, one));
        Value shape = b.select(open, left, target);
        List<IntegerEntry> given = b.entries(wanted).orElse(List.of());
        List<IntegerEntry> entries = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            // What says its size stays; 0 and -1 do not, and symbols may be one of them.
            boolean says = i < given.size() && given.get(i) instanceof IntegerEntry.Known(Dim d) && d.isPositive();
            entries.add(says ? given.get(i) : new IntegerEntry.Element(shape, i));
        }
        return b.read(entries, "d");
    }
}
