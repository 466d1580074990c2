package dev.lathe.ir.autodiff;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.Determinant;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.TransposedWindow;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Rules of {@link Contraction} ops. */
final class ContractionGradients {
    private ContractionGradients() {}

    /** Adds the derivatives of the operands; a reason if there are none. */
    static @Nullable String add(Adjoints a, Contraction op, Value dy) {
        switch (op) {
            case MatMul(Value p, Value q) -> product(a, p, q, dy);
            case Conv c -> conv(a, c, dy);
            case ConvTranspose c -> transposed(a, c, dy);
            case Determinant(Value x) -> {
                if (!x.tensorType().dim(-1).isConstant()) {
                    return "it needs the determinants of all minors, and how many there are is open";
                }
                a.add(x, cofactors(a.builder(), x, dy));
            }
        }
        return null;
    }

    /** A vector is a matrix of one row on the left, of one column on the right. */
    private static void product(Adjoints a, Value p, Value q, Value dy) {
        Builder b = a.builder();
        boolean row = p.tensorType().rank() == 1;
        boolean column = q.tensorType().rank() == 1;
        Value left = row ? b.reshape(p, Shape.of(List.of(Dim.ONE, p.tensorType().dim(0)))) : p;
        Value right = column ? b.reshape(q, Shape.of(List.of(q.tensorType().dim(0), Dim.ONE))) : q;
        List<Dim> dims = new ArrayList<>(dy.tensorType().shape().dims());
        if (row) {
            dims.add(column ? dims.size() : dims.size() - 1, Dim.ONE);
        }
        if (column) {
            dims.add(Dim.ONE);
        }
        Value d = b.reshape(dy, Shape.of(dims));
        Value dLeft = b.matMul(d, turned(b, right));
        Value dRight = b.matMul(turned(b, left), d);
        a.add(p, dLeft);
        a.add(q, column ? withoutLast(b, dRight) : dRight);
    }

    private static Value withoutLast(Builder b, Value x) {
        Shape s = x.tensorType().shape();
        return b.reshape(x, s.slice(0, s.rank() - 1));
    }

    private static Value turned(Builder b, Value x) {
        int rank = x.tensorType().rank();
        List<Integer> perm = new ArrayList<>(IntStream.range(0, rank).boxed().toList());
        Collections.swap(perm, rank - 1, rank - 2);
        return b.transpose(x, perm);
    }

    private static void conv(Adjoints a, Conv c, Value dy) {
        Builder b = a.builder();
        Value x = first(b, c.x(), c.layout());
        Value d = first(b, dy, c.layout());
        int spatial = c.strides().size();
        Value full = b.add(new ConvTranspose(
                d,
                c.weights(),
                new TransposedWindow(
                        c.strides(),
                        Collections.nCopies(2 * spatial, Dim.ZERO),
                        Collections.nCopies(spatial, 0L),
                        c.dilations()),
                c.groups(),
                ChannelLayout.CHANNELS_FIRST));
        Value dx = full;
        for (int i = 0; i < spatial; i++) { // what no window reached gets nothing
            Dim padded = x.tensorType()
                    .dim(2 + i)
                    .plus(c.pads().get(i))
                    .plus(c.pads().get(spatial + i));
            Dim missing = padded.minus(dx.tensorType().dim(2 + i));
            dx = MovementGradients.padded(b, dx, 2 + i, Dim.ZERO, missing);
            dx = b.slice(dx, 2 + i, c.pads().get(i), x.tensorType().dim(2 + i));
        }
        a.add(c.x(), last(b, dx, c.layout()));
        a.add(c.weights(), filters(b, x, d, c.window(), c.groups(), c.weights()));
    }

    private static void transposed(Adjoints a, ConvTranspose c, Value dy) {
        Builder b = a.builder();
        Value x = first(b, c.x(), c.layout());
        Value d = first(b, dy, c.layout());
        Window window = new Window(c.strides(), c.pads(), c.dilations());
        Value dx = b.add(new Conv(d, c.weights(), window, c.groups(), ChannelLayout.CHANNELS_FIRST));
        for (int i = 0; i < c.strides().size(); i++) {
            dx = b.slice(dx, 2 + i, Dim.ZERO, x.tensorType().dim(2 + i));
        }
        a.add(c.x(), last(b, dx, c.layout()));
        a.add(c.weights(), filters(b, d, x, window, c.groups(), c.weights()));
    }

    /**
     * The derivative of filters that read {@code x} with {@code window} and give {@code d}: what each tap read, at all
     * places, times what came of it.
     */
    private static Value filters(Builder b, Value x, Value d, Window window, long groups, Value weights) {
        int spatial = window.strides().size();
        Shape filter = weights.tensorType().shape();
        Value padded = x;
        for (int i = 0; i < spatial; i++) {
            padded = MovementGradients.padded(
                    b, padded, 2 + i, window.pads().get(i), window.pads().get(spatial + i));
        }
        Shape s = d.tensorType().shape();
        Dim places = s.slice(2, s.rank()).elements();
        Dim in = x.tensorType().dim(1).floorDiv(groups);
        Dim out = s.dim(1).floorDiv(groups);
        Dim count = Dim.of(groups);
        List<Value> taps = new ArrayList<>();
        for (long[] tap : taps(filter.slice(2, filter.rank()).constants().orElseThrow())) {
            List<Dim> starts = new ArrayList<>(List.of(Dim.ZERO, Dim.ZERO));
            List<Dim> sizes =
                    new ArrayList<>(padded.tensorType().shape().slice(0, 2).dims());
            List<Long> steps = new ArrayList<>(List.of(1L, 1L));
            for (int i = 0; i < spatial; i++) {
                starts.add(Dim.of(tap[i] * window.dilations().get(i)));
                sizes.add(s.dim(2 + i));
                steps.add(window.strides().get(i));
            }
            Value read = b.add(new Slice(padded, starts, sizes, steps));
            taps.add(b.reshape(read, Shape.of(s.dim(0), count, in, Dim.ONE, places)));
        }
        Dim depth = in.times(taps.size());
        Value columns = b.reshape(b.concat(taps, 3), Shape.of(s.dim(0), count, depth, places));
        Value results = b.reshape(d, Shape.of(s.dim(0), count, out, places));
        Value products = b.matMul(results, turned(b, columns));
        return b.reshape(b.reduceSum(products, 0), filter);
    }

    /** The places in a kernel, in order. */
    private static List<long[]> taps(long[] kernel) {
        int count = 1;
        for (long k : kernel) {
            count = Math.toIntExact(Math.multiplyExact(count, k));
        }
        List<long[]> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long[] tap = new long[kernel.length];
            long rest = i;
            for (int axis = kernel.length - 1; axis >= 0; axis--) {
                tap[axis] = rest % kernel[axis];
                rest /= kernel[axis];
            }
            all.add(tap);
        }
        return all;
    }

    /** The matrix of cofactors of each matrix, times {@code dy}. */
    private static Value cofactors(Builder b, Value x, Value dy) {
        Shape s = x.tensorType().shape();
        int rank = s.rank();
        int n = Math.toIntExact(s.dim(-1).constant());
        Tensor others = Tensor.zeros(ElementType.I64, n, Math.max(0, n - 1));
        Tensor signs = Tensor.zeros(x.tensorType().element(), n, n);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                signs.setDouble((long) i * n + j, (i + j) % 2 == 0 ? 1 : -1);
                if (j < n - 1) {
                    others.setLong((long) i * (n - 1) + j, j < i ? j : j + 1);
                }
            }
        }
        Value kept = b.constant(others);
        // Rows and columns without one each: [..., n, n - 1, n, n - 1].
        Value minors = b.gather(b.gather(x, kept, rank - 2), kept, rank);
        List<Integer> order =
                new ArrayList<>(IntStream.range(0, rank + 2).boxed().toList());
        Collections.swap(order, rank - 1, rank);
        Value determinants = b.add(new Determinant(b.transpose(minors, order)));
        return b.multiply(b.multiply(determinants, b.constant(signs)), b.expandRight(dy, rank));
    }

    private static Value first(Builder b, Value x, ChannelLayout layout) {
        if (layout == ChannelLayout.CHANNELS_FIRST) {
            return x;
        }
        int rank = x.tensorType().rank();
        List<Integer> perm =
                new ArrayList<>(IntStream.range(0, rank - 1).boxed().toList());
        perm.add(1, rank - 1);
        return b.transpose(x, perm);
    }

    private static Value last(Builder b, Value x, ChannelLayout layout) {
        if (layout == ChannelLayout.CHANNELS_FIRST) {
            return x;
        }
        List<Integer> perm = new ArrayList<>(
                IntStream.range(0, x.tensorType().rank()).boxed().toList());
        Collections.rotate(perm.subList(1, perm.size()), -1);
        return b.transpose(x, perm);
    }
}
