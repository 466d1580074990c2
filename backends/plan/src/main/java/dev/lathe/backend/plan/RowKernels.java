package dev.lathe.backend.plan;

import dev.lathe.ir.Value;
import dev.lathe.ir.composite.FourierTransform;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Reductions of all numbers; pools, normalizations and attention of floats, and the maxima of windows of bytes. */
public final class RowKernels {
    private RowKernels() {}

    public static void addTo(Kernels kernels) {
        kernels.on(Reduce.class, RowKernels::reduce)
                .on(Pool.class, RowKernels::pool)
                .on(Softmax.class, RowKernels::softmax)
                .on(LayerNorm.class, RowKernels::layerNorm)
                .on(ScaledDotProductAttention.class, RowKernels::attention);
    }

    /** Adds the maxima of windows of doubles. */
    public static void addDoublesTo(Kernels kernels) {
        kernels.otherwise(
                Pool.class,
                (p, pool, result) -> pool.function() == PoolFunction.MAX_POOL
                        && pool.x().tensorType().element() == ElementType.F64
                        && windows(p, pool, result));
    }

    /** Adds Fourier transforms of any size. */
    public static void addTransformsTo(Kernels kernels) {
        kernels.on(FourierTransform.class, RowKernels::fourier);
    }

    private static boolean fourier(Planner p, FourierTransform f, Value result) {
        Shape shape = f.x().tensorType().shape();
        int last = shape.rank() - 1;
        p.add(new Step.FourierLines(
                p.contiguous(f.x()),
                shape.slice(0, f.axis()).elements(),
                shape.dim(f.axis()),
                f.bins(),
                shape.slice(f.axis() + 1, last).elements(),
                shape.dim(last),
                f.inverse(),
                p.allocate(result)));
        return true;
    }

    private static boolean isFloat(Value v) {
        return v.tensorType().element() == ElementType.F32;
    }

    private static boolean reduce(Planner p, Reduce r, Value result) {
        Shape shape = r.x().tensorType().shape();
        List<Integer> axes = r.axes().stream().sorted().toList();
        int first = axes.isEmpty() ? shape.rank() : axes.getFirst();
        int end = first + axes.size();
        boolean together = axes.isEmpty() || axes.getLast() == end - 1;
        View x;
        if (together) {
            x = p.contiguous(r.x());
        } else {
            List<Integer> perm = new ArrayList<>(IntStream.range(0, shape.rank())
                    .filter(a -> !axes.contains(a))
                    .boxed()
                    .toList());
            perm.addAll(axes);
            x = p.contiguous(p.view(r.x()).transposed(perm));
            shape = x.shape();
            first = shape.rank() - axes.size();
            end = shape.rank();
        }
        p.reduce(new Step.ReduceRows(
                List.of(r.function()),
                x,
                shape.slice(0, first).elements(),
                shape.slice(first, end).elements(),
                shape.slice(end, shape.rank()).elements(),
                List.of(p.allocate(result))));
        return true;
    }

    private static boolean pool(Planner p, Pool pool, Value result) {
        boolean has = switch (pool.x().tensorType().element()) {
            case F32 -> true;
            case I8, U8 -> pool.function() == PoolFunction.MAX_POOL;
            default -> false;
        };
        return has && windows(p, pool, result);
    }

    private static boolean windows(Planner p, Pool pool, Value result) {
        int spatial = pool.kernel().size();
        if (spatial < 1) {
            return false;
        }
        if (spatial > Volumes.FLAT) {
            return Volumes.pool(p, pool, result);
        }
        Window2d window = new Window2d(pool.kernel(), pool.strides(), pool.dilations(), pool.pads());
        if (!window.isOrdinary()) {
            return false;
        }
        if (p.view(pool.x()).isContiguous() && pool.layout() == ChannelLayout.CHANNELS_FIRST) {
            View x = Images.planes(p.view(pool.x()));
            p.add(new Step.Pooling(pool.function(), window, x, Images.planes(p.allocate(result))));
            return true;
        }
        boolean last = pool.layout() == ChannelLayout.CHANNELS_LAST && spatial == 2;
        View x = p.contiguous(Images.channelsLast(p.view(pool.x()), pool.layout()));
        View out = last ? p.allocate(result) : p.scratch(Images.channelsLast(result.tensorType(), pool.layout()));
        p.add(new Step.Pooling(pool.function(), window, x, out));
        if (!last) {
            p.put(result, Images.as(result.tensorType(), pool.layout(), out));
        }
        return true;
    }

    private static boolean softmax(Planner p, Softmax s, Value result) {
        Shape shape = result.tensorType().shape();
        boolean last = shape.slice(s.axis() + 1, shape.rank()).elements().isConstant(1);
        if (!isFloat(result) || !last) {
            return false;
        }
        View x = p.contiguous(s.x());
        p.add(new Step.SoftmaxRows(x, shape.slice(0, s.axis()).elements(), shape.dim(s.axis()), p.allocate(result)));
        return true;
    }

    private static boolean layerNorm(Planner p, LayerNorm l, Value result) {
        Shape shape = result.tensorType().shape();
        Dim length = shape.slice(l.axis(), shape.rank()).elements();
        boolean whole = fits(l.scale(), length) && fits(l.bias(), length);
        if (!isFloat(result) || !whole) {
            return false;
        }
        View x = p.contiguous(l.x());
        Optional<View> scale = l.scale().map(p::contiguous);
        Optional<View> bias = l.bias().map(p::contiguous);
        p.add(new Step.LayerNormRows(
                x, scale, bias, l.epsilon(), shape.slice(0, l.axis()).elements(), length, p.allocate(result)));
        return true;
    }

    private static boolean fits(Optional<Value> v, Dim length) {
        return v.isEmpty() || v.get().tensorType().shape().elements().equals(length);
    }

    private static boolean attention(Planner p, ScaledDotProductAttention a, Value result) {
        Shape keys = a.k().tensorType().shape();
        boolean maskFits = a.mask().isEmpty()
                || repeats(
                        a.mask().get().tensorType().shape(),
                        a.q().tensorType().shape().with(3, keys.dim(2)));
        if (!isFloat(result) || !maskFits) {
            return false;
        }
        View q = rows(p, a.q());
        View k = rows(p, a.k());
        View v = rows(p, a.v());
        Optional<View> mask = a.mask().map(p::contiguous).map(RowKernels::onFourAxes);
        // Written with the heads of a row side by side, which is what the transpose after attention wants.
        Shape out = result.tensorType().shape();
        Shape rowsFirst = Shape.of(out.dim(0), out.dim(2), out.dim(1), out.dim(3));
        View y = p.scratch(result.tensorType().withShape(rowsFirst)).transposed(List.of(0, 2, 1, 3));
        p.put(result, y);
        p.add(new Step.Attention(q, k, v, mask, a.scale(), y));
        return true;
    }

    /** A view whose last axis is contiguous. */
    private static View rows(Planner p, Value v) {
        View view = p.view(v);
        return view.strides().getLast().isConstant(1) ? view : p.contiguous(view);
    }

    private static boolean repeats(Shape own, Shape to) {
        for (int i = 1; i <= own.rank(); i++) {
            Dim d = own.dim(own.rank() - i);
            if (!d.isConstant(1) && !d.equals(to.dim(to.rank() - i))) {
                return false;
            }
        }
        return true;
    }

    /** The view with four axes, of stride 0 where it repeats. */
    private static View onFourAxes(View v) {
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
}
