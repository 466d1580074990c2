package dev.lathe.frontend.onnx.ops.vision;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.frontend.onnx.ops.nn.ContractionOps;
import dev.lathe.frontend.onnx.ops.shape.ShapeOps;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
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
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Operators on images. */
public final class VisionOps {
    private VisionOps() {}

    public static void addTo(Operators t) {
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

    /**
     * The positions of a grid in homogeneous coordinates, times the matrices. Each product is along one axis alone, so
     * the sums grow by an axis at a time, with the coordinates of the results as planes.
     */
    private static Value affineGrid(OnnxNode n) {
        Builder b = n.b;
        List<Dim> size = n.dims(1);
        int spatial = size.size() - 2;
        ElementType type = n.element(0) == ElementType.F64 ? ElementType.F64 : ElementType.F32;
        boolean corners = n.flag("align_corners", false);
        Shape grid = Shape.of(size.subList(2, size.size()));
        Value matrices = b.cast(n.in(0), type);
        Shape planes = matrices.tensorType().shape().slice(0, 2);
        Value sum = b.slice(matrices, 2, Dim.of(spatial), Dim.ONE);
        List<Integer> order = new ArrayList<>(List.of(0));
        for (int i = 0; i < spatial; i++) {
            Value line = b.cast(positions(b, grid.dim(i), corners), type);
            Value factors = b.slice(matrices, 2, Dim.of(spatial - 1L - i), Dim.ONE);
            Shape along =
                    planes.concat(Shape.of(Collections.nCopies(i, Dim.ONE))).concat(Shape.of(grid.dim(i)));
            Value products = b.reshape(b.multiply(factors, line), along);
            sum = b.add(i == 0 ? sum : b.expandRight(sum, i + 3), products);
            order.add(i + 2);
        }
        order.add(1);
        Value moved = b.cast(b.transpose(sum, order), n.element(0));
        return b.reshape(moved, Shape.of(size.getFirst()).concat(grid).concat(Shape.of(spatial)));
    }

    /** The positions of {@code length} elements from -1 to 1: their centres, or those of the first and the last. */
    private static Value positions(Builder b, Dim size, boolean corners) {
        Value index = b.cast(b.iota(size), ElementType.F64);
        Value length = b.cast(b.dim(size), ElementType.F64);
        Value one = b.scalar(index, 1);
        Value two = b.scalar(index, 2);
        return corners
                ? b.subtract(b.divide(b.multiply(index, two), b.max(b.subtract(length, one), one)), one)
                : b.subtract(b.divide(b.add(b.multiply(index, two), one), length), one);
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
        Value weights = ContractionOps.weights(n, n.in(1), spatial);
        Window window = new Window(
                ContractionOps.attribute(n, "strides", spatial, 1),
                ContractionOps.attribute(n, "pads", 2 * spatial, 0).stream()
                        .map(Dim::of)
                        .toList(),
                ContractionOps.attribute(n, "dilations", spatial, 1));
        Value y = n.b.add(
                new DeformConv(n.in(0), weights, n.in(2), n.opt(4), window, n.i("group", 1), n.i("offset_group", 1)));
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

    /** Blocks added up where they lie, which is computed for each of their elements. */
    private static Value columnsToImage(OnnxNode n) {
        Builder b = n.b;
        List<Dim> image = n.dims(1);
        List<Dim> block = n.dims(2);
        int spatial = block.size();
        List<Long> strides = ContractionOps.attribute(n, "strides", spatial, 1);
        List<Long> dilations = ContractionOps.attribute(n, "dilations", spatial, 1);
        List<Long> pads = ContractionOps.attribute(n, "pads", 2 * spatial, 0);
        List<Dim> padded = new ArrayList<>();
        List<Dim> counts = new ArrayList<>();
        for (int i = 0; i < spatial; i++) {
            Dim size = image.get(i).plus(pads.get(i)).plus(pads.get(spatial + i));
            Dim span = block.get(i).minus(1).times(dilations.get(i)).plus(1);
            padded.add(size);
            counts.add(size.minus(span).floorDiv(strides.get(i)).plus(1));
        }
        Dim lines = n.shape(0)
                .dim(0)
                .times(n.shape(0).dim(1))
                .floorDiv(Shape.of(block).elements());
        Dim elements = Shape.of(block).elements().times(Shape.of(counts).elements());
        // Axes: the taps of a block, then the blocks.
        Value at = b.constant(Tensor.scalar(0L));
        for (int i = 0; i < spatial; i++) {
            Dim step = Shape.of(padded.subList(i + 1, spatial)).elements();
            Value taps = b.expandRight(scaled(b, b.iota(block.get(i)), dilations.get(i)), 2 * spatial - i);
            Value places = b.expandRight(scaled(b, b.iota(counts.get(i)), strides.get(i)), spatial - i);
            at = b.add(at, b.multiply(b.add(taps, places), b.dim(step)));
        }
        List<Dim> each = new ArrayList<>(block);
        each.addAll(counts);
        Value positions = b.reshape(b.broadcast(at, Shape.of(each)), Shape.of(Dim.ONE, elements));
        Shape flat = Shape.of(lines, elements);
        Value zeros = b.broadcast(
                b.constant(Tensor.zeros(n.element(0))),
                Shape.of(lines, Shape.of(padded).elements()));
        Value sums = b.add(new ScatterElements(
                zeros, b.broadcast(positions, flat), b.reshape(n.in(0), flat), 1, ScatterReduction.ADD));
        Dim batch = n.shape(0).dim(0);
        Dim channels = n.shape(0).dim(1).floorDiv(Shape.of(block).elements());
        List<Dim> starts = new ArrayList<>(List.of(Dim.ZERO, Dim.ZERO));
        pads.subList(0, spatial).forEach(p -> starts.add(Dim.of(p)));
        Shape result = Shape.of(batch, channels).concat(Shape.of(image));
        Value whole = b.reshape(sums, Shape.of(batch, channels).concat(Shape.of(padded)));
        return b.add(new Slice(whole, starts, result.dims(), Collections.nCopies(spatial + 2, 1L)));
    }

    private static Value scaled(Builder b, Value x, long factor) {
        return b.multiply(x, b.constant(Tensor.scalar(factor)));
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
