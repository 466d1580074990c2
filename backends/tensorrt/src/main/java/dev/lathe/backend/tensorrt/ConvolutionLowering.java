package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Convolutions. TensorRT has them over two and three axes; over one, an axis of size 1 is added. What the layers do not
 * take are {@link WindowProducts}.
 */
final class ConvolutionLowering {
    private final Lowering lowering;
    private final MovementLowering movement;

    ConvolutionLowering(Lowering lowering) {
        this.lowering = lowering;
        this.movement = new MovementLowering(lowering);
    }

    private Net net() {
        return lowering.net();
    }

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
            Dim channels,
            ChannelLayout layout,
            List<Long> strides,
            List<Long> before,
            List<Long> after,
            List<Long> dilations) {
        NetworkTensor operand = withChannels(movement.channelsFirst(lowering.tensor(x), layout), channels.constant());
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

    private static Dim channels(Conv op) {
        return op.weights().tensorType().dim(1).times(op.groups());
    }

    /** The layers want the number of channels when they are built: a reshape says it where only the weights do. */
    private NetworkTensor withChannels(NetworkTensor x, long channels) {
        if (x.dims().get(1) != NetworkTensor.UNKNOWN) {
            return x;
        }
        List<Long> dims = new ArrayList<>(Net.repeat(x.rank(), 0));
        dims.set(1, channels);
        return net().add(new Layer.Shuffle(x, Optional.empty(), Optional.of(new Extents.Fixed(dims)), true));
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

    NetworkTensor convolution(Conv op) {
        return isLayer(op.x(), op.weights()) ? layer(op) : new WindowProducts(lowering).convolution(op);
    }

    NetworkTensor deconvolution(ConvTranspose op) {
        return isLayer(op.x(), op.weights()) && op.pads().stream().allMatch(Dim::isConstant)
                ? layer(op)
                : new WindowProducts(lowering).deconvolution(op);
    }

    /** The layers are of floats, over up to three axes, with numbers of channels that are known. */
    private boolean isLayer(Value x, Value weights) {
        Shape kernel = weights.tensorType().shape();
        return lowering.tensor(x).type().isFloat()
                && kernel.rank() <= 5
                && kernel.dim(0).isConstant()
                && kernel.dim(1).isConstant();
    }

    private NetworkTensor layer(Conv op) {
        int spatial = op.strides().size();
        boolean fixed = op.pads().stream().allMatch(Dim::isConstant);
        List<Long> none = Net.repeat(spatial, 0);
        Windows w = windows(
                op.x(),
                op.weights(),
                channels(op),
                op.layout(),
                op.strides(),
                fixed ? numbers(op.pads().subList(0, spatial)) : none,
                fixed ? numbers(op.pads().subList(spatial, 2 * spatial)) : none,
                op.dilations());
        NetworkTensor x = fixed ? w.x : paddedOperand(op, w);
        NetworkTensor made = net().add(new Layer.Convolution(x, w.kernel, op.groups(), w.placement()));
        return movement.channelsBack(net().squeeze(made, Net.axes(2, 2 + w.added)), op.layout());
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
        size.add(channels(op));
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
    private NetworkTensor layer(ConvTranspose op) {
        int spatial = op.strides().size();
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
                op.weights().tensorType().dim(0),
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
        return movement.channelsBack(net().squeeze(made, Net.axes(2, 2 + w.added)), op.layout());
    }

    static List<Long> numbers(List<Dim> dims) {
        return dims.stream().map(Dim::constant).toList();
    }
}
