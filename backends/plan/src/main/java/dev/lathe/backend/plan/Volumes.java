package dev.lathe.backend.plan;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Windows over three and more axes as windows over the last two, for which there are kernels: positions along the
 * others become images, and taps along them channels. Filters {@code [O, C, D, H, W]} are those of
 * {@code C * D} channels as they stand.
 */
final class Volumes {
    /** The spatial axes that kernels slide over. */
    static final int FLAT = 2;

    private Volumes() {}

    /** The last two axes of a window. */
    static Window2d flat(List<Long> kernel, List<Long> strides, List<Long> dilations, List<Dim> pads) {
        int spatial = kernel.size();
        List<Dim> last = new ArrayList<>(pads.subList(spatial - FLAT, spatial));
        last.addAll(pads.subList(2 * spatial - FLAT, 2 * spatial));
        return new Window2d(
                kernel.subList(spatial - FLAT, spatial),
                strides.subList(spatial - FLAT, spatial),
                dilations.subList(spatial - FLAT, spatial),
                last);
    }

    /** {@code [O, C, D, H, W]} as {@code [O, C * D, H, W]}. */
    static Weight flat(Weight filters) {
        Shape s = filters.type().shape();
        int rank = s.rank();
        Shape shape = Shape.of(s.dim(0), s.slice(1, rank - FLAT).elements(), s.dim(rank - 2), s.dim(rank - 1));
        return new Weight(
                filters.type().withShape(shape),
                filters.computed(),
                filters.number(),
                filters.value(),
                filters.scaling());
    }

    /** {@code [N, …, H, W, C]} as one image behind the other. */
    static View images(View y) {
        Shape s = y.shape();
        int rank = s.rank();
        return y.reshaped(Shape.of(s.slice(0, rank - 3).elements(), s.dim(rank - 3), s.dim(rank - 2), s.dim(rank - 1)));
    }

    /** The images that the last two axes of a convolution's windows slide over. */
    static View unfolded(Planner p, Conv c, Shape result) {
        View x = p.view(c.x());
        int rank = x.shape().rank();
        int lead = c.kernel().size() - FLAT;
        int first = c.layout().spatialAxis();
        List<AxisTable> tables = new ArrayList<>();
        List<Dim> made = new ArrayList<>();
        List<Dim> split = new ArrayList<>();
        boolean copies = false;
        List<Integer> positions = new ArrayList<>();
        List<Integer> taps = new ArrayList<>();
        List<Integer> others = new ArrayList<>();
        for (int axis = 0; axis < rank; axis++) {
            Dim size = x.shape().dim(axis);
            int i = axis - first;
            if (i < 0 || i >= lead) {
                tables.add(whole(size));
                made.add(size);
                others.add(split.size());
                split.add(size);
                continue;
            }
            long kernel = c.kernel().get(i);
            Dim before = c.pads().get(i);
            Dim after = c.pads().get(lead + FLAT + i);
            Dim out = result.dim(axis);
            copies |= kernel != 1 || c.strides().get(i) != 1 || !before.isConstant(0) || !after.isConstant(0);
            tables.add(new AxisTable.Windows(
                    size, before, c.strides().get(i), c.dilations().get(i), kernel, out));
            made.add(out.times(kernel));
            positions.add(split.size());
            taps.add(split.size() + 1);
            split.add(out);
            split.add(Dim.of(kernel));
        }
        View windows = p.contiguous(x);
        if (copies) {
            View copy = p.scratch(x.type().withShape(Shape.of(made)));
            p.add(new Step.TableCopy(windows, tables, Tensor.zeros(x.type().element()), copy));
            windows = copy;
        }
        // The batch and positions, rows, columns, and channels with the taps of each.
        List<Integer> perm = new ArrayList<>(List.of(0));
        perm.addAll(positions);
        boolean last = c.layout() == ChannelLayout.CHANNELS_LAST;
        perm.addAll(last ? others.subList(1, 3) : others.subList(2, 4));
        perm.add(last ? others.get(3) : others.get(1));
        perm.addAll(taps);
        View ordered = p.contiguous(windows.reshaped(Shape.of(split)).transposed(perm));
        Shape s = ordered.shape();
        int rows = 1 + lead;
        return ordered.reshaped(Shape.of(
                s.slice(0, rows).elements(),
                s.dim(rows),
                s.dim(rows + 1),
                s.slice(rows + FLAT, s.rank()).elements()));
    }

    private static AxisTable whole(Dim size) {
        return new AxisTable.Padded(PadMode.CONSTANT, Dim.ZERO, size, Dim.ZERO);
    }

    /**
     * A transposed convolution over three axes: images of {@code O * D} channels, those of each tap along the first
     * axis, which are then added where they overlap.
     */
    static boolean transposed(Planner p, ConvTranspose c, Weight filters, Value result) {
        if (c.kernel().size() != FLAT + 1) {
            return false;
        }
        Window2d window = flat(c.kernel(), c.strides(), c.dilations(), c.pads());
        if (!window.isOrdinary() || !isOrdinary(c.kernel(), c.strides(), c.dilations(), c.pads())) {
            return false;
        }
        View x = p.contiguous(Images.channelsLast(p.view(c.x()), c.layout()));
        p.requireEqual(x.shape().dim(-1), Dim.of(filters.dim(0)), Convolutions.CHANNELS);
        View out = p.scratch(Images.channelsLast(result.tensorType(), c.layout()));
        Shape y = out.shape();
        long taps = c.kernel().getFirst();
        Dim rows = y.dim(2);
        Dim columns = y.dim(3);
        Dim channels = y.dim(4);
        Dim batch = y.dim(0);
        Dim depth = x.shape().dim(1);
        View images = p.scratch(x.type().withShape(Shape.of(batch.times(depth), rows, columns, channels.times(taps))));
        p.add(new Step.Convolution(
                Step.Convolution.Form.TRANSPOSED,
                window,
                images(x),
                flat(filters),
                c.groups(),
                Optional.empty(),
                Optional.empty(),
                null,
                images));
        View parts = p.contiguous(images.reshaped(Shape.of(batch, depth, rows, columns, channels, Dim.of(taps)))
                .transposed(List.of(0, 1, 5, 2, 3, 4)));
        Dim each = rows.times(columns).times(channels);
        View slices = parts.reshaped(Shape.of(batch, depth.times(taps), each));
        long step = c.strides().getFirst()
                / gcd(c.strides().getFirst(), c.dilations().getFirst());
        int rounds = Math.toIntExact(Math.ceilDiv(taps, step));
        Shape flat = Shape.of(batch, y.dim(1), each);
        View sums = rounds == 1 ? out : p.scratch(x.type().withShape(Shape.of(Dim.of(rounds), batch, y.dim(1), each)));
        for (int round = 0; round < rounds; round++) {
            AxisTable table = new AxisTable.Overlaps(
                    depth,
                    c.pads().getFirst(),
                    c.strides().getFirst(),
                    c.dilations().getFirst(),
                    taps,
                    y.dim(1),
                    round);
            View to = new View(
                    x.type().withShape(flat),
                    sums.place(),
                    sums.offset().plus(flat.elements().times(round)),
                    View.strides(flat));
            p.add(new Step.TableCopy(
                    slices,
                    List.of(whole(batch), table, whole(each)),
                    Tensor.zeros(x.type().element()),
                    to));
        }
        if (rounds > 1) {
            p.add(new Step.ReduceRows(
                    List.of(ReduceFunction.REDUCE_SUM), sums, Dim.ONE, Dim.of(rounds), flat.elements(), List.of(out)));
        }
        p.put(result, Images.as(result.tensorType(), c.layout(), out));
        return true;
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /** Whether kernels and tables can take all axes of a window. */
    static boolean isOrdinary(List<Long> kernel, List<Long> strides, List<Long> dilations, List<Dim> pads) {
        int spatial = kernel.size();
        for (int i = 0; i < spatial; i++) {
            Window2d line = new Window2d(
                    List.of(kernel.get(i)),
                    List.of(strides.get(i)),
                    List.of(dilations.get(i)),
                    List.of(pads.get(i), pads.get(spatial + i)));
            if (!line.isOrdinary()) {
                return false;
            }
        }
        return true;
    }

    /** Pools over the last two axes, then over each of the others: the largest and means of those. */
    static boolean pool(Planner p, Pool pool, Value result) {
        int spatial = pool.kernel().size();
        Window2d window = flat(pool.kernel(), pool.strides(), pool.dilations(), pool.pads());
        if (!window.isOrdinary() || !isOrdinary(pool.kernel(), pool.strides(), pool.dilations(), pool.pads())) {
            return false;
        }
        boolean first = p.view(pool.x()).isContiguous() && pool.layout() == ChannelLayout.CHANNELS_FIRST;
        View x = first ? p.view(pool.x()) : p.contiguous(Images.channelsLast(p.view(pool.x()), pool.layout()));
        Shape y = first
                ? result.tensorType().shape()
                : Images.channelsLast(result.tensorType(), pool.layout()).shape();
        int spatialAxis = first ? 2 : 1;
        List<Dim> dims = new ArrayList<>(x.shape().dims());
        int axis = spatialAxis + spatial - FLAT;
        dims.set(axis, y.dim(axis));
        dims.set(axis + 1, y.dim(axis + 1));
        View pooled = p.scratch(x.type().withShape(Shape.of(dims)));
        p.add(new Step.Pooling(
                pool.function(),
                window,
                first ? Images.planes(x) : images(x),
                first ? Images.planes(pooled) : images(pooled)));
        while (--axis >= spatialAxis) {
            int i = axis - spatialAxis;
            Window2d line = new Window2d(
                    List.of(pool.kernel().get(i), 1L),
                    List.of(pool.strides().get(i), 1L),
                    List.of(pool.dilations().get(i), 1L),
                    List.of(pool.pads().get(i), Dim.ZERO, pool.pads().get(spatial + i), Dim.ZERO));
            dims.set(axis, y.dim(axis));
            boolean end = first && axis == spatialAxis;
            View next = end ? p.allocate(result) : p.scratch(x.type().withShape(Shape.of(dims)));
            p.add(new Step.Pooling(pool.function(), line, lines(pooled, axis, first), lines(next, axis, first)));
            pooled = next;
        }
        if (!first) {
            p.put(result, Images.as(result.tensorType(), pool.layout(), pooled));
        }
        return true;
    }

    /** A contiguous tensor as images whose rows are along {@code axis}, of its last axis or of one channel. */
    private static View lines(View y, int axis, boolean planes) {
        Shape s = y.shape();
        int channel = planes ? s.rank() : s.rank() - 1;
        return y.reshaped(Shape.of(
                s.slice(0, axis).elements(),
                s.dim(axis),
                s.slice(axis + 1, channel).elements(),
                planes ? Dim.ONE : s.dim(-1)));
    }
}
