package dev.lathe.backend.tensorrt;

import dev.lathe.backend.tensorrt.Layer.ElementWiseOperation;
import dev.lathe.backend.tensorrt.Layer.ReduceOperation;
import dev.lathe.backend.tensorrt.Layer.UnaryOperation;
import dev.lathe.ir.op.Unique;
import dev.lathe.ir.type.Dim;
import java.util.ArrayList;
import java.util.List;

/**
 * What is distinct, without sorting, of which TensorRT does 3840 elements at most: each part is compared with each
 * other one. The first of those that are equal stands for them, and how many of these stand before it is its place. So
 * sizes are squares of the number of parts.
 */
final class UniqueLowering {
    private final Lowering lowering;

    UniqueLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    List<NetworkTensor> lower(Unique op) {
        MovementLowering movement = new MovementLowering(lowering);
        List<Dim> dims = op.x().tensorType().shape().dims();
        Dim elements = dims.stream().reduce(Dim.ONE, Dim::times);
        NetworkTensor given = lowering.tensor(op.x());
        int axis = op.axis().orElse(0);
        NetworkTensor x = op.axis().isPresent() ? given : movement.reshape(given, dims, List.of(elements));
        Dim n = op.axis().map(dims::get).orElse(elements);
        NetworkTensor parts = op.axis().isPresent() ? rows(x, dims, axis) : net().unsqueeze(x, List.of(1));
        Pairs pairs = pairs(parts);
        NetworkTensor equal = equal(pairs);

        NetworkTensor number = net().iota(lowering.extents(List.of(n)), DataType.INT64);
        NetworkTensor across = net().unsqueeze(number, List.of(0));
        NetworkTensor end = net().leading(lowering.size(n), 2);
        NetworkTensor first = net().reduce(ReduceOperation.MIN, net().select(equal, across, end), List.of(1), false);
        NetworkTensor isFirst = net().binary(ElementWiseOperation.EQUAL, first, number);
        NetworkTensor precedes = and(
                net().unsqueeze(isFirst, List.of(1)),
                op.sorted()
                        ? less(pairs)
                        : net().binary(
                                        ElementWiseOperation.LESS,
                                        net().unsqueeze(number, List.of(1)),
                                        net().unsqueeze(first, List.of(0))));
        NetworkTensor place = count(precedes, 0);

        NetworkTensor found = net().add(new Layer.NonZero(isFirst)); // [1, count]
        NetworkTensor where = net().squeeze(found, List.of(0));
        lowering.bind(op.count().symbolName(), () -> net().element(net().shape(found), 1));
        // In the order of their places: each goes to its own.
        NetworkTensor firsts =
                net().add(new Layer.Scatter(where, net().gather(place, where, 0), where, Layer.ScatterMode.ELEMENT, 0));
        NetworkTensor counts = net().gather(count(equal, 1), firsts, 0);
        return List.of(net().gather(x, firsts, axis), firsts, place, counts);
    }

    /** The parts along an axis as rows. */
    private NetworkTensor rows(NetworkTensor x, List<Dim> dims, int axis) {
        List<Integer> perm = new ArrayList<>(List.of(axis));
        perm.addAll(Net.axes(0, axis));
        perm.addAll(Net.axes(axis + 1, x.rank()));
        List<Dim> moved = perm.stream().map(dims::get).toList();
        Dim size = moved.subList(1, moved.size()).stream().reduce(Dim.ONE, Dim::times);
        return new MovementLowering(lowering).reshape(net().transpose(x, perm), moved, List.of(moved.getFirst(), size));
    }

    /** Each row beside each other one, {@code [n, 1, size]} and {@code [1, n, size]}; 1 where elements differ. */
    private record Pairs(NetworkTensor a, NetworkTensor b, NetworkTensor differences) {}

    private Pairs pairs(NetworkTensor rows) {
        NetworkTensor x = rows.type() == DataType.BOOL ? net().cast(rows, DataType.INT32) : rows;
        NetworkTensor a = net().unsqueeze(x, List.of(1));
        NetworkTensor b = net().unsqueeze(x, List.of(0));
        NetworkTensor equal = net().binary(ElementWiseOperation.EQUAL, a, b);
        if (x.type().isFloat()) { // NaN is equal to itself
            equal = or(equal, and(net().unary(UnaryOperation.ISNAN, a), net().unary(UnaryOperation.ISNAN, b)));
        }
        return new Pairs(a, b, net().cast(net().not(equal), DataType.INT32));
    }

    private NetworkTensor equal(Pairs pairs) {
        NetworkTensor sum = net().reduce(ReduceOperation.SUM, pairs.differences, List.of(2), false);
        return net().binary(ElementWiseOperation.EQUAL, sum, net().like(sum, 0));
    }

    /** By the first elements in which two rows differ. */
    private NetworkTensor less(Pairs pairs) {
        NetworkTensor less = net().binary(ElementWiseOperation.LESS, pairs.a, pairs.b);
        if (pairs.a.type().isFloat()) { // NaN is greatest
            less = or(
                    less,
                    and(
                            net().not(net().unary(UnaryOperation.ISNAN, pairs.a)),
                            net().unary(UnaryOperation.ISNAN, pairs.b)));
        }
        NetworkTensor earlier = net().add(new Layer.Cumulative(pairs.differences, 2, true, false));
        NetworkTensor decides = and(less, net().binary(ElementWiseOperation.EQUAL, earlier, net().like(earlier, 0)));
        NetworkTensor sum = net().reduce(ReduceOperation.SUM, net().cast(decides, DataType.INT32), List.of(2), false);
        return net().binary(ElementWiseOperation.GREATER, sum, net().like(sum, 0));
    }

    private NetworkTensor and(NetworkTensor a, NetworkTensor b) {
        return net().binary(ElementWiseOperation.AND, a, b);
    }

    private NetworkTensor or(NetworkTensor a, NetworkTensor b) {
        return net().binary(ElementWiseOperation.OR, a, b);
    }

    /** How often something holds along an axis, as INT64. */
    private NetworkTensor count(NetworkTensor holds, int axis) {
        return net().reduce(ReduceOperation.SUM, net().cast(holds, DataType.INT64), List.of(axis), false);
    }
}
