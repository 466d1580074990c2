package dev.lathe.backend.tensorrt;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** Adds layers to a network, under the name of the node that is being lowered; everyday layers have short names. */
final class Net {
    private final NetworkDefinition network;
    private String name = "";

    Net(NetworkDefinition network) {
        this.network = network;
    }

    NetworkDefinition network() {
        return network;
    }

    /** The node that layers are for from now on. */
    void at(String node) {
        this.name = node;
    }

    List<NetworkTensor> all(Layer layer) {
        return network.add(layer, name);
    }

    NetworkTensor add(Layer layer) {
        return all(layer).getFirst();
    }

    // Constants.

    /** {@code value} in its carrier. */
    NetworkTensor constant(Tensor value) {
        DataType carrier = DataType.carrier(value.element()).orElseThrow(() -> Lowering.noElement(value.element()));
        DataType stored = carrier == DataType.BOOL ? DataType.INT32 : carrier; // there are no constants of BOOL
        return cast(add(new Layer.Constant(stored, as(value, stored.element()))), carrier);
    }

    /** The same numbers as elements of another type. */
    static Tensor as(Tensor value, ElementType to) {
        if (value.element() == to) {
            return value;
        }
        Tensor made = Tensor.zeros(to, value.dims());
        for (long i = 0; i < value.size(); i++) {
            if (to.isFloat()) {
                made.setDouble(i, value.getDouble(i));
            } else if (value.element().isBool()) {
                made.setLong(i, value.getBoolean(i) ? 1 : 0);
            } else {
                made.setLong(i, value.getLong(i));
            }
        }
        return made;
    }

    /** A scalar. */
    NetworkTensor scalar(DataType type, double value) {
        return constant(Tensor.scalar(type.element(), value));
    }

    /** A scalar with as many axes, and of the type, of {@code like}. */
    NetworkTensor like(NetworkTensor like, double value) {
        return unsqueeze(
                scalar(like.type(), value),
                IntStream.range(0, like.rank()).boxed().toList());
    }

    /** An INT64 vector. */
    NetworkTensor vector(long... values) {
        return constant(Tensor.vector(values));
    }

    /** 0, 1, … as many as {@code count} says. */
    NetworkTensor iota(Extents count, DataType type) {
        NetworkTensor start = scalar(type, 0);
        NetworkTensor step = constant(as(Tensor.vector(1), type.element()));
        return add(new Layer.Fill(count, Layer.FillOperation.LINSPACE, start, step));
    }

    // Elementwise.

    NetworkTensor unary(Layer.UnaryOperation op, NetworkTensor x) {
        return add(new Layer.Unary(x, op));
    }

    /** Of tensors of any ranks, which broadcast as NumPy's do. */
    NetworkTensor binary(Layer.ElementWiseOperation op, NetworkTensor x, NetworkTensor y) {
        int rank = Math.max(x.rank(), y.rank());
        return add(new Layer.ElementWise(leading(x, rank), leading(y, rank), op));
    }

    NetworkTensor sum(NetworkTensor x, NetworkTensor y) {
        return binary(Layer.ElementWiseOperation.SUM, x, y);
    }

    NetworkTensor difference(NetworkTensor x, NetworkTensor y) {
        return binary(Layer.ElementWiseOperation.SUB, x, y);
    }

    NetworkTensor product(NetworkTensor x, NetworkTensor y) {
        return binary(Layer.ElementWiseOperation.PROD, x, y);
    }

    NetworkTensor floorDivision(NetworkTensor x, NetworkTensor y) {
        return binary(Layer.ElementWiseOperation.FLOOR_DIV, x, y);
    }

    /** {@code x - floor(x / y) * y}. */
    NetworkTensor modulo(NetworkTensor x, NetworkTensor y) {
        return difference(x, product(floorDivision(x, y), y));
    }

    NetworkTensor not(NetworkTensor x) {
        return unary(Layer.UnaryOperation.NOT, x);
    }

    NetworkTensor select(NetworkTensor condition, NetworkTensor x, NetworkTensor y) {
        int rank = Math.max(condition.rank(), Math.max(x.rank(), y.rank()));
        return add(new Layer.Select(leading(condition, rank), leading(x, rank), leading(y, rank)));
    }

    NetworkTensor cast(NetworkTensor x, DataType to) {
        if (x.type() == to) {
            return x;
        }
        boolean quantized = DataType.QUANTIZED.contains(x.type()) || DataType.QUANTIZED.contains(to);
        if (quantized && x.rank() == 0) {
            return squeeze(cast(unsqueeze(x, List.of(0)), to), List.of(0)); // these layers take no scalars
        }
        if (DataType.QUANTIZED.contains(x.type())) {
            return cast(add(new Layer.Dequantize(x, scalar(DataType.FLOAT, 1), DataType.FLOAT, 0)), to);
        }
        if (DataType.QUANTIZED.contains(to)) {
            return add(new Layer.Quantize(cast(x, DataType.FLOAT), scalar(DataType.FLOAT, 1), to, 0));
        }
        boolean bytes =
                x.type() == DataType.UINT8 && to != DataType.HALF || to == DataType.UINT8 && x.type() != DataType.HALF;
        NetworkTensor from = bytes && x.type() != DataType.FLOAT && to != DataType.FLOAT
                ? add(new Layer.Cast(x, DataType.FLOAT))
                : x;
        return add(new Layer.Cast(from, to));
    }

    // Movements.

    NetworkTensor unsqueeze(NetworkTensor x, List<Integer> axes) {
        return axes.isEmpty() ? x : add(new Layer.Unsqueeze(x, axes));
    }

    NetworkTensor squeeze(NetworkTensor x, List<Integer> axes) {
        return axes.isEmpty() ? x : add(new Layer.Squeeze(x, axes));
    }

    /** With axes of size 1 before those that it has, up to {@code rank}. */
    NetworkTensor leading(NetworkTensor x, int rank) {
        return unsqueeze(x, IntStream.range(0, rank - x.rank()).boxed().toList());
    }

    NetworkTensor transpose(NetworkTensor x, List<Integer> perm) {
        return IntStream.range(0, perm.size()).allMatch(i -> perm.get(i) == i)
                ? x
                : add(new Layer.Shuffle(x, Optional.of(perm), Optional.empty(), false));
    }

    NetworkTensor reshape(NetworkTensor x, Extents to) {
        return add(new Layer.Shuffle(x, Optional.empty(), Optional.of(to), false));
    }

    NetworkTensor concat(List<NetworkTensor> parts, int axis) {
        return parts.size() == 1 ? parts.getFirst() : add(new Layer.Concatenation(parts, axis));
    }

    NetworkTensor slice(NetworkTensor x, Extents start, Extents size, List<Long> stride) {
        return add(new Layer.Slice(
                x, start, size, new Extents.Fixed(stride), Layer.SampleMode.STRICT_BOUNDS, Optional.empty()));
    }

    /** Element {@code i} of a vector, as a vector of one element. */
    NetworkTensor element(NetworkTensor vector, long i) {
        return slice(vector, new Extents.Fixed(List.of(i)), new Extents.Fixed(List.of(1L)), List.of(1L));
    }

    NetworkTensor gather(NetworkTensor x, NetworkTensor indices, int axis) {
        return add(new Layer.Gather(x, indices, Layer.GatherMode.DEFAULT, axis, 0));
    }

    /** The greatest or least elements along an axis, moved to one along which the layer finds them; their indices. */
    List<NetworkTensor> topK(NetworkTensor x, Layer.TopKOperation op, Extents k, int axis) {
        if (x.rank() == 1) {
            return all(new Layer.TopK(unsqueeze(x, List.of(0)), op, k, 1)).stream()
                    .map(t -> squeeze(t, List.of(0)))
                    .toList();
        }
        if (axis >= x.rank() - LayerRules.TOP_K_AXES) {
            return all(new Layer.TopK(x, op, k, axis));
        }
        List<Integer> perm = axes(0, x.rank());
        Collections.swap(perm, axis, x.rank() - 1);
        return all(new Layer.TopK(transpose(x, perm), op, k, x.rank() - 1)).stream()
                .map(t -> transpose(t, perm))
                .toList();
    }

    NetworkTensor reduce(Layer.ReduceOperation op, NetworkTensor x, List<Integer> axes, boolean keep) {
        return add(new Layer.Reduce(x, op, axes, keep));
    }

    /** The sizes of {@code x}, an INT64 vector. */
    NetworkTensor shape(NetworkTensor x) {
        return add(new Layer.Shape(x));
    }

    static List<Long> repeat(int count, long value) {
        return LongStream.range(0, count).mapToObj(_ -> value).toList();
    }

    static List<Integer> axes(int from, int to) {
        List<Integer> all = new ArrayList<>();
        for (int i = from; i < to; i++) {
            all.add(i);
        }
        return all;
    }
}
