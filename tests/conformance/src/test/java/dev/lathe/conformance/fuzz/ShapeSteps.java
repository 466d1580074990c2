package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.*;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Ops that move elements, and reductions over some axes. */
final class ShapeSteps {
    static final List<Consumer<GraphGenerator>> ALL = List.of(
            ShapeSteps::reshape,
            ShapeSteps::reshape,
            ShapeSteps::transpose,
            ShapeSteps::transpose,
            ShapeSteps::slice,
            ShapeSteps::slice,
            ShapeSteps::concat,
            ShapeSteps::concat,
            ShapeSteps::pad,
            ShapeSteps::resize,
            ShapeSteps::broadcast,
            ShapeSteps::reduce,
            ShapeSteps::reduce,
            ShapeSteps::argReduce,
            ShapeSteps::cumulative);

    private ShapeSteps() {}

    private static void reshape(GraphGenerator g) {
        Value x = g.pickAny();
        List<Dim> dims = new ArrayList<>(x.tensorType().shape().dims());
        for (int i = g.random.nextInt(3); i >= 0; i--) {
            int at = g.random.nextInt(dims.size() + 1);
            switch (g.random.nextInt(4)) {
                case 0 -> dims.add(at, Dim.ONE);
                case 1 -> dims.remove(Dim.ONE);
                case 2 -> {
                    if (at + 1 < dims.size()) {
                        dims.set(at, dims.get(at).times(dims.remove(at + 1)));
                    }
                }
                default -> {
                    if (at < dims.size() && dims.get(at).isConstant()) {
                        for (long f : new long[] {2, 3, 5}) {
                            if (dims.get(at).constant() % f == 0 && dims.get(at).constant() > 0) {
                                dims.set(at, Dim.of(dims.get(at).constant() / f));
                                dims.add(at + g.random.nextInt(2), Dim.of(f));
                                break;
                            }
                        }
                    }
                }
            }
        }
        g.add(new Reshape(x, Shape.of(dims)));
    }

    private static void transpose(GraphGenerator g) {
        Value x = g.pickAny(t -> t.rank() >= 2);
        List<Integer> perm = new ArrayList<>();
        for (int i = 0; i < x.tensorType().rank(); i++) {
            perm.add(i);
        }
        Collections.shuffle(perm, g.random);
        g.add(new Transpose(x, perm));
    }

    private static void slice(GraphGenerator g) {
        Value x = g.pickAny(t -> t.rank() >= 1);
        TensorType t = x.tensorType();
        List<Dim> starts = new ArrayList<>();
        List<Dim> sizes = new ArrayList<>();
        List<Long> steps = new ArrayList<>();
        for (Dim d : t.shape().dims()) {
            long n = g.least(d);
            long step = 1;
            Dim start = Dim.ZERO;
            Dim size = d;
            switch (g.random.nextInt(6)) {
                case 0 -> { // from the start
                    size = Dim.of(g.random.nextInt((int) n + 1));
                }
                case 1 -> { // up to the end
                    start = Dim.of(g.random.nextInt((int) n + 1));
                    size = d.minus(start);
                }
                case 2 -> { // every second
                    step = 2;
                    size = d.plus(1).floorDiv(2);
                }
                case 3 -> { // reversed
                    step = -1;
                    start = d.minus(1);
                }
                default -> {}
            }
            starts.add(start);
            sizes.add(size);
            steps.add(step);
        }
        g.add(new Slice(x, starts, sizes, steps));
    }

    private static void concat(GraphGenerator g) {
        Value x = g.pickAny(t -> t.rank() >= 1);
        TensorType t = x.tensorType();
        int axis = g.random.nextInt(t.rank());
        List<Value> parts = new ArrayList<>(List.of(x));
        for (int i = g.random.nextInt(3); i >= 0; i--) {
            if (g.chance(2)) {
                parts.add(g.pickAny(o -> o.element() == t.element()
                        && o.rank() == t.rank()
                        && o.shape().with(axis, Dim.ONE).equals(t.shape().with(axis, Dim.ONE))));
            } else {
                parts.add(x);
            }
        }
        Collections.shuffle(parts, g.random);
        g.add(new Concat(parts, axis));
    }

    private static void pad(GraphGenerator g) {
        Value x = g.pick(t -> t.rank() >= 1);
        List<Dim> before = new ArrayList<>();
        List<Dim> after = new ArrayList<>();
        for (int i = 0; i < x.tensorType().rank(); i++) {
            before.add(Dim.of(g.pick(List.of(0, 0, 1, 2))));
            after.add(Dim.of(g.pick(List.of(0, 0, 1, 3))));
        }
        PadMode mode = g.pick(List.of(PadMode.CONSTANT, PadMode.CONSTANT, PadMode.REFLECT, PadMode.EDGE, PadMode.WRAP));
        Optional<Value> value =
                mode == PadMode.CONSTANT && g.chance(2) ? Optional.of(g.scalar(x, 1)) : Optional.empty();
        g.add(new Pad(x, value, before, after, mode));
    }

    private static void resize(GraphGenerator g) {
        Value x = g.pick(t -> t.rank() >= 2 && t.rank() <= 4 && t.element().isNumeric());
        TensorType t = x.tensorType();
        List<Dim> dims = new ArrayList<>();
        float[] scales = new float[t.rank()];
        for (int i = 0; i < t.rank(); i++) {
            boolean kept = t.rank() > 2 && i < 2;
            long factor = kept ? 1 : g.pick(List.of(1L, 2L, 2L, 3L));
            scales[i] = factor;
            dims.add(
                    kept || !g.chance(3)
                            ? t.dim(i).times(factor)
                            : t.dim(i).plus(1).floorDiv(2));
            if (!dims.getLast().equals(t.dim(i).times(factor))) {
                scales[0] = Float.NaN;
            }
        }
        Optional<Value> given = Float.isNaN(scales[0]) || g.chance(2)
                ? Optional.empty()
                : Optional.of(g.constant(Tensor.of(scales, scales.length)));
        List<CoordinateMode> modes = new ArrayList<>(List.of(CoordinateMode.values()));
        modes.remove(CoordinateMode.TF_CROP_AND_RESIZE);
        g.add(new Resize(
                x,
                given,
                Optional.empty(),
                Shape.of(dims),
                g.pick(List.of(
                        ResizeMode.NEAREST,
                        ResizeMode.NEAREST,
                        ResizeMode.LINEAR,
                        ResizeMode.LINEAR,
                        ResizeMode.CUBIC)),
                g.pick(modes),
                g.pick(List.of(NearestMode.values())),
                -0.75,
                g.chance(4),
                0,
                g.chance(6)));
    }

    private static void broadcast(GraphGenerator g) {
        Value x = g.pickAny(t -> t.rank() <= 3);
        List<Dim> dims = new ArrayList<>();
        for (Dim d : x.tensorType().shape().dims()) {
            dims.add(d.isConstant(1) ? Dim.of(1 + g.random.nextInt(4)) : d);
        }
        if (g.chance(2)) {
            dims.addFirst(g.shape(1).dim(0));
        }
        g.add(new Broadcast(x, Shape.of(dims)));
    }

    private static List<Integer> axes(GraphGenerator g, int rank) {
        List<Integer> axes = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            if (g.chance(2)) {
                axes.add(i);
            }
        }
        return axes;
    }

    private static void reduce(GraphGenerator g) {
        Value x = g.pick(t -> t.rank() >= 1);
        g.add(new Reduce(
                g.pick(List.of(ReduceFunction.values())),
                x,
                axes(g, x.tensorType().rank()),
                g.random.nextBoolean()));
    }

    private static void argReduce(GraphGenerator g) {
        Value x = g.pick(t -> t.rank() >= 1 && t.element().isNumeric());
        g.add(new ArgReduce(
                g.pick(List.of(ArgFunction.values())),
                x,
                g.random.nextInt(x.tensorType().rank()),
                g.random.nextBoolean(),
                g.random.nextBoolean()));
    }

    private static void cumulative(GraphGenerator g) {
        Value x = g.pick(t -> t.rank() >= 1 && t.element().isNumeric());
        g.add(new Cumulative(
                g.chance(3) ? CumulativeFunction.CUM_PROD : CumulativeFunction.CUM_SUM,
                x,
                g.random.nextInt(x.tensorType().rank()),
                g.random.nextBoolean(),
                g.random.nextBoolean()));
    }
}
