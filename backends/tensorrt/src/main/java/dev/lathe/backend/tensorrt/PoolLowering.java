package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.Windowed;
import dev.lathe.ir.op.Windows;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Pools. A Pooling layer has windows over two or three axes of floats, without dilation; other windows are taken apart
 * axis by axis: one slice for each place along the axis, which are joined element by element.
 */
final class PoolLowering {
    private static final long MOST_TAPS = 1024;

    private final Lowering lowering;
    private final MovementLowering layouts;
    private final Windowed windows;
    private final Value operand;
    private final List<Long> kernel;
    private final ChannelLayout layout;
    private final boolean ceil;
    /** The sizes of the operand and of the result along the spatial axes. */
    private final List<Dim> sizes;

    private final List<Dim> positions;
    private final Dim batch;
    private final Dim channels;

    PoolLowering(Lowering lowering, Windowed op, List<Long> kernel, ChannelLayout layout, boolean ceil, Value result) {
        this.lowering = lowering;
        this.layouts = new MovementLowering(lowering);
        this.windows = op;
        this.operand = ((Op) op).operands().getFirst();
        this.kernel = kernel;
        this.layout = layout;
        this.ceil = ceil;
        TensorType x = operand.tensorType();
        int first = layout.spatialAxis();
        this.sizes = x.shape().dims().subList(first, first + kernel.size());
        this.positions = result.tensorType().shape().dims().subList(first, first + kernel.size());
        this.batch = x.dim(0);
        this.channels = x.dim(layout.channelAxis(x.rank()));
    }

    private Net net() {
        return lowering.net();
    }

    NetworkTensor pool(PoolFunction function) {
        NetworkTensor x = layouts.channelsFirst(lowering.tensor(operand), layout);
        return layouts.channelsBack(isLayer(function, x) ? layer(function, x) : apart(function, x), layout);
    }

    private boolean isLayer(PoolFunction function, NetworkTensor x) {
        int spatial = kernel.size();
        boolean counted = function == PoolFunction.MAX_POOL || function == PoolFunction.AVERAGE_POOL;
        boolean small = windows.pads().stream().allMatch(Dim::isConstant);
        for (int i = 0; small && i < 2 * spatial; i++) {
            long pad = windows.pads().get(i).constant();
            small = pad >= 0 && pad < kernel.get(i % spatial);
        }
        return x.type().isFloat()
                && spatial >= 1
                && spatial <= 3
                && small
                && windows.dilations().stream().allMatch(d -> d == 1)
                && (counted || !ceil);
    }

    private NetworkTensor layer(PoolFunction function, NetworkTensor x) {
        int spatial = kernel.size();
        int added = spatial == 1 ? 1 : 0;
        List<Long> before = new ArrayList<>(Net.repeat(added, 0));
        List<Long> after = new ArrayList<>(Net.repeat(added, 0));
        before.addAll(ConvolutionLowering.numbers(windows.pads().subList(0, spatial)));
        after.addAll(ConvolutionLowering.numbers(windows.pads().subList(spatial, 2 * spatial)));
        List<Long> window = new ArrayList<>(Net.repeat(added, 1));
        window.addAll(kernel);
        List<Long> stride = new ArrayList<>(Net.repeat(added, 1));
        stride.addAll(windows.strides());
        NetworkTensor y = net().add(new Layer.Pooling(
                net().unsqueeze(x, Net.axes(2, 2 + added)),
                function == PoolFunction.MAX_POOL ? Layer.PoolingType.MAX : Layer.PoolingType.AVERAGE,
                window,
                stride,
                before,
                after,
                ceil,
                function == PoolFunction.AVERAGE_POOL));
        y = net().squeeze(y, Net.axes(2, 2 + added));
        if (function == PoolFunction.SUM_POOL) {
            y = net().product(y, net().like(y, kernel.stream().reduce(1L, Math::multiplyExact)));
        }
        return ceil ? withoutWindowsInPadding(y) : y;
    }

    /** TensorRT also has windows that begin in the padding after the operand. */
    private NetworkTensor withoutWindowsInPadding(NetworkTensor y) {
        boolean same = true;
        for (int i = 0; i < kernel.size(); i++) {
            same &= positions.get(i).isConstant(y.dims().get(i + 2));
        }
        return same ? y : net().slice(y, zeros(y.rank()), lowering.extents(all(positions)), Net.repeat(y.rank(), 1));
    }

    private static Extents zeros(int rank) {
        return new Extents.Fixed(Net.repeat(rank, 0));
    }

    private List<Dim> all(List<Dim> spatial) {
        List<Dim> dims = new ArrayList<>(List.of(batch, channels));
        dims.addAll(spatial);
        return dims;
    }

    // Windows taken apart.

    private NetworkTensor apart(PoolFunction function, NetworkTensor x) {
        if (function == PoolFunction.MAX_POOL) {
            return joined(x, all(sizes), starts(), x.type().least(), Layer.ElementWiseOperation.MAX);
        }
        NetworkTensor sum = joined(x, all(sizes), starts(), 0, Layer.ElementWiseOperation.SUM);
        if (function == PoolFunction.SUM_POOL) {
            return sum;
        }
        // The elements of each window are counted as its sum is: by ones where elements are.
        boolean padded = function == PoolFunction.AVERAGE_POOL_PADDED;
        List<Dim> ones = new ArrayList<>(List.of(Dim.ONE, Dim.ONE));
        List<Dim> start = new ArrayList<>(List.of(Dim.ZERO, Dim.ZERO));
        for (int i = 0; i < kernel.size(); i++) {
            Dim around = windows.pads().get(i).plus(windows.pads().get(kernel.size() + i));
            ones.add(padded ? sizes.get(i).plus(around) : sizes.get(i));
            start.add(padded ? Dim.ZERO : windows.pads().get(i).negate());
        }
        NetworkTensor one = net().leading(net().scalar(x.type(), 1), ones.size());
        NetworkTensor field =
                new MovementLowering(lowering).broadcast(one, Collections.nCopies(ones.size(), Dim.ONE), ones);
        NetworkTensor count = joined(field, ones, start, 0, Layer.ElementWiseOperation.SUM);
        // The mean of no integers is 0.
        NetworkTensor divisor =
                x.type().isFloat() ? count : net().binary(Layer.ElementWiseOperation.MAX, count, net().like(count, 1));
        return net().binary(Layer.ElementWiseOperation.DIV, sum, divisor);
    }

    private List<Dim> starts() {
        List<Dim> start = new ArrayList<>(List.of(Dim.ZERO, Dim.ZERO));
        windows.pads().subList(0, kernel.size()).forEach(p -> start.add(p.negate()));
        return start;
    }

    /** The windows axis by axis: along each, the elements at each place are joined. */
    private NetworkTensor joined(
            NetworkTensor x, List<Dim> dims, List<Dim> start, double outside, Layer.ElementWiseOperation op) {
        requireTaps(kernel.stream().reduce(0L, Math::addExact));
        List<Dim> size = new ArrayList<>(covered(dims));
        NetworkTensor y = around(x, size, start, outside);
        for (int i = 0; i < kernel.size(); i++) {
            size.set(2 + i, positions.get(i));
            List<Long> stride = new ArrayList<>(Net.repeat(size.size(), 1));
            stride.set(2 + i, windows.strides().get(i));
            NetworkTensor whole = y;
            for (long place = 0; place < kernel.get(i); place++) {
                List<Long> at = new ArrayList<>(Net.repeat(size.size(), 0));
                at.set(2 + i, place * windows.dilations().get(i));
                NetworkTensor tap = net().slice(whole, new Extents.Fixed(at), lowering.extents(size), stride);
                y = place == 0 ? tap : net().binary(op, y, tap);
            }
        }
        return y;
    }

    private void requireTaps(long count) {
        if (count > MOST_TAPS) {
            throw new LayerException(
                    "a window of " + kernel + ", for which Pooling has no form, would be " + count + " slices");
        }
    }

    /** The sizes that windows cover. */
    private List<Dim> covered(List<Dim> dims) {
        List<Dim> covered = new ArrayList<>(dims.subList(0, 2));
        for (int i = 0; i < kernel.size(); i++) {
            long span = Windows.span(kernel.get(i), windows.dilations().get(i));
            covered.add(
                    positions.get(i).minus(1).times(windows.strides().get(i)).plus(span));
        }
        return covered;
    }

    private NetworkTensor around(NetworkTensor x, List<Dim> covered, List<Dim> start, double outside) {
        return net().add(new Layer.Slice(
                x,
                lowering.extents(start),
                lowering.extents(covered),
                new Extents.Fixed(Net.repeat(x.rank(), 1)),
                Layer.SampleMode.FILL,
                Optional.of(net().scalar(x.type(), outside))));
    }

    /** The elements at each place of the windows, {@code outside} where there are none. */
    private List<NetworkTensor> taps(NetworkTensor x, List<Dim> dims, List<Dim> start, double outside) {
        long count = kernel.stream().reduce(1L, Math::multiplyExact);
        requireTaps(count);
        List<Dim> size = all(positions);
        List<Long> stride = new ArrayList<>(List.of(1L, 1L));
        stride.addAll(windows.strides());
        NetworkTensor around = around(x, covered(dims), start, outside);
        List<NetworkTensor> taps = new ArrayList<>();
        for (long tap = 0; tap < count; tap++) {
            List<Long> at = new ArrayList<>(List.of(0L, 0L));
            at.addAll(offsets(tap));
            taps.add(net().slice(around, new Extents.Fixed(at), lowering.extents(size), stride));
        }
        return taps;
    }

    /** Where a tap is from the window's begin. */
    private List<Long> offsets(long tap) {
        Long[] at = new Long[kernel.size()];
        long rest = tap;
        for (int i = kernel.size() - 1; i >= 0; i--) {
            at[i] = rest % kernel.get(i) * windows.dilations().get(i);
            rest /= kernel.get(i);
        }
        return List.of(at);
    }

    /** The flat index of the largest element of each window. */
    NetworkTensor indices(TensorType type, boolean columnMajor) {
        if (layout == ChannelLayout.CHANNELS_LAST) {
            throw new LayerException("the indices of a pool with channels last");
        }
        NetworkTensor x = lowering.tensor(operand);
        List<NetworkTensor> taps = taps(x, all(sizes), starts(), x.type().least());
        NetworkTensor best = null;
        NetworkTensor index = null;
        for (int tap = 0; tap < taps.size(); tap++) {
            NetworkTensor at = index(offsets(tap), columnMajor);
            if (best == null || index == null) {
                best = taps.get(tap);
                index = at;
            } else {
                NetworkTensor better = net().binary(Layer.ElementWiseOperation.GREATER, taps.get(tap), best);
                best = net().select(better, taps.get(tap), best);
                index = net().select(better, at, index);
            }
        }
        if (index == null) {
            throw new LayerException("the indices of a pool of " + type + " without windows");
        }
        // Where the planes of the operand begin.
        Dim plane = sizes.stream().reduce(Dim.ONE, Dim::times);
        NetworkTensor image = steps(batch, channels.times(plane), 0, 2 + kernel.size());
        NetworkTensor channel = steps(channels, plane, 1, 2 + kernel.size());
        return net().sum(net().sum(image, channel), index);
    }

    /** {@code i * step} along an axis of size {@code count}. */
    private NetworkTensor steps(Dim count, Dim step, int axis, int rank) {
        NetworkTensor line = net().add(new Layer.Fill(
                lowering.extents(List.of(count)),
                Layer.FillOperation.LINSPACE,
                net().scalar(DataType.INT64, 0),
                lowering.size(step)));
        List<Integer> axes = new ArrayList<>(Net.axes(0, axis));
        axes.addAll(Net.axes(axis + 1, rank));
        return net().unsqueeze(line, axes);
    }

    /** The index, in its plane, of the element at an offset in each window. */
    private NetworkTensor index(List<Long> offset, boolean columnMajor) {
        NetworkTensor sum = null;
        for (int i = 0; i < kernel.size(); i++) {
            List<Dim> inner = columnMajor ? sizes.subList(0, i) : sizes.subList(i + 1, sizes.size());
            Dim step = inner.stream().reduce(Dim.ONE, Dim::times);
            Dim first = Dim.of(offset.get(i)).minus(windows.pads().get(i));
            NetworkTensor line =
                    steps(positions.get(i), step.times(windows.strides().get(i)), 2 + i, 2 + kernel.size());
            NetworkTensor at = net().sum(line, lowering.size(first.times(step)));
            sum = sum == null ? at : net().sum(sum, at);
        }
        return sum == null ? net().like(lowering.tensor(operand), 0) : sum;
    }
}
