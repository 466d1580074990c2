package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.Determinant;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Products and convolutions, of floats: passes made those of small integers of them. TensorRT has convolutions over
 * two and three axes; over one, an axis of size 1 is added.
 */
final class ContractionLowering {
    private final Lowering lowering;

    ContractionLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    NetworkTensor lower(Contraction op) {
        return switch (op) {
            case MatMul m -> matMul(lowering.tensor(m.x()), lowering.tensor(m.y()));
            case Conv c -> convolution(c);
            case ConvTranspose c -> deconvolution(c);
            case Determinant d -> determinant(lowering.tensor(d.x()), d.x());
        };
    }

    /** A vector is a matrix with one row or column, which the result has not. */
    private NetworkTensor matMul(NetworkTensor x, NetworkTensor y) {
        boolean row = x.rank() == 1;
        boolean column = y.rank() == 1;
        NetworkTensor a = row ? net().unsqueeze(x, List.of(0)) : x;
        NetworkTensor b = column ? net().unsqueeze(y, List.of(1)) : y;
        int rank = Math.max(a.rank(), b.rank());
        NetworkTensor product = x.type().isFloat()
                ? net().add(new Layer.MatrixMultiply(net().leading(a, rank), net().leading(b, rank)))
                : sums(net().leading(a, rank), net().leading(b, rank));
        List<Integer> axes = new ArrayList<>();
        if (row) {
            axes.add(rank - 2);
        }
        if (column) {
            axes.add(rank - 1);
        }
        return net().squeeze(product, axes);
    }

    /** A product of integers that no floats hold: as many products of elements, then their sums. */
    private NetworkTensor sums(NetworkTensor x, NetworkTensor y) {
        int rank = x.rank();
        NetworkTensor products =
                net().product(net().unsqueeze(x, List.of(rank)), net().unsqueeze(y, List.of(rank - 2)));
        return net().reduce(Layer.ReduceOperation.SUM, products, List.of(rank - 1), false);
    }

    // Convolutions.

    /** Windows over at least two axes. */
    private record Windows(
            NetworkTensor x,
            NetworkTensor kernel,
            List<Long> strides,
            List<Long> before,
            List<Long> after,
            List<Long> dilations,
            int added) {
        Layer.Placement placement() {
            return new Layer.Placement(strides, before, after, dilations);
        }
    }

    private Windows windows(
            Value x,
            Value weights,
            ChannelLayout layout,
            List<Long> strides,
            List<Long> before,
            List<Long> after,
            List<Long> dilations) {
        NetworkTensor operand = channelsFirst(lowering.tensor(x), layout);
        int added = Math.max(0, 4 - operand.rank());
        List<Integer> axes = Net.axes(2, 2 + added);
        // Weights that are constants stay constants, which the layer takes as such.
        NetworkTensor kernel = lowering.constant(weights)
                .map(t -> net().constant(t.reshape(withOnes(t.dims(), added))))
                .orElseGet(() -> net().unsqueeze(lowering.tensor(weights), axes));
        return new Windows(
                net().unsqueeze(operand, axes),
                kernel,
                padded(strides, added, 1),
                padded(before, added, 0),
                padded(after, added, 0),
                padded(dilations, added, 1),
                added);
    }

    private static long[] withOnes(long[] dims, int added) {
        List<Long> all = new ArrayList<>(Arrays.stream(dims).boxed().toList());
        all.addAll(2, Net.repeat(added, 1));
        return all.stream().mapToLong(d -> d).toArray();
    }

    private static List<Long> padded(List<Long> values, int added, long value) {
        List<Long> all = new ArrayList<>(Net.repeat(added, value));
        all.addAll(values);
        return all;
    }

    private NetworkTensor convolution(Conv op) {
        int spatial = op.strides().size();
        boolean fixed = op.pads().stream().allMatch(Dim::isConstant);
        List<Long> none = Net.repeat(spatial, 0);
        Windows w = windows(
                op.x(),
                op.weights(),
                op.layout(),
                op.strides(),
                fixed ? numbers(op.pads().subList(0, spatial)) : none,
                fixed ? numbers(op.pads().subList(spatial, 2 * spatial)) : none,
                op.dilations());
        NetworkTensor x = fixed ? w.x : paddedOperand(op, w);
        NetworkTensor made = net().add(new Layer.Convolution(x, w.kernel, op.groups(), w.placement()));
        return channelsBack(net().squeeze(made, Net.axes(2, 2 + w.added)), op.layout());
    }

    /** The operand with zeros around it, as many as sizes tell. */
    private NetworkTensor paddedOperand(Conv op, Windows w) {
        int spatial = op.strides().size();
        List<Dim> start = new ArrayList<>();
        List<Dim> size = new ArrayList<>();
        List<Dim> dims = op.x().tensorType().shape().dims();
        start.add(Dim.ZERO);
        start.add(Dim.ZERO);
        size.add(dims.getFirst());
        size.add(dims.get(op.layout().channelAxis(dims.size())));
        for (int i = 0; i < w.added; i++) {
            start.add(Dim.ZERO);
            size.add(Dim.ONE);
        }
        for (int i = 0; i < spatial; i++) {
            start.add(op.pads().get(i).negate());
            size.add(dims.get(op.layout().spatialAxis() + i)
                    .plus(op.pads().get(i))
                    .plus(op.pads().get(spatial + i)));
        }
        return zerosAround(w.x, start, size);
    }

    private NetworkTensor zerosAround(NetworkTensor x, List<Dim> start, List<Dim> size) {
        return net().add(new Layer.Slice(
                x,
                lowering.extents(start),
                lowering.extents(size),
                new Extents.Fixed(Net.repeat(x.rank(), 1)),
                Layer.SampleMode.FILL,
                Optional.of(net().scalar(x.type(), 0))));
    }

    /** What the paddings cut off less than nothing is zeros that are added. */
    private NetworkTensor deconvolution(ConvTranspose op) {
        int spatial = op.strides().size();
        if (!op.pads().stream().allMatch(Dim::isConstant)) {
            throw new LayerException(
                    "its padding " + op.pads() + " is known only when it runs",
                    "give the shapes of inputs with --shape");
        }
        List<Long> begin = numbers(op.pads().subList(0, spatial));
        List<Long> end = new ArrayList<>(numbers(op.pads().subList(spatial, 2 * spatial)));
        boolean beyond = false;
        for (int i = 0; i < spatial; i++) {
            end.set(i, end.get(i) - op.outputPadding().get(i));
            beyond |= end.get(i) < 0 || begin.get(i) < 0;
        }
        Windows w = windows(
                op.x(),
                op.weights(),
                op.layout(),
                op.strides(),
                begin.stream().map(p -> Math.max(p, 0)).toList(),
                end.stream().map(p -> Math.max(p, 0)).toList(),
                op.dilations());
        NetworkTensor made = net().add(new Layer.Deconvolution(w.x, w.kernel, op.groups(), w.placement()));
        if (beyond) {
            List<Dim> result = new ArrayList<>(
                    ((TensorType) op.infer(Check.INSTANCE).getFirst()).shape().dims());
            if (op.layout() == ChannelLayout.CHANNELS_LAST) {
                result.add(1, result.removeLast());
            }
            List<Dim> start = new ArrayList<>(List.of(Dim.ZERO, Dim.ZERO));
            for (int i = 0; i < w.added; i++) {
                result.add(2, Dim.ONE);
                start.add(Dim.ZERO);
            }
            begin.forEach(p -> start.add(Dim.of(Math.min(p, 0))));
            made = zerosAround(made, start, result);
        }
        return channelsBack(net().squeeze(made, Net.axes(2, 2 + w.added)), op.layout());
    }

    static List<Long> numbers(List<Dim> dims) {
        return dims.stream().map(Dim::constant).toList();
    }

    NetworkTensor channelsFirst(NetworkTensor x, ChannelLayout layout) {
        if (layout == ChannelLayout.CHANNELS_FIRST) {
            return x;
        }
        List<Integer> perm = new ArrayList<>(Net.axes(0, x.rank() - 1));
        perm.add(1, x.rank() - 1);
        return net().transpose(x, perm);
    }

    NetworkTensor channelsBack(NetworkTensor x, ChannelLayout layout) {
        if (layout == ChannelLayout.CHANNELS_FIRST) {
            return x;
        }
        List<Integer> perm = new ArrayList<>(List.of(0));
        perm.addAll(Net.axes(2, x.rank()));
        perm.add(1);
        return net().transpose(x, perm);
    }

    // Determinants.

    private static final int MOST_ROWS = 4;

    private NetworkTensor determinant(NetworkTensor x, Value v) {
        Dim n = v.tensorType().dim(-1);
        if (!n.isConstant() || n.constant() < 1 || n.constant() > MOST_ROWS) {
            throw new LayerException("TensorRT has no determinants, and layers stand for those of up to 4 rows");
        }
        return minor(x, 0, Net.axes(0, Math.toIntExact(n.constant())));
    }

    /** The determinant of the rows from {@code row} on and some columns, by its expansion along the first of them. */
    private NetworkTensor minor(NetworkTensor x, int row, List<Integer> columns) {
        NetworkTensor sum = null;
        for (int i = 0; i < columns.size(); i++) {
            NetworkTensor line = net().gather(x, net().constant(Tensor.scalar((long) row)), x.rank() - 2);
            NetworkTensor term =
                    net().gather(line, net().constant(Tensor.scalar((long) columns.get(i))), line.rank() - 1);
            if (columns.size() > 1) {
                int column = columns.get(i);
                List<Integer> others = columns.stream().filter(c -> c != column).toList();
                term = net().product(term, minor(x, row + 1, others));
            }
            sum = sum == null ? term : i % 2 == 0 ? net().sum(sum, term) : net().difference(sum, term);
        }
        if (sum == null) {
            throw new IllegalStateException("a matrix without columns");
        }
        return sum;
    }
}
