package dev.lathe.frontend.onnx;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.DeformConv;
import dev.lathe.ir.op.Determinant;
import dev.lathe.ir.op.GridPadding;
import dev.lathe.ir.op.GridSample;
import dev.lathe.ir.op.ImageDecode;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.MaxRoiPool;
import dev.lathe.ir.op.NonMaxSuppression;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.PixelFormat;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.op.RoiAlign;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Windows;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Operators on pictures. */
final class VisionOps {
    private VisionOps() {}

    static void addTo(Operators t) {
        t.on("GridSample").since(16, VisionOps::gridSample);
        t.on("AffineGrid").since(20, VisionOps::affineGrid);
        t.on("RoiAlign").since(10, n -> roiAlign(n, false)).since(16, n -> roiAlign(n, true));
        t.on("MaxRoiPool").since(1, n -> {
            List<Long> pooled = n.ints("pooled_shape").orElse(List.of());
            if (pooled.size() != 2) {
                throw new InvalidOpException("pooled_shape " + pooled + " is no height and width");
            }
            return n.b.add(new MaxRoiPool(n.in(0), n.in(1), pooled.get(0), pooled.get(1), n.f("spatial_scale", 1)));
        });
        t.on("DeformConv").since(19, VisionOps::deformConv);
        t.on("NonMaxSuppression").since(10, VisionOps::nonMaxSuppression);
        t.on("Col2Im").since(18, VisionOps::columnsToImage);
        t.on("MaxUnpool").since(9, VisionOps::unpool);
        t.on("CenterCropPad").since(18, VisionOps::centerCropPad);
        t.on("Det").since(11, n -> n.b.add(new Determinant(n.in(0))));
        t.on("ImageDecoder").since(20, n -> {
            String stem = n.b.freshSymbol("height");
            return n.b.add(new ImageDecode(
                    n.in(0),
                    n.choice("pixel_format", PixelFormat.RGB),
                    Dim.symbol(stem),
                    Dim.symbol(n.b.freshSymbol("width"))));
        });
    }

    private static Value gridSample(OnnxNode n) {
        ResizeMode mode = switch (n.s("mode", "linear")) {
            case "linear", "bilinear" -> ResizeMode.LINEAR;
            case "nearest" -> ResizeMode.NEAREST;
            case "cubic", "bicubic" -> ResizeMode.CUBIC;
            default -> throw new InvalidOpException("there is no mode \"" + n.s("mode", "") + "\"");
        };
        return n.b.add(new GridSample(
                n.in(0), n.in(1), mode, n.choice("padding_mode", GridPadding.ZEROS), n.flag("align_corners", false)));
    }

    /** The positions of a grid in homogeneous coordinates, times the matrices. */
    private static Value affineGrid(OnnxNode n) {
        Builder b = n.b;
        List<Dim> size = n.dims(1);
        int spatial = size.size() - 2;
        ElementType type = n.element(0);
        boolean corners = n.flag("align_corners", false);
        Shape grid = Shape.of(size.subList(2, size.size()));
        List<Value> coordinates = new ArrayList<>();
        for (int i = spatial - 1; i >= 0; i--) {
            Dim d = grid.dim(i);
            Value index = b.cast(b.iota(d), ElementType.F64);
            Value length = b.cast(b.dim(d), ElementType.F64);
            Value one = b.scalar(index, 1);
            Value two = b.scalar(index, 2);
            Value line = corners
                    ? b.subtract(b.divide(b.multiply(index, two), b.max(b.subtract(length, one), one)), one)
                    : b.subtract(b.divide(b.add(b.multiply(index, two), one), length), one);
            Value placed = b.broadcast(b.expandRight(line, spatial - i), grid);
            coordinates.add(b.expandRight(b.cast(placed, type), spatial + 1));
        }
        coordinates.add(b.broadcast(b.constant(Tensor.scalar(type, 1)), grid.concat(Shape.of(Dim.ONE))));
        Value base = b.reshape(b.concat(coordinates, spatial), Shape.of(grid.elements(), Dim.of(spatial + 1)));
        Value moved = b.matMul(base, b.transpose(n.in(0), List.of(0, 2, 1)));
        return b.reshape(moved, Shape.of(size.getFirst()).concat(grid).concat(Shape.of(spatial)));
    }

    private static Value roiAlign(OnnxNode n, boolean halfPixelDefault) {
        String mode = n.s("coordinate_transformation_mode", halfPixelDefault ? "half_pixel" : "output_half_pixel");
        return n.b.add(new RoiAlign(
                n.in(0),
                n.in(1),
                n.in(2),
                n.i("output_height", 1),
                n.i("output_width", 1),
                n.i("sampling_ratio", 0),
                n.f("spatial_scale", 1),
                mode.equals("half_pixel"),
                n.s("mode", "avg").equals("max")));
    }

    private static Value deformConv(OnnxNode n) {
        int spatial = n.rank(0) - 2;
        Value y = n.b.add(new DeformConv(
                n.in(0),
                ContractionOps.weights(n, n.in(1), spatial),
                n.in(2),
                n.opt(4),
                ContractionOps.attribute(n, "strides", spatial, 1),
                ContractionOps.attribute(n, "pads", 2 * spatial, 0),
                ContractionOps.attribute(n, "dilations", spatial, 1),
                n.i("group", 1),
                n.i("offset_group", 1)));
        return n.opt(3).isEmpty() ? y : n.b.add(y, n.b.expandRight(n.in(3), spatial + 1));
    }

    private static Value nonMaxSuppression(OnnxNode n) {
        return n.b.add(new NonMaxSuppression(
                n.in(0),
                n.in(1),
                n.opt(2),
                n.opt(3),
                n.opt(4),
                n.flag("center_point_box", false),
                Dim.symbol(n.b.freshSymbol("selected"))));
    }

    /** Blocks added up where they lie: a transposed convolution whose weights put each tap in its place. */
    private static Value columnsToImage(OnnxNode n) {
        Builder b = n.b;
        List<Dim> image = n.dims(1);
        List<Long> block = n.longs(2);
        int spatial = block.size();
        List<Long> strides = ContractionOps.attribute(n, "strides", spatial, 1);
        List<Long> dilations = ContractionOps.attribute(n, "dilations", spatial, 1);
        List<Long> pads = ContractionOps.attribute(n, "pads", 2 * spatial, 0);
        long taps = block.stream().reduce(1L, (x, y) -> x * y);
        Dim batch = n.shape(0).dim(0);
        Dim channels = n.shape(0).dim(1).floorDiv(taps);
        List<Dim> blocks = new ArrayList<>(List.of(batch.times(channels), Dim.of(taps)));
        List<Dim> kernel = new ArrayList<>(List.of(Dim.of(taps), Dim.ONE));
        List<Dim> before = new ArrayList<>(List.of(Dim.ZERO, Dim.ZERO));
        List<Dim> after = new ArrayList<>(before);
        for (int i = 0; i < spatial; i++) {
            Dim padded = image.get(i).plus(pads.get(i)).plus(pads.get(spatial + i));
            long span = Windows.span(block.get(i), dilations.get(i));
            Dim count = padded.minus(span).floorDiv(strides.get(i)).plus(1);
            blocks.add(count);
            kernel.add(Dim.of(block.get(i)));
            before.add(Dim.ZERO);
            // What no block reaches.
            after.add(padded.minus(count.minus(1).times(strides.get(i)).plus(span)));
        }
        ElementType type = n.element(0);
        Value line = b.iota(Dim.of(taps));
        Value diagonal = b.cast(b.compare(Comparison.EQUAL, b.expandRight(line, 2), line), type);
        Value whole = b.add(new ConvTranspose(
                b.reshape(n.in(0), Shape.of(blocks)),
                b.reshape(diagonal, Shape.of(kernel)),
                strides,
                Collections.nCopies(2 * spatial, Dim.ZERO),
                Collections.nCopies(spatial, 0L),
                dilations,
                1,
                ChannelLayout.CHANNELS_FIRST));
        Value filled = after.stream().allMatch(d -> d.isConstant(0))
                ? whole
                : b.add(new Pad(whole, Optional.empty(), before, after, PadMode.CONSTANT));
        List<Dim> starts = new ArrayList<>(List.of(Dim.ZERO, Dim.ZERO));
        List<Dim> sizes = new ArrayList<>(List.of(blocks.getFirst(), Dim.ONE));
        for (int i = 0; i < spatial; i++) {
            starts.add(Dim.of(pads.get(i)));
            sizes.add(image.get(i));
        }
        Value cut = b.add(new Slice(filled, starts, sizes, Collections.nCopies(spatial + 2, 1L)));
        return b.reshape(cut, Shape.of(batch, channels).concat(Shape.of(image)));
    }

    /** The elements of a pool where they came from, zeros elsewhere. */
    private static Value unpool(OnnxNode n) {
        Builder b = n.b;
        int spatial = n.rank(0) - 2;
        List<Long> kernel = n.ints("kernel_shape").orElseThrow(() -> new InvalidOpException("kernel_shape is missing"));
        List<Long> strides = ContractionOps.attribute(n, "strides", spatial, 1);
        List<Long> pads = ContractionOps.attribute(n, "pads", 2 * spatial, 0);
        List<Dim> dims = new ArrayList<>(n.shape(0).dims().subList(0, 2));
        for (int i = 0; i < spatial; i++) {
            dims.add(n.shape(0)
                    .dim(2 + i)
                    .minus(1)
                    .times(strides.get(i))
                    .plus(kernel.get(i))
                    .minus(pads.get(i))
                    .minus(pads.get(spatial + i)));
        }
        Shape shape = Shape.of(dims);
        Shape flat = Shape.of(n.shape(0).elements());
        Value zeros = b.broadcast(b.constant(Tensor.zeros(n.element(0))), Shape.of(shape.elements()));
        Value y = b.add(new ScatterElements(
                zeros, b.reshape(n.in(1), flat), b.reshape(n.in(0), flat), 0, ScatterReduction.NONE));
        Value placed = b.reshape(y, shape);
        if (n.opt(2).isEmpty()) {
            return placed;
        }
        List<Dim> wanted = n.dims(2);
        List<Dim> after = new ArrayList<>();
        for (int i = 0; i < wanted.size(); i++) {
            after.add(wanted.get(i).minus(dims.get(i)));
        }
        return b.add(new Pad(
                placed, Optional.empty(), Collections.nCopies(wanted.size(), Dim.ZERO), after, PadMode.CONSTANT));
    }

    private static Value centerCropPad(OnnxNode n) {
        Builder b = n.b;
        int rank = n.rank(0);
        List<Integer> axes = n.ints("axes")
                .map(a -> OnnxNode.axes(a, rank))
                .orElseGet(() -> IntStream.range(0, rank).boxed().toList());
        List<Dim> wanted = n.dims(1);
        if (wanted.size() != axes.size()) {
            throw new InvalidOpException(wanted.size() + " sizes for " + axes.size() + " axes");
        }
        List<Dim> starts = ShapeOps.repeat(Dim.ZERO, rank);
        List<Dim> sizes = new ArrayList<>(n.shape(0).dims());
        List<Dim> before = ShapeOps.repeat(Dim.ZERO, rank);
        List<Dim> after = ShapeOps.repeat(Dim.ZERO, rank);
        for (int i = 0; i < axes.size(); i++) {
            int axis = axes.get(i);
            Dim now = n.shape(0).dim(axis);
            Dim size = now.min(wanted.get(i));
            starts.set(axis, now.minus(size).floorDiv(2));
            sizes.set(axis, size);
            Dim missing = wanted.get(i).minus(size);
            before.set(axis, missing.floorDiv(2));
            after.set(axis, missing.minus(missing.floorDiv(2)));
        }
        Value cropped = b.add(new Slice(n.in(0), starts, sizes, ShapeOps.repeat(1L, rank)));
        return b.add(new Pad(cropped, Optional.empty(), before, after, PadMode.CONSTANT));
    }
}
