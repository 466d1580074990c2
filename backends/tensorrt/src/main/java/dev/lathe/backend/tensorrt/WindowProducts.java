package dev.lathe.backend.tensorrt;

import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Convolutions as products: what each position reads is a column of a matrix, which the weights are multiplied with.
 * They are of any elements, over any number of axes, with any number of channels; the matrix is as many times the
 * operand as a window has elements.
 */
final class WindowProducts {
    /** The most elements of a window: each is a layer of its own. */
    private static final long MOST_TAPS = 1024;

    private final Lowering lowering;
    private final MovementLowering movement;

    WindowProducts(Lowering lowering) {
        this.lowering = lowering;
        this.movement = new MovementLowering(lowering);
    }

    private Net net() {
        return lowering.net();
    }

    NetworkTensor convolution(Conv op) {
        NetworkTensor x = movement.channelsFirst(lowering.tensor(op.x()), op.layout());
        Shape w = op.weights().tensorType().shape();
        Dim in = w.dim(1).times(op.groups());
        List<Dim> out = positions(op, op.layout());
        int spatial = out.size();
        Dim batch = op.x().tensorType().dim(0);
        List<NetworkTensor> taps = new ArrayList<>();
        for (List<Long> tap : taps(op.kernel())) {
            List<Dim> start = new ArrayList<>();
            for (int i = 0; i < spatial; i++) {
                start.add(Dim.of(tap.get(i) * op.dilations().get(i))
                        .minus(op.pads().get(i)));
            }
            taps.add(shifted(x, batch, in, start, out, op.strides()));
        }
        NetworkTensor kernel = movement.reshape(
                lowering.tensor(op.weights()),
                w.dims(),
                List.of(
                        Dim.of(op.groups()),
                        w.dim(0).floorDiv(op.groups()),
                        w.dim(1).times(taps.size())));
        NetworkTensor made = product(
                new Patches(net().concat(taps, 2), batch, in, Dim.of(taps.size()), out), kernel, w.dim(0), op.groups());
        return movement.channelsBack(made, op.layout());
    }

    /** Of the operand with zeros between its elements, as many as it strides, with weights from the other end. */
    NetworkTensor deconvolution(ConvTranspose op) {
        NetworkTensor x = movement.channelsFirst(lowering.tensor(op.x()), op.layout());
        Shape w = op.weights().tensorType().shape();
        Dim in = w.dim(0);
        Dim perGroup = w.dim(1);
        List<Dim> out = positions(op, op.layout());
        int spatial = out.size();
        Dim batch = op.x().tensorType().dim(0);
        List<Dim> sizes = op.x()
                .tensorType()
                .shape()
                .dims()
                .subList(op.layout().spatialAxis(), op.layout().spatialAxis() + spatial);
        NetworkTensor apart = zerosBetween(x, batch, in, sizes, op.strides());
        List<NetworkTensor> taps = new ArrayList<>();
        for (List<Long> tap : taps(op.kernel())) {
            List<Dim> start = new ArrayList<>();
            for (int i = 0; i < spatial; i++) {
                start.add(op.pads().get(i).minus(tap.get(i) * op.dilations().get(i)));
            }
            taps.add(shifted(apart, batch, in, start, out, Net.repeat(spatial, 1)));
        }
        Dim groups = Dim.of(op.groups());
        Dim size = Dim.of(taps.size());
        List<Dim> split = List.of(groups, in.floorDiv(op.groups()), perGroup, size);
        NetworkTensor turned =
                net().transpose(movement.reshape(lowering.tensor(op.weights()), w.dims(), split), List.of(0, 2, 1, 3));
        NetworkTensor kernel = movement.reshape(
                turned,
                List.of(groups, perGroup, split.get(1), size),
                List.of(groups, perGroup, split.get(1).times(size)));
        NetworkTensor made = product(
                new Patches(net().concat(taps, 2), batch, in, size, out), kernel, perGroup.times(groups), op.groups());
        return movement.channelsBack(made, op.layout());
    }

    private static List<Dim> positions(Op op, ChannelLayout layout) {
        Shape result = ((TensorType) op.infer(Check.INSTANCE).getFirst()).shape();
        return result.dims().subList(layout.spatialAxis(), layout.spatialAxis() + result.rank() - 2);
    }

    /** The places in a window, in the order of its elements. */
    static List<List<Long>> taps(List<Long> kernel) {
        long count = kernel.stream().reduce(1L, Math::multiplyExact);
        if (count > MOST_TAPS) {
            throw new LayerException(
                    "windows of " + count + " elements as products, where " + MOST_TAPS + " are the most",
                    "give the shapes of inputs and weights with --shape");
        }
        List<List<Long>> all = List.of(List.of());
        for (long n : kernel) {
            List<List<Long>> longer = new ArrayList<>();
            for (List<Long> tap : all) {
                for (long i = 0; i < n; i++) {
                    List<Long> next = new ArrayList<>(tap);
                    next.add(i);
                    longer.add(next);
                }
            }
            all = longer;
        }
        return all;
    }

    /** {@code [batch, channels, 1, out…]}: the elements from {@code start} on, and zeros where there are none. */
    private NetworkTensor shifted(
            NetworkTensor x, Dim batch, Dim channels, List<Dim> start, List<Dim> out, List<Long> strides) {
        List<Dim> from = new ArrayList<>(List.of(Dim.ZERO, Dim.ZERO));
        from.addAll(start);
        List<Dim> size = new ArrayList<>(List.of(batch, channels));
        size.addAll(out);
        List<Long> steps = new ArrayList<>(List.of(1L, 1L));
        steps.addAll(strides);
        return net().unsqueeze(slice(x, lowering.extents(from), lowering.extents(size), steps), List.of(2));
    }

    private NetworkTensor slice(NetworkTensor x, Extents start, Extents size, List<Long> steps) {
        return net().add(new Layer.Slice(
                x,
                start,
                size,
                new Extents.Fixed(steps),
                Layer.SampleMode.FILL,
                Optional.of(net().scalar(x.type(), 0))));
    }

    private NetworkTensor zerosBetween(NetworkTensor x, Dim batch, Dim channels, List<Dim> sizes, List<Long> strides) {
        if (strides.stream().allMatch(s -> s == 1)) {
            return x;
        }
        List<Dim> wide = new ArrayList<>(List.of(batch, channels));
        List<Dim> joined = new ArrayList<>(wide);
        List<Integer> added = new ArrayList<>();
        for (int i = 0; i < sizes.size(); i++) {
            wide.add(sizes.get(i));
            added.add(wide.size());
            wide.add(Dim.of(strides.get(i)));
            joined.add(sizes.get(i).times(strides.get(i)));
        }
        NetworkTensor spread = slice(
                net().unsqueeze(x, added),
                new Extents.Fixed(Net.repeat(wide.size(), 0)),
                lowering.extents(wide),
                Net.repeat(wide.size(), 1));
        return movement.reshape(spread, wide, joined);
    }

    /** What the positions of {@code out} read: {@code [batch, channels, taps, out…]}. */
    record Patches(NetworkTensor tensor, Dim batch, Dim channels, Dim taps, List<Dim> out) {}

    /**
     * Patches times weights.
     *
     * @param kernel {@code [groups, channels of a group's result, channels of its patches times taps]}
     * @param channels those of the result
     */
    NetworkTensor product(Patches patches, NetworkTensor kernel, Dim channels, long groups) {
        Dim parts = Dim.of(groups);
        Dim depth = patches.channels.floorDiv(groups).times(patches.taps);
        Dim length = patches.out.stream().reduce(Dim.ONE, Dim::times);
        List<Dim> given = new ArrayList<>(List.of(patches.batch, patches.channels, patches.taps));
        given.addAll(patches.out);
        NetworkTensor columns = movement.reshape(patches.tensor, given, List.of(patches.batch, parts, depth, length));
        NetworkTensor made = new ContractionLowering(lowering).matMul(net().leading(kernel, 4), columns);
        List<Dim> result = new ArrayList<>(List.of(patches.batch, channels));
        result.addAll(patches.out);
        return movement.reshape(made, List.of(patches.batch, parts, channels.floorDiv(groups), length), result);
    }
}
