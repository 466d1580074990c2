package dev.lathe.backend.tensorrt;

import dev.lathe.ir.op.DeformConv;
import dev.lathe.ir.op.GridSample;
import dev.lathe.ir.op.MaxRoiPool;
import dev.lathe.ir.op.RoiAlign;
import dev.lathe.ir.op.Sampling;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** What reads images between their elements, or regions of them. */
final class SamplingLowering {
    private final Lowering lowering;

    SamplingLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    NetworkTensor lower(Sampling op) {
        return switch (op) {
            case GridSample g -> gridSample(g);
            case RoiAlign r -> new RegionLowering(lowering).align(r);
            case MaxRoiPool p -> new RegionLowering(lowering).maxPool(p);
            case DeformConv d -> deformConv(d);
        };
    }

    private NetworkTensor gridSample(GridSample op) {
        NetworkTensor x = lowering.tensor(op.x());
        return net().add(new Layer.GridSample(
                x,
                net().cast(lowering.tensor(op.grid()), x.type()),
                switch (op.mode()) {
                    case NEAREST -> Layer.InterpolationMode.NEAREST;
                    case LINEAR -> Layer.InterpolationMode.LINEAR;
                    case CUBIC -> Layer.InterpolationMode.CUBIC;
                },
                switch (op.padding()) {
                    case ZEROS -> Layer.SampleMode.FILL;
                    case BORDER -> Layer.SampleMode.CLAMP;
                    case REFLECTION -> Layer.SampleMode.REFLECT;
                },
                op.alignCorners()));
    }

    /**
     * A GridSample layer reads what the taps of all positions need, one image for each group of offsets; then it is a
     * product. Over one axis the image has one row.
     */
    private NetworkTensor deformConv(DeformConv op) {
        Shape x = op.x().tensorType().shape();
        int spatial = x.rank() - 2;
        if (spatial > 2) {
            throw new LayerException(
                    "a deformable convolution over " + spatial + " axes, where TensorRT samples images");
        }
        MovementLowering movement = new MovementLowering(lowering);
        Shape w = op.weights().tensorType().shape();
        List<List<Long>> taps =
                WindowProducts.taps(ConvolutionLowering.numbers(w.dims().subList(2, w.rank())));
        Dim count = Dim.of(taps.size());
        Dim groups = Dim.of(op.offsetGroups());
        Dim batch = x.dim(0);
        Dim images = batch.times(groups);
        Dim channels = w.dim(1).times(op.groups());
        List<Dim> out = op.offset().tensorType().shape().dims().subList(2, x.rank());
        Dim length = out.stream().reduce(Dim.ONE, Dim::times);

        // [images, taps, spatial, out…]
        List<Dim> moved = new ArrayList<>(List.of(images, count, Dim.of(spatial)));
        moved.addAll(out);
        NetworkTensor offsets = net().cast(
                        movement.reshape(
                                lowering.tensor(op.offset()),
                                op.offset().tensorType().shape().dims(),
                                moved),
                        DataType.FLOAT);
        List<NetworkTensor> coordinates = new ArrayList<>();
        for (int i = 0; i < spatial; i++) {
            NetworkTensor own = net().gather(offsets, net().constant(Tensor.scalar((long) i)), 2);
            coordinates.add(normalized(net().sum(own, starts(op, taps, out, i)), x.dim(2 + i)));
        }
        if (spatial == 1) {
            NetworkTensor only = coordinates.getFirst();
            coordinates.addFirst(net().product(only, net().like(only, 0)));
        }
        List<NetworkTensor> pairs = coordinates.reversed().stream()
                .map(c -> net().unsqueeze(
                                movement.reshape(c, without(moved, 2), List.of(images, count, length)), List.of(3)))
                .toList();
        List<Dim> image = new ArrayList<>(List.of(images, channels.floorDiv(groups)));
        if (spatial == 1) {
            image.add(Dim.ONE);
        }
        image.addAll(x.dims().subList(2, x.rank()));
        NetworkTensor data = net().cast(lowering.tensor(op.x()), DataType.FLOAT);
        NetworkTensor samples = net().add(new Layer.GridSample(
                movement.reshape(data, x.dims(), image),
                net().concat(pairs, 3),
                Layer.InterpolationMode.LINEAR,
                Layer.SampleMode.FILL,
                false));
        if (op.mask().isPresent()) {
            NetworkTensor mask = movement.reshape(
                    net().cast(lowering.tensor(op.mask().get()), DataType.FLOAT),
                    op.mask().get().tensorType().shape().dims(),
                    List.of(images, Dim.ONE, count, length));
            samples = net().product(samples, mask);
        }
        List<Dim> patches = new ArrayList<>(List.of(batch, channels, count));
        patches.addAll(out);
        samples = movement.reshape(samples, List.of(images, image.get(1), count, length), patches);
        NetworkTensor kernel = movement.reshape(
                net().cast(lowering.tensor(op.weights()), DataType.FLOAT),
                w.dims(),
                List.of(
                        Dim.of(op.groups()),
                        w.dim(0).floorDiv(op.groups()),
                        w.dim(1).times(count)));
        NetworkTensor made = new WindowProducts(lowering)
                .product(
                        new WindowProducts.Patches(samples, batch, channels, count, out),
                        kernel,
                        w.dim(0),
                        op.groups());
        return net().cast(made, lowering.tensor(op.x()).type());
    }

    private static List<Dim> without(List<Dim> dims, int axis) {
        List<Dim> rest = new ArrayList<>(dims);
        rest.remove(axis);
        return rest;
    }

    /** Where the taps of each position are along an axis before they are moved: {@code [1, taps, out…]}. */
    private NetworkTensor starts(DeformConv op, List<List<Long>> taps, List<Dim> out, int axis) {
        int spatial = out.size();
        NetworkTensor line = net().iota(lowering.extents(List.of(out.get(axis))), DataType.FLOAT);
        NetworkTensor steps = net().product(line, net().like(line, op.strides().get(axis)));
        NetworkTensor before = net().cast(lowering.size(op.pads().get(axis)), DataType.FLOAT);
        List<Integer> others = new ArrayList<>(Net.axes(0, 2 + spatial));
        others.remove(Integer.valueOf(2 + axis));
        NetworkTensor places = net().unsqueeze(net().difference(steps, before), others);
        float[] within = new float[taps.size()];
        for (int t = 0; t < within.length; t++) {
            within[t] = taps.get(t).get(axis) * op.dilations().get(axis);
        }
        List<Integer> around = new ArrayList<>(List.of(0));
        around.addAll(Net.axes(2, 2 + spatial));
        return net().sum(places, net().unsqueeze(net().constant(Tensor.of(within, within.length)), around));
    }

    /** A position among {@code n} elements as a grid has it, -1 and 1 being the edges: {@code (2p + 1) / n - 1}. */
    private NetworkTensor normalized(NetworkTensor position, Dim n) {
        NetworkTensor size = net().leading(net().cast(lowering.size(n), DataType.FLOAT), position.rank());
        NetworkTensor twice = net().sum(net().sum(position, position), net().like(position, 1));
        return net().difference(net().binary(Layer.ElementWiseOperation.DIV, twice, size), net().like(position, 1));
    }
}
