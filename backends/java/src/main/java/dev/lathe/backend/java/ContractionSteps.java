package dev.lathe.backend.java;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.Determinant;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Matrix products and convolutions of floats. An addition of constants per column becomes what the sums start from,
 * the rest of the epilogue a kernel.
 */
final class ContractionSteps {
    /** Each group of a convolution has a packed matrix of its own in the model. */
    private static final int MAX_GROUPS = 512;

    private static final String INNER = "the inner dimensions of a matrix product differ";
    private static final String CHANNELS = "the input of a convolution has other channels than its weights";

    private final Emitter e;

    ContractionSteps(Emitter e) {
        this.e = e;
    }

    /** What follows the product: the number of a bias among the weights, and a kernel. */
    private record Finish(int bias, PointwiseSteps.@Nullable Kernel kernel, Value result) {
        String biasFloats() {
            return bias < 0 ? "new float[0]" : "weights.floats(" + bias + ")";
        }

        String kernelField() {
            return kernel == null ? "null" : kernel.field();
        }
    }

    /** Emits {@code op}, and with it {@code epilogue}; false if there is no kernel, or none for the epilogue. */
    boolean emit(Contraction op, Value result, @Nullable Epilogue epilogue) {
        if (result.tensorType().element() != ElementType.F32) {
            return false;
        }
        return switch (op) {
            case MatMul m -> product(m, result, epilogue);
            case Conv c -> conv(c, result, epilogue);
            case ConvTranspose c -> convTranspose(c, result, epilogue);
            case Determinant _ -> false;
        };
    }

    /** Null if the epilogue needs what no kernel has. */
    private @Nullable Finish finish(@Nullable Epilogue epilogue, Value anchor, boolean takesBias) {
        if (epilogue == null) {
            return new Finish(-1, null, anchor);
        }
        Shape shape = anchor.tensorType().shape();
        int bias = -1;
        Epilogue rest = epilogue;
        Value start = anchor;
        if (takesBias && !epilogue.isEmpty() && shape.rank() > 0) {
            Node first = epilogue.nodes().getFirst();
            Weight t = columnConstant(first, anchor, shape.dim(-1));
            boolean only = epilogue.nodes().stream()
                            .filter(n -> n.op().operands().contains(anchor))
                            .count()
                    == 1;
            if (t != null && only && first.result().tensorType().shape().equals(shape)) {
                bias = t.number();
                rest = epilogue.withoutFirst();
                start = first.result();
            }
        }
        if (rest.isEmpty()) {
            return new Finish(bias, null, rest.result());
        }
        PointwiseSteps.Kernel kernel = e.pointwise().epilogue(rest, start, shape);
        return kernel == null ? null : new Finish(bias, kernel, rest.result());
    }

    /** The constant that {@code n} adds to {@code anchor}, if it has one element for each column. */
    private @Nullable Weight columnConstant(Node n, Value anchor, Dim columns) {
        if (!(n.op() instanceof Binary(BinaryFunction f, Value x, Value y)) || f != BinaryFunction.ADD) {
            return null;
        }
        Weight t = x == anchor ? e.constant(y) : y == anchor ? e.constant(x) : null;
        boolean fits = t != null
                && t.element() == ElementType.F32
                && columns.isConstant(t.size())
                && t.rank() > 0
                && t.dim(t.rank() - 1) == t.size();
        return fits ? t : null;
    }

    private void bind(Finish finish, View out) {
        if (finish.kernel != null) {
            e.p.text(finish.kernel.bind(e, out) + ";");
        }
    }

    private boolean product(MatMul m, Value result, @Nullable Epilogue epilogue) {
        Shape x = m.x().tensorType().shape();
        Shape y = m.y().tensorType().shape();
        Weight weights = e.constant(m.y());
        if (weights != null && y.rank() == 2 && x.rank() >= 1 && (epilogue == null || x.rank() >= 2)) {
            return withWeights(m, weights, result, epilogue);
        }
        if (x.rank() < 2 || y.rank() < 2) {
            return false;
        }
        Finish finish = finish(epilogue, result, false);
        if (finish == null) {
            return false;
        }
        View a = e.contiguous(m.x());
        View b = e.contiguous(m.y());
        e.requireEqual(x.dim(-1), y.dim(-2), INNER);
        for (Shape s : List.of(x, y)) {
            for (int i = 3; i <= s.rank(); i++) {
                Dim own = s.dim(s.rank() - i);
                Dim all = result.tensorType().dim(result.tensorType().rank() - i);
                if (!own.isConstant(1) && !own.equals(all)) {
                    e.p.require(
                            e.p.symbols.wide(own) + " == 1 || " + e.p.symbols.wide(own) + " == "
                                    + e.p.symbols.wide(all),
                            "the batches of a matrix product do not broadcast");
                }
            }
        }
        View out = e.allocate(finish.result);
        String k = e.p.kernel("BatchedProduct", "m.tiles, " + finish.kernelField());
        int batch = out.shape().rank() - 2;
        List<Dim> dims = out.shape().dims().subList(0, batch);
        e.p.prepare(k + ".prepare(" + e.dim(x.dim(-2)) + ", " + e.dim(x.dim(-1)) + ", " + e.dim(y.dim(-1)) + ", "
                + JavaText.array(e.p.symbols, dims) + ", " + JavaText.array(e.p.symbols, batchOf(x, batch)) + ", "
                + JavaText.array(e.p.symbols, batchOf(y, batch)) + ", workers);");
        bind(finish, out);
        e.p.step(k + ".run(" + e.ref(a) + ", " + e.ref(b) + ", " + e.ref(out) + ");");
        return true;
    }

    private static List<Dim> batchOf(Shape s, int rank) {
        List<Dim> dims = new ArrayList<>(Collections.nCopies(rank - (s.rank() - 2), Dim.ONE));
        dims.addAll(s.dims().subList(0, s.rank() - 2));
        return dims;
    }

    private boolean withWeights(MatMul m, Weight weights, Value result, @Nullable Epilogue epilogue) {
        Finish finish = finish(epilogue, result, true);
        if (finish == null) {
            return false;
        }
        View a = e.contiguous(m.x());
        String packed = "m."
                + e.p.modelField(
                        "PackedMatrix",
                        "w",
                        "PackedMatrix.ofMatrix(tiles, " + weights.floats() + ", " + weights.dim(0) + ", "
                                + weights.dim(1) + ", " + finish.biasFloats() + ")");
        Shape x = a.shape();
        e.requireEqual(x.dim(-1), Dim.of(weights.dim(0)), INNER);
        e.p.depth(weights.dim(0));
        rows(packed, a, x.slice(0, x.rank() - 1), finish);
        return true;
    }

    /** Rows of neighbours times packed columns. */
    private void rows(String packed, View a, Shape rows, Finish finish) {
        View out = e.allocate(finish.result);
        String k = e.p.kernel("Gemm", "m.tiles, " + packed + ", " + finish.kernelField());
        e.p.prepare(k + ".prepare(" + e.elements(rows) + ", workers);");
        bind(finish, out);
        e.p.step(k + ".run(" + e.ref(a) + ", " + e.ref(out) + ");");
    }

    private boolean conv(Conv c, Value result, @Nullable Epilogue epilogue) {
        Weight weights = e.constant(c.weights());
        int spatial = c.strides().size();
        boolean depthwise = weights != null && weights.dim(1) == 1 && c.groups() == weights.dim(0);
        if (weights == null || spatial < 1 || spatial > 2 || (c.groups() > MAX_GROUPS && !depthwise)) {
            return false;
        }
        Picture picture = new Picture(c.kernel(), c.strides(), c.dilations(), c.pads());
        if (!picture.isOrdinary()) {
            return false;
        }
        boolean last = c.layout() == ChannelLayout.CHANNELS_LAST && spatial == 2;
        if (!last && epilogue != null) {
            return false;
        }
        Finish finish = finish(epilogue, result, true);
        if (finish == null) {
            return false;
        }
        View x = last ? e.contiguous(c.x()) : e.contiguous(channelsLast(e.view(c.x()), c.layout(), spatial));
        e.requireEqual(x.shape().dim(-1), Dim.of(weights.dim(1) * c.groups()), CHANNELS);
        Shape out = result.tensorType().shape();
        int channelAxis = c.layout().channelAxis(out.rank());
        long outChannels = weights.dim(0);
        long groups = c.groups();
        long depth = weights.dim(1);
        long taps = picture.taps();
        Shape outPicture = last ? out : channelsLast(out, channelAxis, spatial);
        View y =
                last ? e.allocate(finish.result) : e.scratch(result.tensorType().withShape(outPicture));
        if (taps == 1 && groups == 1 && picture.isPlain()) {
            matrix(x, y, weights, finish);
        } else {
            String window = window(picture, x.shape(), picture.pad(0), picture.pad(1), outPicture);
            if (depth == 1 && groups == outChannels && groups > 1) {
                depthwise(window, x, y, weights, taps, finish);
            } else {
                grouped(window, x, y, weights, groups, taps, finish);
            }
        }
        if (!last) {
            e.put(result, channelsFirst(y, result, channelAxis));
        }
        return true;
    }

    private void depthwise(String window, View x, View y, Weight weights, long taps, Finish finish) {
        String filters = "m."
                + e.p.modelField(
                        "float[]",
                        "w",
                        "DepthwiseConvolution.filters(" + weights.floats() + ", " + weights.dim(0) + ", " + taps + ")");
        String bias = finish.bias < 0
                ? "new float[" + weights.dim(0) + "]"
                : "m." + e.p.modelField("float[]", "w", finish.biasFloats());
        String k =
                e.p.kernel("DepthwiseConvolution", window + ", " + filters + ", " + bias + ", " + finish.kernelField());
        View source = inArena(x);
        e.p.zeros.add(e.p.symbols.wide(source.shape().dim(3)));
        e.p.prepare(k + ".prepare(workers);");
        bind(finish, y);
        e.p.step(k + ".run(" + e.ref(source) + ", 0, " + e.ref(y) + ");");
    }

    private void grouped(String window, View x, View y, Weight weights, long groups, long taps, Finish finish) {
        List<String> parts = new ArrayList<>();
        long perGroup = weights.dim(0) / groups;
        for (long g = 0; g < groups; g++) {
            parts.add("m."
                    + e.p.modelField(
                            "PackedMatrix",
                            "w",
                            "PackedMatrix.ofFilters(tiles, " + weights.floats() + ", " + g * perGroup
                                    + ", " + perGroup + ", " + weights.dim(1) + ", " + taps + ", "
                                    + finish.biasFloats() + ")"));
        }
        String k = e.p.kernel(
                "Convolution",
                "m.tiles, " + window + ", new PackedMatrix[] {" + Emitter.join(parts) + "}, " + finish.kernelField());
        e.p.prepare(k + ".prepare(workers);");
        bind(finish, y);
        e.p.step(k + ".run(" + e.ref(x) + ", " + e.ref(y) + ");");
    }

    /** The view itself, or a copy, in the arena of floats, whose first elements are the zeros around pictures. */
    private View inArena(View x) {
        if (x.place() instanceof Place.Buffer) {
            return x;
        }
        View copy = e.scratch(x.type());
        e.copy(x, copy);
        return copy;
    }

    /** A convolution of single pixels is a product of matrices. */
    private void matrix(View x, View y, Weight weights, Finish finish) {
        e.p.depth(weights.dim(1));
        String packed = "m."
                + e.p.modelField(
                        "PackedMatrix",
                        "w",
                        "PackedMatrix.ofFilters(tiles, " + weights.floats() + ", 0, " + weights.dim(0) + ", "
                                + weights.dim(1) + ", 1, " + finish.biasFloats() + ")");
        String k = e.p.kernel("Gemm", "m.tiles, " + packed + ", " + finish.kernelField());
        e.p.prepare(k + ".prepare(" + e.elements(x.shape().slice(0, 3)) + ", workers);");
        bind(finish, y);
        e.p.step(k + ".run(" + e.ref(x) + ", " + e.ref(y) + ");");
    }

    private boolean convTranspose(ConvTranspose c, Value result, @Nullable Epilogue epilogue) {
        Weight weights = e.constant(c.weights());
        int spatial = c.strides().size();
        if (weights == null || spatial < 1 || spatial > 2 || c.groups() != 1) {
            return false;
        }
        Picture picture = new Picture(c.kernel(), c.strides(), c.dilations(), c.pads());
        if (!picture.isOrdinary()) {
            return false;
        }
        boolean last = c.layout() == ChannelLayout.CHANNELS_LAST && spatial == 2;
        if (!last && epilogue != null) {
            return false;
        }
        Finish finish = finish(epilogue, result, true);
        if (finish == null) {
            return false;
        }
        View x = last ? e.contiguous(c.x()) : e.contiguous(channelsLast(e.view(c.x()), c.layout(), spatial));
        e.requireEqual(x.shape().dim(-1), Dim.of(weights.dim(0)), CHANNELS);
        Shape out = result.tensorType().shape();
        int channelAxis = c.layout().channelAxis(out.rank());
        Shape outPicture = last ? out : channelsLast(out, channelAxis, spatial);
        View y =
                last ? e.allocate(finish.result) : e.scratch(result.tensorType().withShape(outPicture));
        // The window slides over the result and stands at the pixels of the input.
        String window = window(picture, outPicture, picture.pad(0), picture.pad(1), x.shape());
        String filters = "m."
                + e.p.modelField(
                        "PackedMatrix",
                        "w",
                        "TransposedConvolution.filters(tiles, " + weights.floats() + ", " + weights.dim(0) + ", "
                                + weights.dim(1) + ", " + picture.taps() + ")");
        String bias = finish.bias < 0
                ? "new float[" + weights.dim(1) + "]"
                : "m." + e.p.modelField("float[]", "w", finish.biasFloats());
        String k = e.p.kernel(
                "TransposedConvolution",
                "m.tiles, " + window + ", " + filters + ", " + bias + ", " + finish.kernelField());
        e.p.prepare(k + ".prepare(workers);");
        bind(finish, y);
        e.p.step(k + ".run(" + e.ref(x) + ", " + e.ref(y) + ");");
        if (!last) {
            e.put(result, channelsFirst(y, result, channelAxis));
        }
        return true;
    }

    /** A window over pictures, as a field. */
    String window(Picture p, Shape in, Dim padTop, Dim padLeft, Shape out) {
        String field = e.p.kernel(
                "Window",
                p.kernelHeight() + ", " + p.kernelWidth() + ", " + p.strideHeight() + ", " + p.strideWidth() + ", "
                        + p.dilationHeight() + ", " + p.dilationWidth());
        e.p.prepare(field + ".prepare(" + e.arguments(in).substring(2) + ", " + e.dim(padTop) + ", " + e.dim(padLeft)
                + ", " + e.dim(out.dim(1)) + ", " + e.dim(out.dim(2)) + ");");
        return field;
    }

    /** {@code [N, H, W, C]} from any layout of one or two spatial axes. */
    View channelsLast(View x, ChannelLayout layout, int spatial) {
        View last = layout == ChannelLayout.CHANNELS_LAST
                ? x
                : x.transposed(spatial == 1 ? List.of(0, 2, 1) : List.of(0, 2, 3, 1));
        if (spatial == 2) {
            return last;
        }
        Shape s = last.shape();
        List<Dim> strides = new ArrayList<>(last.strides());
        strides.add(1, Dim.ZERO);
        return new View(
                last.type().withShape(Shape.of(s.dim(0), Dim.ONE, s.dim(1), s.dim(2))),
                last.place(),
                last.offset(),
                strides);
    }

    private static Shape channelsLast(Shape s, int channelAxis, int spatial) {
        List<Dim> dims = new ArrayList<>(s.dims());
        Dim channels = dims.remove(channelAxis);
        dims.add(channels);
        if (spatial == 1) {
            dims.add(1, Dim.ONE);
        }
        return Shape.of(dims);
    }

    /** {@code y}, a picture with the channels last, seen with the shape of {@code result}. */
    View channelsFirst(View y, Value result, int channelAxis) {
        Shape shape = result.tensorType().shape();
        List<Dim> strides = new ArrayList<>(View.strides(y.shape()));
        if (shape.rank() == 3) {
            strides.remove(1);
        }
        Dim channel = strides.removeLast();
        strides.add(channelAxis, channel);
        return new View(result.tensorType(), y.place(), y.offset(), strides);
    }
}
