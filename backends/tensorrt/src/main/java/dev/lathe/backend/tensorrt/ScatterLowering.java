package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterNd;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.type.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Scatter layers, which replace what is there. Updates that are joined with it are reduced first, for each place over
 * all updates of which those that are for another place are neutral. So their size is that of the places times that of
 * the updates.
 */
final class ScatterLowering {
    private final Lowering lowering;

    ScatterLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    /** {@code indices} are not negative. */
    NetworkTensor elements(ScatterElements op, NetworkTensor indices) {
        NetworkTensor x = lowering.tensor(op.x());
        NetworkTensor updates = lowering.tensor(op.updates());
        if (op.reduction() == ScatterReduction.NONE) {
            return replaced(x, indices, updates, Layer.ScatterMode.ELEMENT, op.axis());
        }
        int axis = op.axis();
        List<Dim> dims = op.x().tensorType().shape().dims();
        List<Dim> given = op.indices().tensorType().shape().dims();
        List<Dim> all = new ArrayList<>(dims);
        all.set(axis, given.get(axis));
        // Where there are fewer indices than elements, those that are missing are for no place.
        NetworkTensor wholeIndices = padded(indices, given, all, -1);
        NetworkTensor wholeUpdates = padded(updates, given, all, 0);
        NetworkTensor place = place(dims.get(axis), indices.type(), axis, dims.size() + 1);
        NetworkTensor joined = reduced(
                op.reduction(),
                net().binary(Layer.ElementWiseOperation.EQUAL, place, net().unsqueeze(wholeIndices, List.of(axis))),
                net().unsqueeze(wholeUpdates, List.of(axis)),
                axis + 1);
        return joined(op.reduction(), x, joined, op.x());
    }

    private NetworkTensor padded(NetworkTensor x, List<Dim> from, List<Dim> to, double value) {
        return from.equals(to)
                ? x
                : net().add(new Layer.Slice(
                        x,
                        new Extents.Fixed(Net.repeat(to.size(), 0)),
                        lowering.extents(to),
                        new Extents.Fixed(Net.repeat(to.size(), 1)),
                        Layer.SampleMode.FILL,
                        Optional.of(net().scalar(x.type(), value))));
    }

    /** {@code indices} are not negative; they are tuples into the first axes, of {@code sizes}. */
    NetworkTensor tuples(ScatterNd op, NetworkTensor indices, List<Dim> sizes) {
        NetworkTensor x = lowering.tensor(op.x());
        NetworkTensor updates = lowering.tensor(op.updates());
        if (op.reduction() == ScatterReduction.NONE) {
            return replaced(x, indices, updates, Layer.ScatterMode.ND, 0);
        }
        List<Dim> dims = op.x().tensorType().shape().dims();
        List<Dim> given = op.indices().tensorType().shape().dims();
        Dim count = product(given.subList(0, given.size() - 1));
        Dim rest = product(dims.subList(sizes.size(), dims.size()));
        List<Dim> steps = new ArrayList<>();
        for (int i = 0; i < sizes.size(); i++) {
            steps.add(product(sizes.subList(i + 1, sizes.size())));
        }
        MovementLowering movement = new MovementLowering(lowering);
        NetworkTensor parts = net().product(indices, net().cast(lowering.vector(steps), indices.type()));
        NetworkTensor flat = net().reduce(Layer.ReduceOperation.SUM, parts, List.of(given.size() - 1), false);
        NetworkTensor targets =
                movement.reshape(flat, given.subList(0, given.size() - 1), List.of(Dim.ONE, count, Dim.ONE));
        NetworkTensor rows =
                movement.reshape(updates, op.updates().tensorType().shape().dims(), List.of(Dim.ONE, count, rest));
        Dim places = product(sizes);
        NetworkTensor joined = reduced(
                op.reduction(),
                net().binary(Layer.ElementWiseOperation.EQUAL, place(places, indices.type(), 0, 3), targets),
                rows,
                1);
        return joined(op.reduction(), x, movement.reshape(joined, List.of(places, rest), dims), op.x());
    }

    private static Dim product(List<Dim> dims) {
        return dims.stream().reduce(Dim.ONE, Dim::times);
    }

    /** TensorRT scatters no bools: they are numbers on the way. */
    private NetworkTensor replaced(
            NetworkTensor x, NetworkTensor indices, NetworkTensor updates, Layer.ScatterMode mode, int axis) {
        if (mayBeSizes(x, indices)) {
            return placed(x, mode == Layer.ScatterMode.ND ? net().squeeze(indices, List.of(1)) : indices, updates);
        }
        boolean bool = x.type() == DataType.BOOL;
        DataType type = bool ? DataType.INT32 : x.type();
        NetworkTensor made =
                net().add(new Layer.Scatter(net().cast(x, type), indices, net().cast(updates, type), mode, axis));
        return net().cast(made, x.type());
    }

    /** Whether what is made may tell sizes, which a Scatter layer must not: a few integers. */
    private static boolean mayBeSizes(NetworkTensor x, NetworkTensor indices) {
        return x.rank() == 1 && x.type().isInteger() && isSmall(x.dims()) && isSmall(indices.dims());
    }

    private static boolean isSmall(List<Long> dims) {
        long first = dims.getFirst();
        return first > 0 && first <= NetworkRules.MOST_ELEMENTS;
    }

    /** Of the updates for each place the last one, if there is any. */
    private NetworkTensor placed(NetworkTensor x, NetworkTensor indices, NetworkTensor updates) {
        NetworkTensor place = net().unsqueeze(net().iota(new Extents.Fixed(x.dims()), indices.type()), List.of(1));
        NetworkTensor number =
                net().unsqueeze(net().iota(new Extents.Fixed(indices.dims()), indices.type()), List.of(0));
        NetworkTensor hits =
                net().binary(Layer.ElementWiseOperation.EQUAL, place, net().unsqueeze(indices, List.of(0)));
        NetworkTensor last = net().reduce(
                        Layer.ReduceOperation.MAX,
                        net().select(hits, number, net().like(number, -1)),
                        List.of(1),
                        false);
        NetworkTensor zero = net().like(last, 0);
        NetworkTensor own = net().gather(updates, net().binary(Layer.ElementWiseOperation.MAX, last, zero), 0);
        return net().select(net().binary(Layer.ElementWiseOperation.LESS, last, zero), x, own);
    }

    /** 0, 1, … along one axis of so many. */
    private NetworkTensor place(Dim count, DataType type, int axis, int rank) {
        NetworkTensor line = net().iota(lowering.extents(List.of(count)), type);
        List<Integer> others = Net.axes(0, rank);
        others.remove(Integer.valueOf(axis));
        return net().unsqueeze(line, others);
    }

    /** What hits a place, along {@code axis}, as one. */
    private NetworkTensor reduced(ScatterReduction reduction, NetworkTensor hits, NetworkTensor updates, int axis) {
        NetworkTensor own = net().select(hits, updates, net().like(updates, neutral(reduction, updates.type())));
        return net().reduce(
                        switch (reduction) {
                            case MUL -> Layer.ReduceOperation.PROD;
                            case MIN -> Layer.ReduceOperation.MIN;
                            case MAX -> Layer.ReduceOperation.MAX;
                            case ADD, NONE -> Layer.ReduceOperation.SUM;
                        },
                        own,
                        List.of(axis),
                        false);
    }

    private static double neutral(ScatterReduction reduction, DataType type) {
        return switch (reduction) {
            case MUL -> 1;
            case MIN -> type.greatest();
            case MAX -> type.least();
            case ADD, NONE -> 0;
        };
    }

    private NetworkTensor joined(ScatterReduction reduction, NetworkTensor x, NetworkTensor update, Value like) {
        NetworkTensor both = net().binary(
                        switch (reduction) {
                            case MUL -> Layer.ElementWiseOperation.PROD;
                            case MIN -> Layer.ElementWiseOperation.MIN;
                            case MAX -> Layer.ElementWiseOperation.MAX;
                            case ADD, NONE -> Layer.ElementWiseOperation.SUM;
                        },
                        x,
                        update);
        return new ElementwiseLowering(lowering).wrapped(both, like.tensorType().element());
    }
}
