package dev.lathe.frontend.onnx.ops.math;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.ops.shape.RuntimeAxes;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.FourierTransform;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Fourier transforms and what goes with them. */
public final class SignalOps {
    private SignalOps() {}

    public static void addTo(Operators t) {
        t.on("DFT")
                .since(17, n -> dft(n, n.b, length(n), OnnxNode.axis(n.i("axis", 1), n.rank(0))))
                .since(20, n -> {
                    Optional<Dim> length = length(n);
                    return RuntimeAxes.known(n, 2)
                            ? dft(n, n.b, length, axis(n))
                            : RuntimeAxes.choose(n, 2, n.rank(0) - 1, (b, axis) -> dft(n, b, length, axis));
                });
        t.on("STFT").since(17, SignalOps::shortTime);
        t.on("HannWindow").since(17, n -> window(n, 0.5, -0.5, 0));
        t.on("HammingWindow").since(17, n -> window(n, 25.0 / 46, -21.0 / 46, 0));
        t.on("BlackmanWindow").since(17, n -> window(n, 0.42, -0.5, 0.08));
        t.on("MelWeightMatrix").since(17, SignalOps::mel);
    }

    private static Value scale(Builder b, Value x, double factor) {
        return b.multiply(x, b.scalar(x, factor));
    }

    /** {@code a + c1 cos(2 pi i / n) + c2 cos(4 pi i / n)}. */
    private static Value window(OnnxNode n, double a, double c1, double c2) {
        Builder b = n.b;
        Dim size = n.dim(0);
        Dim period = n.flag("periodic", true) ? size : size.minus(1);
        Value i = b.cast(b.iota(size), ElementType.F64);
        Value angle = b.divide(scale(b, i, 2 * Math.PI), b.cast(b.dim(period), ElementType.F64));
        Value y = b.add(scale(b, b.unary(UnaryFunction.COS, angle), c1), b.scalar(angle, a));
        if (c2 != 0) {
            y = b.add(y, scale(b, b.unary(UnaryFunction.COS, scale(b, angle, 2)), c2));
        }
        return b.cast(y, ElementTypes.of(n.i("output_datatype", 1)));
    }

    /** {@code x} cut off or filled with zeros along {@code axis}. */
    private static Value resized(Builder b, Value x, int axis, Dim length) {
        Dim now = x.tensorType().dim(axis);
        if (now.equals(length)) {
            return x;
        }
        Dim kept = now.min(length);
        Value cut = b.slice(x, axis, Dim.ZERO, kept);
        List<Dim> before = Collections.nCopies(x.tensorType().rank(), Dim.ZERO);
        List<Dim> after = new ArrayList<>(before);
        after.set(axis, length.minus(kept));
        return after.get(axis).isConstant(0)
                ? cut
                : b.add(new Pad(cut, Optional.empty(), before, after, PadMode.CONSTANT));
    }

    private static int axis(OnnxNode n) {
        return OnnxNode.axis(n.opt(2).isPresent() ? n.longs(2).getFirst() : -2, n.rank(0));
    }

    private static Optional<Dim> length(OnnxNode n) {
        return n.opt(1).map(_ -> n.dim(1));
    }

    private static Value dft(OnnxNode n, Builder b, Optional<Dim> given, int axis) {
        Value x = n.in(0);
        int rank = n.rank(0);
        if (axis == rank - 1) {
            throw new InvalidOpException("axis " + axis + " is that of the real and imaginary parts");
        }
        boolean inverse = n.flag("inverse", false);
        boolean oneSided = n.flag("onesided", false);
        boolean mirrored = inverse && oneSided;
        Dim length = given.isPresent()
                ? given.get()
                : mirrored ? n.shape(0).dim(axis).minus(1).times(2) : n.shape(0).dim(axis);
        Value signal = mirrored ? mirrored(b, x, axis, length) : resized(b, x, axis, length);
        Value y = transform(b, signal, axis, inverse, oneSided && !inverse);
        return mirrored ? b.slice(y, rank - 1, Dim.ZERO, Dim.ONE) : y;
    }

    /**
     * The whole spectrum of a real signal of {@code length}, from its first half: the rest is conjugate and
     * backwards.
     */
    private static Value mirrored(Builder b, Value half, int axis, Dim length) {
        int rank = half.tensorType().rank();
        Dim bins = length.floorDiv(2).plus(1);
        Value first = resized(b, half, axis, bins);
        Value positions = b.iota(length);
        Value beyond = b.compare(Comparison.GREATER_OR_EQUAL, positions, b.dim(bins));
        Value source = b.select(beyond, b.subtract(b.dim(length), positions), positions);
        Value all = b.gather(first, source, axis);
        Value re = b.slice(all, rank - 1, Dim.ZERO, Dim.ONE);
        Value im = b.slice(all, rank - 1, Dim.ONE, Dim.ONE);
        Value far = b.expandRight(beyond, rank - axis);
        return b.concat(List.of(re, b.select(far, b.negate(im), im)), rank - 1);
    }

    /** The transform along {@code axis}; the last axis holds one or two parts. */
    private static Value transform(Builder b, Value x, int axis, boolean inverse, boolean oneSided) {
        int last = x.tensorType().rank() - 1;
        Value parts = x.tensorType().dim(last).isConstant(1) ? x : resized(b, x, last, Dim.of(2));
        return b.add(new FourierTransform(parts, axis, inverse, oneSided));
    }

    private static Value shortTime(OnnxNode n) {
        Builder b = n.b;
        Value signal = n.rank(0) == 2 ? b.expandRight(n.in(0), 3) : n.in(0);
        Dim step = n.dim(1);
        Dim length = n.opt(3).isPresent()
                ? n.dim(3)
                : n.opt(2)
                        .map(w -> w.tensorType().dim(0))
                        .orElseThrow(() -> new InvalidOpException("neither a window nor a frame length is given"));
        Dim frames = signal.tensorType().dim(1).minus(length).floorDiv(step).plus(1);
        Value starts = b.multiply(b.iota(frames), b.dim(step));
        Value positions = b.add(b.expandRight(starts, 2), b.iota(length));
        Value framed = b.gather(signal, positions, 1);
        if (n.opt(2).isPresent()) {
            framed = b.multiply(framed, b.expandRight(n.in(2), 2));
        }
        boolean oneSided =
                n.flag("onesided", true) && !signal.tensorType().dim(2).isConstant(2);
        return transform(b, framed, 2, false, oneSided);
    }

    /** Triangles over the bins of a spectrum, evenly spaced on the mel scale. */
    private static Value mel(OnnxNode n) {
        Builder b = n.b;
        ElementType f = ElementType.F64;
        Dim bands = n.dim(0);
        Value length = real(b, n.in(1));
        Value low = toMel(b, real(b, n.in(3)));
        Value high = toMel(b, real(b, n.in(4)));
        Value step = b.divide(b.subtract(high, low), b.cast(b.dim(bands.plus(2)), f));
        Value mels = b.add(b.multiply(b.cast(b.iota(bands.plus(2)), f), step), low);
        Value powers = b.binary(BinaryFunction.POW, b.constant(Tensor.scalar(f, 10)), scale(b, mels, 1 / 2595.0));
        Value hertz = scale(b, b.subtract(powers, b.scalar(powers, 1)), 700);
        Value bins = b.divide(b.multiply(b.add(length, b.scalar(length, 1)), hertz), real(b, n.in(2)));
        Value edges = b.cast(b.unary(UnaryFunction.FLOOR, bins), ElementType.I64);
        Value from = b.slice(edges, 0, Dim.ZERO, bands);
        Value peak = b.slice(edges, 0, Dim.ONE, bands);
        Value to = b.slice(edges, 0, Dim.of(2), bands);
        Value j = b.expandRight(b.iota(n.dim(1).floorDiv(2).plus(1)), 2);
        Value up = b.divide(b.cast(b.subtract(j, from), f), b.cast(b.subtract(peak, from), f));
        Value down = b.divide(b.cast(b.subtract(to, j), f), b.cast(b.subtract(to, peak), f));
        Value zero = b.scalar(up, 0);
        Value rises = and(b, b.compare(Comparison.GREATER_OR_EQUAL, j, from), b.compare(Comparison.LESS, j, peak));
        Value falls = and(b, b.compare(Comparison.GREATER, j, peak), b.compare(Comparison.LESS, j, to));
        Value top = b.compare(Comparison.EQUAL, j, peak);
        Value y = b.select(top, b.scalar(up, 1), b.select(rises, up, b.select(falls, down, zero)));
        return b.cast(y, ElementTypes.of(n.i("output_datatype", 1)));
    }

    private static Value and(Builder b, Value x, Value y) {
        return b.binary(BinaryFunction.AND, x, y);
    }

    private static Value real(Builder b, Value v) {
        return b.cast(b.reshape(v, Shape.SCALAR), ElementType.F64);
    }

    private static Value toMel(Builder b, Value hertz) {
        Value ratio = b.add(scale(b, hertz, 1 / 700.0), b.scalar(hertz, 1));
        return scale(b, b.unary(UnaryFunction.LOG, ratio), 2595 / Math.log(10));
    }
}
