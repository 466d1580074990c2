package dev.lathe.ir.autodiff;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.BitCast;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.Movement;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Rules of {@link Movement} ops: where an element went, its adjoint comes back from. */
final class MovementGradients {
    private MovementGradients() {}

    /** Adds the derivatives of the operands; a reason if there are none. */
    static @Nullable String add(Adjoints a, Movement op, Value dy) {
        Builder b = a.builder();
        switch (op) {
            case Reshape(Value x, Shape _) ->
                a.add(x, b.reshape(dy, x.tensorType().shape()));
            case Broadcast(Value x, Shape _) -> a.add(x, dy);
            case Transpose(Value x, List<Integer> perm) -> a.add(x, b.transpose(dy, inverse(perm)));
            case Slice s -> {
                Slice forward = forward(s);
                Value turned = turned(b, dy, s.steps());
                a.add(
                        s.x(),
                        spread(
                                b,
                                turned,
                                forward.starts(),
                                forward.steps(),
                                s.x().tensorType().shape()));
            }
            case Concat(List<Value> inputs, int axis) -> {
                Dim at = Dim.ZERO;
                for (Value x : inputs) {
                    Dim size = x.tensorType().dim(axis);
                    a.add(x, b.slice(dy, axis, at, size));
                    at = at.plus(size);
                }
            }
            case Pad p -> pad(a, p, dy);
            case Resize r -> {
                return resize(a, r, dy);
            }
            case BitCast _ -> {
                return "bits are not continuous";
            }
        }
        return null;
    }

    private static List<Integer> inverse(List<Integer> perm) {
        return IntStream.range(0, perm.size()).mapToObj(perm::indexOf).toList();
    }

    /**
     * The transpose of a slice: the elements of {@code y} at {@code starts + i * steps} of a tensor of {@code shape},
     * and zeros between and around them.
     */
    static Value spread(Builder b, Value y, List<Dim> starts, List<Long> steps, Shape shape) {
        Value spread = y;
        for (int axis = 0; axis < shape.rank(); axis++) {
            Dim size = spread.tensorType().dim(axis);
            long step = steps.get(axis);
            if (step > 1) { // each element gets step - 1 zeros behind it
                List<Dim> dims = new ArrayList<>(spread.tensorType().shape().dims());
                dims.add(axis + 1, Dim.ONE);
                Value column = b.reshape(spread, Shape.of(dims));
                Value wide = padded(b, column, axis + 1, Dim.ZERO, Dim.of(step - 1));
                dims.remove(axis + 1);
                dims.set(axis, size.times(step));
                spread = b.reshape(wide, Shape.of(dims));
                size = size.times(step);
            }
            // Those behind the last element may be more than there is room for.
            Dim room = shape.dim(axis).minus(starts.get(axis));
            Dim after = room.minus(size);
            if (step > 1) {
                spread = padded(b, spread, axis, Dim.ZERO, after.max(Dim.ZERO));
                spread = b.slice(spread, axis, Dim.ZERO, room);
                after = Dim.ZERO;
            }
            spread = padded(b, spread, axis, starts.get(axis), after);
        }
        return spread;
    }

    static Value padded(Builder b, Value x, int axis, Dim before, Dim after) {
        if (before.isConstant(0) && after.isConstant(0)) {
            return x;
        }
        return b.add(new Pad(
                x,
                Optional.empty(),
                at(axis, x.tensorType().rank(), before),
                at(axis, x.tensorType().rank(), after),
                PadMode.CONSTANT));
    }

    private static List<Dim> at(int axis, int rank, Dim value) {
        List<Dim> all = new ArrayList<>(Collections.nCopies(rank, Dim.ZERO));
        all.set(axis, value);
        return all;
    }

    /** What {@code s} reads, in the order in which it lies there. */
    private static Slice forward(Slice s) {
        List<Dim> starts = new ArrayList<>();
        List<Long> steps = new ArrayList<>();
        for (int axis = 0; axis < s.steps().size(); axis++) {
            Dim start = s.starts().get(axis);
            long step = s.steps().get(axis);
            if (step < 0) { // of an empty slice there is no last element
                Dim last = start.plus(s.sizes().get(axis).minus(1).times(step));
                start = last.max(Dim.ZERO).min(s.x().tensorType().dim(axis));
            }
            starts.add(start);
            steps.add(Math.abs(step));
        }
        return new Slice(s.x(), starts, s.sizes(), steps);
    }

    /** {@code y} with the axes turned round along which steps are negative. */
    private static Value turned(Builder b, Value y, List<Long> steps) {
        if (steps.stream().allMatch(step -> step > 0)) {
            return y;
        }
        Shape s = y.tensorType().shape();
        List<Dim> starts = new ArrayList<>();
        List<Long> turns = new ArrayList<>();
        for (int axis = 0; axis < s.rank(); axis++) {
            starts.add(steps.get(axis) < 0 ? s.dim(axis).minus(1) : Dim.ZERO);
            turns.add(steps.get(axis) < 0 ? -1L : 1L);
        }
        return b.add(new Slice(y, starts, s.dims(), turns));
    }

    private static void pad(Adjoints a, Pad p, Value dy) {
        if (p.mode() != PadMode.CONSTANT) {
            repeated(a, p, dy);
            return;
        }
        Builder b = a.builder();
        Value inner = dy;
        for (int axis = 0; axis < p.before().size(); axis++) {
            inner = b.slice(
                    inner, axis, p.before().get(axis), p.x().tensorType().dim(axis));
        }
        a.add(p.x(), inner);
        if (p.value().isPresent()) {
            a.add(p.value().get(), b.subtract(total(b, dy), total(b, inner)));
        }
    }

    /** Axis by axis, each element of {@code dy} goes where the pad took it from: where it takes the index from. */
    private static void repeated(Adjoints a, Pad p, Value dy) {
        Builder b = a.builder();
        Shape s = p.x().tensorType().shape();
        Value sum = dy;
        for (int axis = 0; axis < s.rank(); axis++) {
            Dim before = p.before().get(axis);
            Dim after = p.after().get(axis);
            if (before.isConstant(0) && after.isConstant(0)) {
                continue;
            }
            Value from =
                    b.add(new Pad(b.iota(s.dim(axis)), Optional.empty(), List.of(before), List.of(after), p.mode()));
            Shape target = sum.tensorType().shape().with(axis, s.dim(axis));
            sum = IndexingGradients.scattered(b, sum, from, axis, target);
        }
        a.add(p.x(), sum);
    }

    private static Value total(Builder b, Value x) {
        List<Integer> axes = IntStream.range(0, x.tensorType().rank()).boxed().toList();
        return b.reduce(ReduceFunction.REDUCE_SUM, x, axes, false);
    }

    /** A resize multiplies each axis by a matrix, which is the resize of the unit matrix. */
    private static @Nullable String resize(Adjoints a, Resize r, Value dy) {
        if (r.coordinates() == CoordinateMode.TF_CROP_AND_RESIZE) {
            return "that of a crop with extrapolation is not written";
        }
        Builder b = a.builder();
        Shape from = r.x().tensorType().shape();
        Value d = dy;
        for (int axis = 0; axis < from.rank(); axis++) {
            Dim in = from.dim(axis);
            Dim out = r.shape().dim(axis);
            if (in.equals(out) && r.scales().isEmpty()) {
                continue;
            }
            Value unit = unit(b, in, dy.tensorType().element());
            int own = axis;
            Optional<Value> scales = r.scales()
                    .map(s -> b.concat(
                            List.of(b.slice(s, 0, Dim.of(own), Dim.ONE), b.constant(Tensor.of(new float[] {1}, 1))),
                            0));
            Value matrix = b.add(new Resize(
                    unit,
                    scales,
                    Optional.empty(),
                    Shape.of(List.of(out, in)),
                    r.mode(),
                    r.coordinates(),
                    r.nearest(),
                    r.cubicCoefficient(),
                    r.excludeOutside(),
                    r.extrapolation(),
                    r.antialias()));
            d = alongAxis(b, d, axis, matrix);
        }
        a.add(r.x(), d);
        return null;
    }

    private static Value unit(Builder b, Dim size, ElementType element) {
        Value row = b.iota(size);
        Value column = b.reshape(row, Shape.of(List.of(size, Dim.ONE)));
        return b.cast(b.compare(Comparison.EQUAL, column, row), element);
    }

    /** {@code x}, of whose axis each line is multiplied by a matrix from the right. */
    private static Value alongAxis(Builder b, Value x, int axis, Value matrix) {
        int rank = x.tensorType().rank();
        List<Integer> perm = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        Collections.rotate(perm.subList(axis, rank), -1);
        if (rank == 1) {
            return b.matMul(x, matrix);
        }
        return b.transpose(b.matMul(b.transpose(x, perm), matrix), inverse(perm));
    }
}
