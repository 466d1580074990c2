package dev.lathe.backend.tensorrt;

import dev.lathe.backend.tensorrt.Layer.ElementWiseOperation;
import dev.lathe.backend.tensorrt.Layer.UnaryOperation;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.type.Dim;
import java.util.List;
import java.util.Optional;

/**
 * Resizing along one axis by positions and weights that the network computes, in floats: each element is gathered from
 * those that make it, along an axis of their own, over which they are weighed and added.
 */
final class ResizedAxis {
    private final Lowering lowering;
    private final Resize op;
    private final int axis;
    /** The size before and after, and the factor between them: vectors of one element. */
    private final NetworkTensor n;

    private final NetworkTensor m;
    private final NetworkTensor scale;

    ResizedAxis(Lowering lowering, Resize op, int axis) {
        this.lowering = lowering;
        this.op = op;
        this.axis = axis;
        this.n = size(op.x().tensorType().dim(axis));
        this.m = size(op.shape().dim(axis));
        this.scale = op.scales().map(s -> entry(s, axis)).orElseGet(() -> divided(m, n));
    }

    private Net net() {
        return lowering.net();
    }

    private NetworkTensor size(Dim d) {
        return net().cast(lowering.size(d), DataType.FLOAT);
    }

    private NetworkTensor entry(Value vector, long i) {
        return net().cast(net().element(lowering.tensor(vector), i), DataType.FLOAT);
    }

    /** {@code x} resized; where positions are outside of a region, a mask of them is added to {@code outside}. */
    NetworkTensor of(NetworkTensor x, List<NetworkTensor> outside) {
        NetworkTensor at = positions();
        if (op.coordinates() == CoordinateMode.TF_CROP_AND_RESIZE) {
            NetworkTensor mask = net().binary(
                            ElementWiseOperation.OR,
                            net().binary(ElementWiseOperation.LESS, at, net().like(at, 0)),
                            net().binary(ElementWiseOperation.GREATER, at, plus(n, -1)));
            outside.add(net().unsqueeze(mask, trailing(x.rank(), 1)));
        }
        if (op.mode() == ResizeMode.NEAREST) {
            return net().gather(x, indices(nearest(at)), axis);
        }
        boolean halves = x.type() != DataType.FLOAT;
        NetworkTensor wide = net().cast(x, DataType.FLOAT);
        Taps taps = taps(at);
        NetworkTensor parts = net().gather(wide, indices(taps.positions), axis);
        NetworkTensor weights = net().unsqueeze(taps.weights, trailing(x.rank() + 1, 2));
        NetworkTensor made =
                net().reduce(Layer.ReduceOperation.SUM, net().product(parts, weights), List.of(axis + 1), false);
        return halves ? net().cast(made, x.type()) : made;
    }

    /** The axes behind those {@code own} that stand at {@link #axis} in a tensor of {@code rank}. */
    private List<Integer> trailing(int rank, int own) {
        return Net.axes(own, rank - axis);
    }

    /** Which element of the operand lies at each one of the result. */
    private NetworkTensor positions() {
        NetworkTensor i = net().iota(lowering.extents(List.of(op.shape().dim(axis))), DataType.FLOAT);
        NetworkTensor length = net().product(scale, n);
        NetworkTensor zero = net().like(n, 0);
        NetworkTensor one = net().like(n, 1);
        return switch (op.coordinates()) {
            case HALF_PIXEL -> plus(halfPixel(i), -0.5);
            case HALF_PIXEL_SYMMETRIC -> {
                NetworkTensor adjustment = divided(m, length);
                NetworkTensor centre =
                        net().product(net().product(n, net().like(n, 0.5)), net().difference(one, adjustment));
                yield net().sum(centre, plus(halfPixel(i), -0.5));
            }
            case PYTORCH_HALF_PIXEL ->
                net().select(net().binary(ElementWiseOperation.GREATER, length, one), plus(halfPixel(i), -0.5), zero);
            case ALIGN_CORNERS -> {
                NetworkTensor last = plus(length, -1);
                NetworkTensor single = net().binary(ElementWiseOperation.EQUAL, last, zero);
                NetworkTensor steps = net().select(single, one, last);
                yield net().select(single, zero, divided(net().product(i, plus(n, -1)), steps));
            }
            case ASYMMETRIC -> divided(i, scale);
            case TF_HALF_PIXEL_FOR_NN ->
                // An axis that stays as it is keeps its positions.
                net().select(net().binary(ElementWiseOperation.EQUAL, scale, one), i, halfPixel(i));
            case TF_CROP_AND_RESIZE -> inRegion(i);
        };
    }

    private NetworkTensor halfPixel(NetworkTensor i) {
        return divided(plus(i, 0.5), scale);
    }

    private NetworkTensor inRegion(NetworkTensor i) {
        Value roi = op.roi().orElseThrow(() -> new LayerException("resizing a region that is not given"));
        NetworkTensor start = entry(roi, axis);
        NetworkTensor end = entry(roi, (long) op.shape().rank() + axis);
        NetworkTensor last = plus(n, -1);
        NetworkTensor one = net().like(m, 1);
        NetworkTensor several = net().binary(ElementWiseOperation.GREATER, m, one);
        NetworkTensor steps = net().select(several, plus(m, -1), one);
        NetworkTensor step = divided(net().product(net().difference(end, start), last), steps);
        NetworkTensor centre = net().product(net().product(net().sum(start, end), last), net().like(last, 0.5));
        return net().select(several, net().sum(net().product(start, last), net().product(i, step)), centre);
    }

    private NetworkTensor nearest(NetworkTensor at) {
        return switch (op.nearest()) {
            case ROUND_PREFER_FLOOR -> net().unary(UnaryOperation.CEIL, plus(at, -0.5));
            case ROUND_PREFER_CEIL -> net().unary(UnaryOperation.FLOOR, plus(at, 0.5));
            case FLOOR -> net().unary(UnaryOperation.FLOOR, at);
            case CEIL -> net().unary(UnaryOperation.CEIL, at);
        };
    }

    /** Whole numbers as indices, those outside as the nearest inside. */
    private NetworkTensor indices(NetworkTensor positions) {
        NetworkTensor atMost = net().binary(ElementWiseOperation.MIN, positions, plus(n, -1));
        return net().cast(net().binary(ElementWiseOperation.MAX, atMost, net().like(atMost, 0)), DataType.INT64);
    }

    /** The elements that make each element, {@code [elements, taps]}, and their weights. */
    private record Taps(NetworkTensor positions, NetworkTensor weights) {}

    private Taps taps(NetworkTensor at) {
        int reach = op.mode() == ResizeMode.LINEAR ? 1 : 2;
        // A smaller image is made of all elements of the larger: the fewer there are, the wider each one reaches.
        Optional<NetworkTensor> stretch = op.antialias() ? Optional.of(stretch()) : Optional.empty();
        NetworkTensor first;
        NetworkTensor k;
        if (stretch.isPresent()) {
            NetworkTensor support = net().product(stretch.get(), net().like(scale, reach));
            first = plus(net().unary(UnaryOperation.FLOOR, net().difference(at, support)), 1);
            NetworkTensor count = plus(net().unary(UnaryOperation.CEIL, net().sum(support, support)), 1);
            k = net().iota(
                            new Extents.Computed(net().cast(count, DataType.INT64), List.of(NetworkTensor.UNKNOWN)),
                            DataType.FLOAT);
        } else {
            first = plus(net().unary(UnaryOperation.FLOOR, at), 1 - reach);
            k = net().iota(new Extents.Fixed(List.of(2L * reach)), DataType.FLOAT);
        }
        NetworkTensor positions = net().sum(net().unsqueeze(first, List.of(1)), net().unsqueeze(k, List.of(0)));
        NetworkTensor distance =
                net().unary(UnaryOperation.ABS, net().difference(net().unsqueeze(at, List.of(1)), positions));
        NetworkTensor relative = stretch.map(s -> divided(distance, s)).orElse(distance);
        NetworkTensor zero = net().like(relative, 0);
        NetworkTensor weights = op.mode() == ResizeMode.LINEAR
                ? net().binary(ElementWiseOperation.MAX, net().difference(net().like(relative, 1), relative), zero)
                : cubic(relative);
        if (op.excludeOutside()) {
            NetworkTensor out = net().binary(
                            ElementWiseOperation.OR,
                            net().binary(ElementWiseOperation.LESS, positions, zero),
                            net().binary(ElementWiseOperation.GREATER, positions, plus(n, -1)));
            weights = net().select(out, zero, weights);
        }
        if (op.excludeOutside() || op.antialias()) {
            NetworkTensor sum = net().reduce(Layer.ReduceOperation.SUM, weights, List.of(1), true);
            NetworkTensor none = net().binary(ElementWiseOperation.EQUAL, sum, zero);
            weights = divided(weights, net().select(none, net().like(sum, 1), sum));
        }
        return new Taps(positions, weights);
    }

    private NetworkTensor stretch() {
        NetworkTensor one = net().like(scale, 1);
        return net().binary(ElementWiseOperation.MAX, divided(one, scale), one);
    }

    /** The weight of an element at a distance. */
    private NetworkTensor cubic(NetworkTensor d) {
        double a = op.cubicCoefficient();
        NetworkTensor near = polynomial(d, a + 2, -(a + 3), 0, 1);
        NetworkTensor far = polynomial(d, a, -5 * a, 8 * a, -4 * a);
        NetworkTensor isNear = net().not(net().binary(ElementWiseOperation.GREATER, d, net().like(d, 1)));
        NetworkTensor isFar = net().binary(ElementWiseOperation.LESS, d, net().like(d, 2));
        return net().select(isNear, near, net().select(isFar, far, net().like(d, 0)));
    }

    /** Of coefficients from that of the highest power on. */
    private NetworkTensor polynomial(NetworkTensor x, double... coefficients) {
        NetworkTensor sum = net().like(x, coefficients[0]);
        for (int i = 1; i < coefficients.length; i++) {
            sum = plus(net().product(sum, x), coefficients[i]);
        }
        return sum;
    }

    private NetworkTensor plus(NetworkTensor x, double number) {
        return number == 0 ? x : net().sum(x, net().like(x, number));
    }

    private NetworkTensor divided(NetworkTensor x, NetworkTensor y) {
        return net().binary(ElementWiseOperation.DIV, x, y);
    }
}
