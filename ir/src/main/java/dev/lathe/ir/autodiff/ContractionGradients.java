package dev.lathe.ir.autodiff;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.Determinant;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.TransposedWindow;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.type.Dim;
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
            case Conv c -> {
                return conv(a, c, dy);
            }
            case ConvTranspose c -> {
                return transposed(a, c, dy);
            }
            case Determinant _ -> {
                return "it needs an inverse matrix";
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

    private static @Nullable String conv(Adjoints a, Conv c, Value dy) {
        Builder b = a.builder();
        Value x = first(b, c.x(), c.layout());
        Value d = first(b, dy, c.layout());
        if (isOpen(d)) {
            return "that of a convolution over open sizes is not written; fix them with --shape";
        }
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
        return null;
    }

    private static @Nullable String transposed(Adjoints a, ConvTranspose c, Value dy) {
        Builder b = a.builder();
        Value x = first(b, c.x(), c.layout());
        Value d = first(b, dy, c.layout());
        if (isOpen(x)) {
            return "that of a convolution over open sizes is not written; fix them with --shape";
        }
        Window window = new Window(c.strides(), c.pads(), c.dilations());
        Value dx = b.add(new Conv(d, c.weights(), window, c.groups(), ChannelLayout.CHANNELS_FIRST));
        for (int i = 0; i < c.strides().size(); i++) {
            dx = b.slice(dx, 2 + i, Dim.ZERO, x.tensorType().dim(2 + i));
        }
        a.add(c.x(), last(b, dx, c.layout()));
        a.add(c.weights(), filters(b, d, x, window, c.groups(), c.weights()));
        return null;
    }

    /** Whether a spatial size, which becomes that of a kernel here, is not constant. */
    private static boolean isOpen(Value d) {
        Shape s = d.tensorType().shape();
        return s.slice(2, s.rank()).dims().stream().anyMatch(n -> !n.isConstant());
    }

    /**
     * The derivative of filters that read {@code x} with {@code window} and give {@code d}: a convolution of
     * {@code x} with {@code d} as filters, in which batch and channels have changed places, and strides and dilations.
     */
    private static Value filters(Builder b, Value x, Value d, Window window, long groups, Value weights) {
        int spatial = window.strides().size();
        Value padded = x;
        for (int i = 0; i < spatial; i++) {
            padded = MovementGradients.padded(
                    b, padded, 2 + i, window.pads().get(i), window.pads().get(spatial + i));
        }
        Window swapped = new Window(window.dilations(), Collections.nCopies(2 * spatial, Dim.ZERO), window.strides());
        Dim in = x.tensorType().dim(1).floorDiv(Dim.of(groups));
        Dim out = d.tensorType().dim(1).floorDiv(Dim.of(groups));
        List<Value> parts = new ArrayList<>();
        for (long g = 0; g < groups; g++) {
            Value xs = swapped(b, b.slice(padded, 1, in.times(g), in));
            Value ds = swapped(b, b.slice(d, 1, out.times(g), out));
            Value part = b.add(new Conv(xs, ds, swapped, 1, ChannelLayout.CHANNELS_FIRST));
            for (int i = 0; i < spatial; i++) { // what is left over at the end is no tap
                part = b.slice(part, 2 + i, Dim.ZERO, weights.tensorType().dim(2 + i));
            }
            parts.add(swapped(b, part));
        }
        return parts.size() == 1 ? parts.getFirst() : b.concat(parts, 0);
    }

    /** With the first two axes in the other order. */
    private static Value swapped(Builder b, Value x) {
        List<Integer> perm = new ArrayList<>(
                IntStream.range(0, x.tensorType().rank()).boxed().toList());
        Collections.swap(perm, 0, 1);
        return b.transpose(x, perm);
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
        perm.add(perm.remove(1));
        return b.transpose(x, perm);
    }
}
