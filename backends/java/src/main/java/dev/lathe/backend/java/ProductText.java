package dev.lathe.backend.java;

import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.backend.plan.Weight;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Matrix products and convolutions. */
final class ProductText {
    private final StepPrinter e;

    ProductText(StepPrinter e) {
        this.e = e;
    }

    private static String biasFloats(Optional<Weight> bias) {
        return bias.map(StepPrinter::floats).orElse("new float[0]");
    }

    void batched(Step.BatchedProduct s) {
        Shape x = s.x().shape();
        Shape y = s.y().shape();
        String epilogue = e.epilogue(s.epilogue());
        ElementType element = s.to().type().element();
        String k = element == ElementType.F32
                ? e.p.kernel("BatchedProduct", "m.tiles, " + epilogue)
                : e.p.kernel("NumberProduct", "ElementType." + element);
        prepare(k, x, y, s.to().shape());
        e.bind(epilogue, s.epilogue(), s.to());
        e.p.step(k + ".run(" + e.ref(s.x()) + ", " + e.ref(s.y()) + ", " + e.ref(s.to()) + ");");
    }

    private void prepare(String k, Shape x, Shape y, Shape to) {
        int batch = to.rank() - 2;
        e.p.prepare(k + ".prepare(" + e.dim(x.dim(-2)) + ", " + e.dim(x.dim(-1)) + ", " + e.dim(y.dim(-1)) + ", "
                + JavaText.array(e.p.symbols, to.dims().subList(0, batch)) + ", "
                + JavaText.array(e.p.symbols, batchOf(x, batch)) + ", "
                + JavaText.array(e.p.symbols, batchOf(y, batch)) + ", workers);");
    }

    void batched(Step.BatchedMatrices s) {
        Weight w = s.matrices();
        long depth = w.dim(w.rank() - 2);
        long columns = w.dim(w.rank() - 1);
        e.p.product(s.x().shape().dim(-2), depth);
        String matrices = "m."
                + e.p.modelField(
                        "PackedMatrix[]",
                        "w",
                        "PackedMatrix.ofMatrices(tiles, " + StepPrinter.packable(w) + ", " + w.size() / depth / columns
                                + ", " + depth + ", " + columns + ")");
        String epilogue = e.epilogue(s.epilogue());
        String k = e.p.kernel("BatchedProduct", "m.tiles, " + matrices + ", " + epilogue);
        prepare(k, s.x().shape(), w.type().shape(), s.to().shape());
        e.bind(epilogue, s.epilogue(), s.to());
        e.p.step(k + ".run(" + e.ref(s.x()) + ", " + e.ref(s.to()) + ");");
    }

    private static List<Dim> batchOf(Shape s, int rank) {
        List<Dim> dims = new ArrayList<>(Collections.nCopies(rank - (s.rank() - 2), Dim.ONE));
        dims.addAll(s.dims().subList(0, s.rank() - 2));
        return dims;
    }

    void matrix(Step.MatrixProduct s) {
        String epilogue = e.epilogue(s.epilogue());
        String k = gemm(s, epilogue);
        String strides =
                s.x().isContiguous() && s.to().isContiguous() ? "" : ", " + rowStride(s.x()) + ", " + rowStride(s.to());
        e.p.prepare(k + ".prepare(" + e.dim(s.rows()) + strides + ", workers);");
        e.bind(epilogue, s.epilogue(), s.to());
        e.p.step(k + ".run(" + e.ref(s.x()) + ", " + e.ref(s.to()) + ");");
    }

    /** The kernel of a product. */
    private String gemm(Step.MatrixProduct s, String epilogue) {
        Step.MatrixProduct.Matrix m = s.matrix();
        e.p.product(s.rows(), m.depth());
        String matrix = m.transposed()
                ? "PackedMatrix.ofFilters(tiles, " + StepPrinter.packable(m.weight()) + ", 0, " + m.columns() + ", "
                        + m.depth() + ", 1, " + biasFloats(m.bias()) + ")"
                : "PackedMatrix.ofMatrix(tiles, " + StepPrinter.packable(m.weight()) + ", " + m.depth() + ", "
                        + m.columns() + ", " + biasFloats(m.bias()) + ")";
        String packed = packed(
                switch (e.p.numerics) {
                    case STRICT -> matrix;
                    case DEFAULT -> matrix + ".skippingZeros()";
                    case FAST -> matrix + ".skippingZeros().inBrainFloats()";
                });
        return e.p.kernel("Gemm", "m.tiles, " + packed + ", " + epilogue);
    }

    /** From one row to the next. */
    private String rowStride(View view) {
        return e.dim(view.rowStride().orElseGet(() -> view.shape().dim(-1)));
    }

    private String packed(String expression) {
        return "m." + e.p.modelField("PackedMatrix", "Matrix", expression);
    }

    void convolution(Step.Convolution s) {
        View image = s.x();
        String epilogue = e.epilogue(s.epilogue());
        String window = s.form() == Step.Convolution.Form.TRANSPOSED
                ? e.window(s.window(), s.to().shape(), image.shape())
                : e.window(s.window(), image.shape(), s.to().shape());
        String k = switch (s.form()) {
            case GROUPED ->
                e.p.kernel("Convolution", "m.tiles, " + window + ", " + groups(s) + ", workspace, " + epilogue);
            case DEPTHWISE ->
                e.p.kernel("DepthwiseConvolution", window + ", " + depthwiseFilters(s) + ", widened, " + epilogue);
            case WINOGRAD ->
                e.p.kernel(
                        "WinogradConvolution",
                        "m.tiles, " + window + ", " + winogradFilters(s) + ", workspace, " + epilogue);
            case TRANSPOSED ->
                e.p.kernel(
                        "TransposedConvolution",
                        "m.tiles, " + window + ", " + transposedFilters(s) + ", "
                                + bias(s, s.groups() * s.filters().dim(1)) + ", " + epilogue);
        };
        String zeros = "";
        if (s.form() == Step.Convolution.Form.DEPTHWISE) {
            e.p.zeros.add(e.p.symbols.wide(image.shape().dim(3)));
            zeros = ", 0";
        }
        String from = "";
        if (s.expansion().isPresent()) {
            Step.MatrixProduct product = s.expansion().get();
            String end = e.epilogue(product.epilogue());
            k = e.p.kernel("ExpandedConvolution", window + ", " + gemm(product, end) + ", " + k);
            e.bind(end, product.epilogue(), product.to());
            from = e.ref(product.x()) + ", ";
        }
        String stride = s.to().isContiguous() ? "" : rowStride(s.to()) + ", ";
        e.p.prepare(k + ".prepare(" + stride + "workers);");
        e.bind(epilogue, s.epilogue(), s.to());
        e.p.step(k + ".run(" + from + e.ref(image) + zeros + ", " + e.ref(s.to()) + ");");
    }

    void convolution(Step.ComputedConvolution s) {
        String epilogue = e.epilogue(s.epilogue());
        String window = e.window(s.window(), s.x().shape(), s.to().shape());
        Shape filters = s.filters().shape();
        String sizes = s.groups() + ", " + filters.dim(0).constant() / s.groups() + ", "
                + filters.dim(1).constant();
        String k = s.to().type().element() == ElementType.F64
                ? e.p.kernel("DoubleConvolution", window + ", " + sizes)
                : e.p.kernel("ComputedConvolution", "m.tiles, " + window + ", " + sizes + ", workspace, " + epilogue);
        e.p.prepare(k + ".prepare(workers);");
        e.bind(epilogue, s.epilogue(), s.to());
        e.p.step(k + ".run(" + e.ref(s.x()) + ", " + e.ref(s.filters()) + ", " + e.ref(s.to()) + ");");
    }

    private String groups(Step.Convolution s) {
        Shape to = s.to().shape();
        e.p.product(
                to.dim(0).times(to.dim(1)).times(to.dim(2)),
                s.window().taps() * s.filters().dim(1));
        return "m." + e.p.modelField("PackedMatrix[]", "w", matrices(s));
    }

    private String winogradFilters(Step.Convolution s) {
        e.p.product(squares(s.to().shape()), s.filters().dim(1));
        return "m." + e.p.modelField("WinogradFilters", "w", "new WinogradFilters(" + matrices(s) + ")");
    }

    /** The rows of its products: a square of 4 × 4 pixels each. */
    private static Dim squares(Shape to) {
        return to.dim(0)
                .times(to.dim(1).plus(3).floorDiv(4))
                .times(to.dim(2).plus(3).floorDiv(4));
    }

    private String matrices(Step.Convolution s) {
        String matrices = "PackedMatrix.ofGroups(tiles, " + StepPrinter.packable(s.filters()) + ", " + s.groups() + ", "
                + s.filters().dim(0) / s.groups() + ", " + s.filters().dim(1) + ", "
                + s.window().taps() + ", " + biasFloats(s.bias()) + ")";
        return switch (e.p.numerics) {
            case STRICT -> matrices;
            case DEFAULT -> "PackedMatrix.skippingZeros(" + matrices + ")";
            case FAST -> "PackedMatrix.inBrainFloats(PackedMatrix.skippingZeros(" + matrices + "))";
        };
    }

    private String depthwiseFilters(Step.Convolution s) {
        return packed("PackedMatrix.ofChannels(" + StepPrinter.packable(s.filters()) + ", "
                + s.filters().dim(0) + ", " + s.window().taps() + ", " + biasFloats(s.bias()) + ")");
    }

    private String transposedFilters(Step.Convolution s) {
        return "m."
                + e.p.modelField(
                        "PackedMatrix[]",
                        "w",
                        "PackedMatrix.ofTransposed(tiles, " + StepPrinter.packable(s.filters()) + ", "
                                + s.groups() + ", " + s.filters().dim(0) / s.groups() + ", "
                                + s.filters().dim(1) + ", " + s.window().kernelHeight() + ", "
                                + s.window().kernelWidth() + ")");
    }

    private String bias(Step.Convolution s, long channels) {
        return s.bias()
                .map(b -> "m." + e.p.modelField("float[]", b.value(), "", StepPrinter.floats(b)))
                .orElse("new float[" + channels + "]");
    }
}
