package dev.lathe.backend.java;

import dev.lathe.ir.Value;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.Reduction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Reductions, pools, normalizations and attention of floats. */
final class RowSteps {
    private final Emitter e;

    RowSteps(Emitter e) {
        this.e = e;
    }

    boolean reduce(Reduction op, Value result) {
        return switch (op) {
            case Reduce r -> reduce(r, result);
            case Pool p -> pool(p, result);
            default -> false;
        };
    }

    private static boolean isFloat(Value v) {
        return v.tensorType().element() == ElementType.F32;
    }

    private boolean reduce(Reduce r, Value result) {
        if (!isFloat(r.x())) {
            return false;
        }
        String function = switch (r.function()) {
            case REDUCE_SUM -> "SUM";
            case REDUCE_MEAN -> "MEAN";
            case REDUCE_MIN -> "MIN";
            case REDUCE_MAX -> "MAX";
            case REDUCE_PROD -> "PROD";
        };
        Shape shape = r.x().tensorType().shape();
        List<Integer> axes = r.axes().stream().sorted().toList();
        View x = e.view(r.x());
        int first = axes.isEmpty() ? shape.rank() : axes.getFirst();
        int end = first + axes.size();
        boolean together = axes.isEmpty() || axes.getLast() == end - 1;
        if (together) {
            x = e.contiguous(r.x());
        } else {
            List<Integer> perm = new ArrayList<>(IntStream.range(0, shape.rank())
                    .filter(a -> !axes.contains(a))
                    .boxed()
                    .toList());
            perm.addAll(axes);
            x = e.contiguous(x.transposed(perm));
            shape = x.shape();
            first = shape.rank() - axes.size();
            end = shape.rank();
        }
        View out = e.allocate(result);
        String k = e.p.kernel("Reduction", "Reduction.Function." + function);
        e.p.prepare(k + ".prepare(" + e.elements(shape.slice(0, first)) + ", " + e.elements(shape.slice(first, end))
                + ", " + e.elements(shape.slice(end, shape.rank())) + ", workers);");
        e.p.step(k + ".run(" + e.ref(x) + ", " + e.ref(out) + ");");
        return true;
    }

    private boolean pool(Pool p, Value result) {
        int spatial = p.kernel().size();
        if (!isFloat(p.x()) || spatial < 1 || spatial > 2 || p.function() == PoolFunction.SUM_POOL) {
            return false;
        }
        String function = switch (p.function()) {
            case MAX_POOL -> "MAX";
            case AVERAGE_POOL -> "MEAN";
            default -> "MEAN_WITH_PADDING";
        };
        Picture picture = new Picture(p.kernel(), p.strides(), p.dilations(), p.pads());
        if (!picture.isOrdinary()) {
            return false;
        }
        ContractionSteps pictures = new ContractionSteps(e);
        boolean last = p.layout() == ChannelLayout.CHANNELS_LAST && spatial == 2;
        View x = e.contiguous(pictures.channelsLast(e.view(p.x()), p.layout(), spatial));
        Shape shape = result.tensorType().shape();
        int channelAxis = p.layout().channelAxis(shape.rank());
        List<Dim> dims = new ArrayList<>(shape.dims());
        dims.add(dims.remove(channelAxis));
        if (spatial == 1) {
            dims.add(1, Dim.ONE);
        }
        View out = last ? e.allocate(result) : e.scratch(result.tensorType().withShape(Shape.of(dims)));
        String window = pictures.window(picture, x.shape(), picture.pad(0), picture.pad(1), out.shape());
        String k = e.p.kernel("Pooling", "Pooling.Function." + function + ", " + window);
        e.p.prepare(k + ".prepare(" + e.dim(picture.padAfter(0)) + ", " + e.dim(picture.padAfter(1)) + ", workers);");
        e.p.step(k + ".run(" + e.ref(x) + ", " + e.ref(out) + ");");
        if (!last) {
            e.put(result, pictures.channelsFirst(out, result, channelAxis));
        }
        return true;
    }

    boolean softmax(Softmax s, Value result) {
        Shape shape = result.tensorType().shape();
        boolean last = shape.slice(s.axis() + 1, shape.rank()).elements().isConstant(1);
        if (!isFloat(result) || !last) {
            return false;
        }
        View x = e.contiguous(s.x());
        View out = e.allocate(result);
        String k = e.p.kernel("SoftmaxRows", "");
        e.p.prepare(k + ".prepare(" + e.elements(shape.slice(0, s.axis())) + ", " + e.dim(shape.dim(s.axis()))
                + ", workers);");
        e.p.step(k + ".run(" + e.ref(x) + ", " + e.ref(out) + ");");
        return true;
    }

    boolean layerNorm(LayerNorm l, Value result) {
        Shape shape = result.tensorType().shape();
        Dim length = shape.slice(l.axis(), shape.rank()).elements();
        boolean whole = fits(l.scale(), length) && fits(l.bias(), length);
        if (!isFloat(result) || !whole) {
            return false;
        }
        View x = e.contiguous(l.x());
        Optional<View> scale = l.scale().map(e::contiguous);
        Optional<View> bias = l.bias().map(e::contiguous);
        View out = e.allocate(result);
        String k = e.p.kernel("LayerNormRows", JavaText.literal(l.epsilon()));
        e.p.prepare(k + ".prepare(" + e.elements(shape.slice(0, l.axis())) + ", " + e.dim(length) + ", workers);");
        e.p.step(k + ".with(" + scale.map(e::ref).orElse(k + ".ones(), 0") + ", "
                + bias.map(e::ref).orElse(k + ".zeros(), 0") + ").run(" + e.ref(x) + ", " + e.ref(out) + ");");
        return true;
    }

    private static boolean fits(Optional<Value> v, Dim length) {
        return v.isEmpty() || v.get().tensorType().shape().elements().equals(length);
    }

    boolean attention(ScaledDotProductAttention a, Value result) {
        if (!isFloat(result)) {
            return false;
        }
        View q = rows(e.view(a.q()));
        View k = rows(e.view(a.k()));
        View v = rows(e.view(a.v()));
        Shape s = q.shape();
        Shape out = result.tensorType().shape();
        Optional<View> mask = a.mask().map(e::contiguous);
        if (mask.isPresent()
                && !isBroadcastable(mask.get().shape(), s.with(3, k.shape().dim(2)))) {
            return false;
        }
        // Written with the heads of a row side by side, which is what the transpose after attention wants.
        Shape rowsFirst = Shape.of(out.dim(0), out.dim(2), out.dim(1), out.dim(3));
        View y = e.scratch(result.tensorType().withShape(rowsFirst)).transposed(List.of(0, 2, 1, 3));
        e.put(result, y);
        String field = e.p.kernel("Attention", "m.tiles, " + JavaText.literal((float) a.scale()));
        layout(field + ".q", q);
        layout(field + ".k", k);
        layout(field + ".v", v);
        layout(field + ".y", y);
        String maskStride = "0";
        if (mask.isPresent()) {
            View m = broadcast(mask.get());
            layout(field + ".mask", m);
            maskStride = e.dim(m.strides().get(3));
        }
        e.p.prepare(field + ".prepare(" + e.dim(s.dim(0)) + ", " + e.dim(s.dim(1)) + ", " + e.dim(s.dim(2)) + ", "
                + e.dim(k.shape().dim(2)) + ", " + e.dim(s.dim(3)) + ", " + e.dim(out.dim(3)) + ", " + maskStride
                + ", workers);");
        e.p.step(field + ".run(" + e.ref(q) + ", " + e.ref(k) + ", " + e.ref(v) + ", "
                + mask.map(e::ref).orElse("null, 0") + ", " + e.ref(y) + ");");
        return true;
    }

    /** A view whose last axis is neighbours. */
    private View rows(View v) {
        return v.strides().getLast().isConstant(1) ? v : e.contiguous(v);
    }

    private static boolean isBroadcastable(Shape own, Shape to) {
        for (int i = 1; i <= own.rank(); i++) {
            Dim d = own.dim(own.rank() - i);
            if (!d.isConstant(1) && !d.equals(to.dim(to.rank() - i))) {
                return false;
            }
        }
        return true;
    }

    /** The view with four axes, of stride 0 where it repeats. */
    private static View broadcast(View v) {
        List<Dim> dims = new ArrayList<>(v.shape().dims());
        List<Dim> strides = new ArrayList<>(v.strides());
        while (dims.size() < 4) {
            dims.addFirst(Dim.ONE);
            strides.addFirst(Dim.ZERO);
        }
        for (int i = 0; i < 4; i++) {
            if (dims.get(i).isConstant(1)) {
                strides.set(i, Dim.ZERO);
            }
        }
        return new View(v.type().withShape(Shape.of(dims)), v.place(), v.offset(), strides);
    }

    private void layout(String field, View v) {
        e.p.prepare(field + ".prepare(" + e.dim(v.strides().get(0)) + ", "
                + e.dim(v.strides().get(1)) + ", " + e.dim(v.strides().get(2)) + ");");
    }
}
