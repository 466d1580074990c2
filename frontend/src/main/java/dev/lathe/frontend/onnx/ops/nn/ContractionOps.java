package dev.lathe.frontend.onnx.ops.nn;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.TransposedWindow;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.op.Windows;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Matrix products and convolutions. */
public final class ContractionOps {
    private ContractionOps() {}

    public static void addTo(Operators t) {
        t.on("MatMul").since(1, n -> n.b.matMul(n.in(0), n.in(1)));
        t.on("Gemm").since(1, ContractionOps::gemm);
        t.on("Conv").since(1, ContractionOps::conv);
        t.on("ConvTranspose").since(1, ContractionOps::convTranspose);
    }

    public static Value gemm(OnnxNode n) {
        Value a = n.flag("transA", false) ? n.b.transpose(n.in(0), List.of(1, 0)) : n.in(0);
        Value b = n.flag("transB", false) ? n.b.transpose(n.in(1), List.of(1, 0)) : n.in(1);
        Value y = scaled(n, n.b.matMul(a, b), n.f("alpha", 1));
        float beta = n.f("beta", 1);
        return n.opt(2).isEmpty() || beta == 0 ? y : n.b.add(y, scaled(n, n.in(2), beta));
    }

    private static Value scaled(OnnxNode n, Value v, float factor) {
        return factor == 1 ? v : n.b.multiply(v, n.b.scalar(v, factor));
    }

    public static List<Long> attribute(OnnxNode n, String name, int count, long otherwise) {
        List<Long> given = n.ints(name).filter(l -> !l.isEmpty()).orElse(Collections.nCopies(count, otherwise));
        if (given.size() != count) {
            throw new InvalidOpException(
                    "attribute \"" + name + "\" has " + given.size() + " entries instead of " + count);
        }
        return given;
    }

    public static Value conv(OnnxNode n) {
        int spatial = n.rank(0) - 2;
        List<Long> strides = attribute(n, "strides", spatial, 1);
        List<Long> dilations = attribute(n, "dilations", spatial, 1);
        Value weights = weights(n, n.in(1), spatial);
        List<Long> kernel = weights.tensorType().shape().slice(2, n.rank(1)).dims().stream()
                .map(Dim::constant)
                .toList();
        List<Dim> pads = pads(n, spatial, kernel, strides, dilations);
        Window window = new Window(strides, pads, dilations);
        Value y = n.b.add(new Conv(n.in(0), weights, window, n.i("group", 1), ChannelLayout.CHANNELS_FIRST));
        return biased(n, y);
    }

    /** The weights, with a kernel of constant size: where they do not say it, an attribute does. */
    public static Value weights(OnnxNode n, Value w, int spatial) {
        List<Dim> dims = new ArrayList<>(w.tensorType().shape().dims());
        Optional<List<Long>> kernel = n.ints("kernel_shape").filter(k -> k.size() == spatial);
        for (int i = 2; i < dims.size(); i++) {
            if (!dims.get(i).isConstant()) {
                if (kernel.isEmpty()) {
                    throw new InvalidOpException("the kernel's size " + dims.get(i) + " must be constant");
                }
                dims.set(i, Dim.of(kernel.get().get(i - 2)));
            }
        }
        return n.b.reshape(w, Shape.of(dims));
    }

    /** A transposed convolution without pads, cut or filled up to a size that may be more or less than it gives. */
    private static Value cut(
            OnnxNode n,
            Value weights,
            List<Long> strides,
            List<Dim> pads,
            List<Long> extra,
            List<Long> dilations,
            List<Dim> sizes) {
        int spatial = sizes.size();
        List<Dim> none = Collections.nCopies(2 * spatial, Dim.ZERO);
        TransposedWindow window = new TransposedWindow(strides, none, extra, dilations);
        Value whole =
                n.b.add(new ConvTranspose(n.in(0), weights, window, n.i("group", 1), ChannelLayout.CHANNELS_FIRST));
        Shape s = whole.tensorType().shape();
        List<Dim> starts = new ArrayList<>(List.of(Dim.ZERO, Dim.ZERO));
        List<Dim> kept = new ArrayList<>(s.dims().subList(0, 2));
        List<Dim> after = new ArrayList<>(List.of(Dim.ZERO, Dim.ZERO));
        for (int i = 0; i < spatial; i++) {
            Dim start = pads.get(i);
            Dim size = s.dim(2 + i).minus(start).min(sizes.get(i));
            starts.add(start);
            kept.add(size);
            after.add(sizes.get(i).minus(size));
        }
        Value part = n.b.add(new Slice(whole, starts, kept, Collections.nCopies(s.rank(), 1L)));
        return n.b.add(
                new Pad(part, Optional.empty(), Collections.nCopies(s.rank(), Dim.ZERO), after, PadMode.CONSTANT));
    }

    private static Value biased(OnnxNode n, Value y) {
        if (n.opt(2).isEmpty()) {
            return y;
        }
        List<Dim> dims = new ArrayList<>(Collections.nCopies(n.rank(0) - 1, Dim.ONE));
        dims.set(0, n.shape(2).dim(0));
        return n.b.add(y, n.b.reshape(n.in(2), Shape.of(dims)));
    }

    /**
     * The padding of a sliding window: given, none, or what makes the result as large as the input divided by the
     * strides.
     */
    static List<Dim> pads(OnnxNode n, int spatial, List<Long> kernel, List<Long> strides, List<Long> dilations) {
        String mode = n.s("auto_pad", "NOTSET");
        if (mode.equals("NOTSET") || mode.isEmpty()) {
            return attribute(n, "pads", 2 * spatial, 0).stream().map(Dim::of).toList();
        }
        List<Dim> pads = new ArrayList<>(Collections.nCopies(2 * spatial, Dim.ZERO));
        if (mode.equals("VALID")) {
            return pads;
        }
        for (int i = 0; i < spatial; i++) {
            Dim in = n.shape(0).dim(2 + i);
            Dim out = in.ceilDiv(Dim.of(strides.get(i)));
            Dim total = out.minus(1)
                    .times(strides.get(i))
                    .plus(Windows.span(kernel.get(i), dilations.get(i)))
                    .minus(in)
                    .max(Dim.ZERO);
            Dim half = total.floorDiv(2);
            boolean lower = mode.equals("SAME_LOWER");
            pads.set(i, lower ? total.minus(half) : half);
            pads.set(spatial + i, lower ? half : total.minus(half));
        }
        return pads;
    }

    private static Value convTranspose(OnnxNode n) {
        int spatial = n.rank(0) - 2;
        Value weights = weights(n, n.in(1), spatial);
        List<Long> strides = attribute(n, "strides", spatial, 1);
        List<Long> dilations = attribute(n, "dilations", spatial, 1);
        List<Long> extra = new ArrayList<>(attribute(n, "output_padding", spatial, 0));
        List<Dim> pads = new ArrayList<>();
        String mode = n.s("auto_pad", "NOTSET");
        boolean shaped = n.ints("output_shape").filter(l -> !l.isEmpty()).isPresent();
        List<Dim> cutTo = new ArrayList<>();
        if (!shaped && (mode.equals("NOTSET") || mode.isEmpty() || mode.equals("VALID"))) {
            pads.addAll(
                    attribute(n, "pads", 2 * spatial, 0).stream().map(Dim::of).toList());
        } else {
            pads.addAll(Collections.nCopies(2 * spatial, Dim.ZERO));
            List<Long> wanted = shaped ? n.ints("output_shape").orElseThrow() : List.of();
            for (int i = 0; i < spatial; i++) {
                Dim in = n.shape(0).dim(2 + i);
                long kernel = weights.tensorType().dim(2 + i).constant();
                Dim out = shaped ? Dim.of(wanted.get(wanted.size() - spatial + i)) : in.times(strides.get(i));
                Dim total = in.minus(1)
                        .times(strides.get(i))
                        .plus(extra.get(i))
                        .plus(Windows.span(kernel, dilations.get(i)))
                        .minus(out);
                if (!total.isConstant() && !total.isNonNegative()) {
                    cutTo.add(out);
                }
                if (total.isConstant() && total.constant() < 0) {
                    // The result is larger than what the input reaches: the rest is at its end.
                    extra.set(i, extra.get(i) - total.constant());
                    total = Dim.ZERO;
                }
                total = total.max(Dim.ZERO);
                Dim half = total.floorDiv(2);
                boolean upper = mode.equals("SAME_UPPER");
                pads.set(i, upper ? half : total.minus(half));
                pads.set(spatial + i, upper ? total.minus(half) : half);
            }
        }
        if (cutTo.size() == spatial) {
            return biased(n, cut(n, weights, strides, pads, extra, dilations, cutTo));
        }
        TransposedWindow window = new TransposedWindow(strides, pads, extra, dilations);
        Value y = n.b.add(new ConvTranspose(n.in(0), weights, window, n.i("group", 1), ChannelLayout.CHANNELS_FIRST));
        return biased(n, y);
    }
}
