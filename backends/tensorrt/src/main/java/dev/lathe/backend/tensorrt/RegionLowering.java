package dev.lathe.backend.tensorrt;

import dev.lathe.backend.tensorrt.Layer.ElementWiseOperation;
import dev.lathe.backend.tensorrt.Layer.ReduceOperation;
import dev.lathe.backend.tensorrt.Layer.UnaryOperation;
import dev.lathe.ir.op.MaxRoiPool;
import dev.lathe.ir.op.RoiAlign;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.List;

/** Regions of images as images of one size. Positions are computed in floats. */
final class RegionLowering {
    private final Lowering lowering;

    RegionLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    private NetworkTensor column(NetworkTensor rows, long i) {
        return net().gather(rows, net().constant(Tensor.scalar(i)), 1);
    }

    private NetworkTensor size(Dim d) {
        return net().cast(lowering.scalar(d), DataType.FLOAT);
    }

    // Samples between elements.

    /**
     * The samples of each region along one axis of its image.
     *
     * @param first the element at or before each sample, and
     * @param second the one behind it: {@code [regions, bins, samples]}, FLOAT
     * @param rest how far behind the first it is
     * @param inside whether the image has something there
     * @param counts whether the region has so many samples
     * @param count how many it has, {@code [regions]}
     */
    private record Samples(
            NetworkTensor first,
            NetworkTensor second,
            NetworkTensor rest,
            NetworkTensor inside,
            NetworkTensor counts,
            NetworkTensor count) {}

    /**
     * Four elements around each sample are gathered from the images, whose elements are rows of channels, and weighed.
     * What has no sample is zero in a sum, and least among the largest.
     */
    NetworkTensor align(RoiAlign op) {
        Shape x = op.x().tensorType().shape();
        NetworkTensor given = lowering.tensor(op.x());
        NetworkTensor rows = new MovementLowering(lowering)
                .reshape(
                        net().cast(net().transpose(given, List.of(0, 2, 3, 1)), DataType.FLOAT),
                        List.of(x.dim(0), x.dim(2), x.dim(3), x.dim(1)),
                        List.of(x.dim(0).times(x.dim(2)).times(x.dim(3)), x.dim(1)));
        NetworkTensor rois = net().cast(lowering.tensor(op.rois()), DataType.FLOAT);
        NetworkTensor first = net().product(
                        net().cast(lowering.tensor(op.batchIndices()), DataType.INT64),
                        lowering.size(x.dim(2).times(x.dim(3))));
        Samples vertical = samples(op, column(rois, 1), column(rois, 3), op.height(), x.dim(2));
        Samples horizontal = samples(op, column(rois, 0), column(rois, 2), op.width(), x.dim(3));

        NetworkTensor joined = null;
        for (boolean below : new boolean[] {false, true}) {
            for (boolean right : new boolean[] {false, true}) {
                NetworkTensor part = corner(op, rows, first, vertical, horizontal, below, right, x.dim(3));
                joined = joined == null
                        ? part
                        : op.max() ? net().binary(ElementWiseOperation.MAX, joined, part) : net().sum(joined, part);
            }
        }
        if (joined == null) {
            throw new IllegalStateException("a sample without corners");
        }
        // [regions, rows, samples, columns, samples, channels]
        NetworkTensor bins =
                net().reduce(op.max() ? ReduceOperation.MAX : ReduceOperation.SUM, joined, List.of(2, 4), false);
        NetworkTensor count = net().product(vertical.count, horizontal.count);
        NetworkTensor some = net().binary(ElementWiseOperation.GREATER, vertical.count, net().like(count, 0));
        NetworkTensor both = net().binary(
                        ElementWiseOperation.AND,
                        some,
                        net().binary(ElementWiseOperation.GREATER, horizontal.count, net().like(count, 0)));
        NetworkTensor has = net().unsqueeze(both, List.of(1, 2, 3));
        NetworkTensor divisor = net().unsqueeze(net().select(both, count, net().like(count, 1)), List.of(1, 2, 3));
        NetworkTensor whole = op.max() ? bins : net().binary(ElementWiseOperation.DIV, bins, divisor);
        NetworkTensor made = net().select(has, whole, net().like(whole, 0));
        return net().cast(net().transpose(made, List.of(0, 3, 1, 2)), given.type());
    }

    private Samples samples(RoiAlign op, NetworkTensor from, NetworkTensor to, long bins, Dim n) {
        double offset = op.halfPixel() ? 0.5 : 0;
        NetworkTensor start = scaled(from, op.spatialScale(), -offset);
        NetworkTensor length = net().difference(scaled(to, op.spatialScale(), -offset), start);
        if (!op.halfPixel()) {
            length = net().binary(ElementWiseOperation.MAX, length, net().like(length, 1));
        }
        NetworkTensor bin = net().binary(ElementWiseOperation.DIV, length, net().like(length, bins));
        NetworkTensor count;
        Extents most;
        if (op.samplingRatio() > 0) {
            count = new MovementLowering(lowering)
                    .broadcast(
                            net().scalar(DataType.FLOAT, op.samplingRatio()),
                            List.of(),
                            List.of(op.rois().tensorType().dim(0)));
            most = new Extents.Fixed(List.of(op.samplingRatio()));
        } else {
            NetworkTensor whole = net().unary(UnaryOperation.CEIL, bin);
            count = net().binary(ElementWiseOperation.MAX, whole, net().like(whole, 0));
            NetworkTensor none = net().constant(Tensor.of(new float[1], 1)); // there may be no regions
            NetworkTensor greatest =
                    net().reduce(ReduceOperation.MAX, net().concat(List.of(none, count), 0), List.of(0), true);
            most = new Extents.Computed(net().cast(greatest, DataType.INT64), List.of(NetworkTensor.UNKNOWN));
        }
        NetworkTensor number = net().unsqueeze(net().iota(most, DataType.FLOAT), List.of(0, 1));
        NetworkTensor places =
                net().unsqueeze(net().iota(new Extents.Fixed(List.of(bins)), DataType.FLOAT), List.of(0, 2));
        NetworkTensor own = net().unsqueeze(count, List.of(1, 2));
        NetworkTensor divisor = net().binary(ElementWiseOperation.MAX, own, net().like(own, 1));
        NetworkTensor step = net().unsqueeze(bin, List.of(1, 2));
        NetworkTensor inBin =
                net().binary(ElementWiseOperation.DIV, net().sum(number, net().like(number, 0.5)), divisor);
        NetworkTensor at =
                net().sum(net().unsqueeze(start, List.of(1, 2)), net().product(net().sum(places, inBin), step));
        NetworkTensor outside = net().binary(
                        ElementWiseOperation.OR,
                        net().binary(ElementWiseOperation.LESS, at, net().like(at, -1)),
                        net().binary(ElementWiseOperation.GREATER, at, net().leading(size(n), 3)));
        NetworkTensor last = net().difference(net().leading(size(n), 3), net().like(at, 1));
        NetworkTensor inside = net().binary(
                        ElementWiseOperation.MIN, net().binary(ElementWiseOperation.MAX, at, net().like(at, 0)), last);
        NetworkTensor first = net().unary(UnaryOperation.FLOOR, inside);
        NetworkTensor second = net().binary(ElementWiseOperation.MIN, net().sum(first, net().like(first, 1)), last);
        return new Samples(
                first,
                second,
                net().difference(inside, first),
                net().not(outside),
                net().binary(ElementWiseOperation.LESS, number, own),
                count);
    }

    private NetworkTensor scaled(NetworkTensor x, double factor, double offset) {
        NetworkTensor product = net().product(x, net().like(x, factor));
        return offset == 0 ? product : net().sum(product, net().like(x, offset));
    }

    /** One of the four elements around each sample, weighed: {@code [regions, rows, samples, columns, samples, C]}. */
    private NetworkTensor corner(
            RoiAlign op,
            NetworkTensor rows,
            NetworkTensor first,
            Samples vertical,
            Samples horizontal,
            boolean below,
            boolean right,
            Dim width) {
        NetworkTensor y = net().unsqueeze(index(vertical, below), List.of(3, 4));
        NetworkTensor x = net().unsqueeze(index(horizontal, right), List.of(1, 2));
        NetworkTensor start = net().unsqueeze(first, List.of(1, 2, 3, 4));
        NetworkTensor at = net().sum(start, net().sum(net().product(y, lowering.size(width)), x));
        NetworkTensor weight = net().product(
                        net().unsqueeze(weight(vertical, below), List.of(3, 4)),
                        net().unsqueeze(weight(horizontal, right), List.of(1, 2)));
        NetworkTensor sample = net().product(net().gather(rows, at, 0), net().unsqueeze(weight, List.of(5)));
        NetworkTensor counts = net().binary(
                        ElementWiseOperation.AND,
                        net().unsqueeze(vertical.counts, List.of(3, 4)),
                        net().unsqueeze(horizontal.counts, List.of(1, 2)));
        NetworkTensor nothing = net().like(sample, op.max() ? Double.NEGATIVE_INFINITY : 0);
        return net().select(net().unsqueeze(counts, List.of(5)), sample, nothing);
    }

    private NetworkTensor index(Samples s, boolean behind) {
        return net().cast(behind ? s.second : s.first, DataType.INT64);
    }

    private NetworkTensor weight(Samples s, boolean behind) {
        NetworkTensor own = behind ? s.rest : net().difference(net().like(s.rest, 1), s.rest);
        return net().select(s.inside, own, net().like(own, 0));
    }

    // The largest elements.

    /** First along rows, then along columns: what is not in a bin is least. */
    NetworkTensor maxPool(MaxRoiPool op) {
        Shape x = op.x().tensorType().shape();
        NetworkTensor given = lowering.tensor(op.x());
        NetworkTensor rois = net().cast(lowering.tensor(op.rois()), DataType.FLOAT);
        NetworkTensor images = net().gather(given, net().cast(column(rois, 0), DataType.INT64), 0);
        // [regions, channels, bins, rows, columns]
        NetworkTensor inRows = within(op, column(rois, 2), column(rois, 4), op.height(), x.dim(2));
        NetworkTensor wide = net().unsqueeze(images, List.of(2));
        NetworkTensor tall = largest(wide, net().unsqueeze(inRows, List.of(1, 4)), 3);
        // [regions, channels, rows, bins, columns]
        NetworkTensor inColumns = within(op, column(rois, 1), column(rois, 3), op.width(), x.dim(3));
        NetworkTensor made = largest(net().unsqueeze(tall, List.of(3)), net().unsqueeze(inColumns, List.of(1, 2)), 4);
        NetworkTensor some = net().binary(
                        ElementWiseOperation.AND,
                        net().unsqueeze(any(inRows), List.of(1, 3)),
                        net().unsqueeze(any(inColumns), List.of(1, 2)));
        return net().select(some, made, net().like(made, 0));
    }

    private NetworkTensor largest(NetworkTensor x, NetworkTensor within, int axis) {
        NetworkTensor own = net().select(within, x, net().like(x, Double.NEGATIVE_INFINITY));
        return net().reduce(ReduceOperation.MAX, own, List.of(axis), false);
    }

    /** Which elements of an axis are in each bin of each region: {@code [regions, bins, elements]}. */
    private NetworkTensor within(MaxRoiPool op, NetworkTensor from, NetworkTensor to, long bins, Dim n) {
        NetworkTensor first = rounded(from, op.spatialScale());
        NetworkTensor last = rounded(to, op.spatialScale());
        NetworkTensor length = net().difference(net().sum(last, net().like(last, 1)), first);
        NetworkTensor bin = net().binary(
                        ElementWiseOperation.DIV,
                        net().binary(ElementWiseOperation.MAX, length, net().like(length, 1)),
                        net().like(length, bins));
        NetworkTensor step = net().unsqueeze(bin, List.of(1));
        NetworkTensor place = net().unsqueeze(net().iota(new Extents.Fixed(List.of(bins)), DataType.FLOAT), List.of(0));
        NetworkTensor start = net().unsqueeze(first, List.of(1));
        NetworkTensor begin = net().sum(net().unary(UnaryOperation.FLOOR, net().product(place, step)), start);
        NetworkTensor next = net().product(net().sum(place, net().like(place, 1)), step);
        NetworkTensor end = net().sum(net().unary(UnaryOperation.CEIL, next), start);
        NetworkTensor element =
                net().unsqueeze(net().iota(lowering.extents(List.of(n)), DataType.FLOAT), List.of(0, 1));
        NetworkTensor before = net().binary(ElementWiseOperation.LESS, element, net().unsqueeze(begin, List.of(2)));
        return net().binary(
                        ElementWiseOperation.AND,
                        net().not(before),
                        net().binary(ElementWiseOperation.LESS, element, net().unsqueeze(end, List.of(2))));
    }

    /** To the nearest whole number, halves up. */
    private NetworkTensor rounded(NetworkTensor x, double scale) {
        return net().unary(UnaryOperation.FLOOR, scaled(x, scale, 0.5));
    }

    private NetworkTensor any(NetworkTensor within) {
        NetworkTensor count = net().reduce(ReduceOperation.MAX, net().cast(within, DataType.INT32), List.of(2), false);
        return net().binary(ElementWiseOperation.GREATER, count, net().like(count, 0));
    }
}
