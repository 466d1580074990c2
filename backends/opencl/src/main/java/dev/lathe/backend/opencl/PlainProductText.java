package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.backend.plan.Window2d;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** Products of doubles, and convolutions whose filters are computed: a work item for each element of the result. */
final class PlainProductText {
    private static final int GROUP = 64;

    private final ProgramText program;
    private final PointwiseText pointwise;

    PlainProductText(ProgramText program, PointwiseText pointwise) {
        this.program = program;
        this.pointwise = pointwise;
    }

    private static String stored(ElementType type) {
        return ClText.stored(type).orElseThrow();
    }

    /** A product without an epilogue, which only those of floats have. */
    Launch batched(Step.BatchedProduct s) {
        Shape x = s.x().shape();
        Shape y = s.y().shape();
        Shape out = s.to().shape();
        String type = stored(s.to().type().element());
        int batch = out.rank() - 2;
        List<String> parameters = new ArrayList<>(List.of(
                "const long n",
                "const long rows",
                "const long depth",
                "const long columns",
                "global const " + type + " *x, const long x_at",
                "global const " + type + " *z, const long z_at",
                "global " + type + " *y, const long y_at"));
        List<Launch.Argument> arguments = new ArrayList<>(List.of(
                new Launch.Size(out.elements()),
                new Launch.Size(x.dim(-2)),
                new Launch.Size(x.dim(-1)),
                new Launch.Size(y.dim(-1)),
                new Launch.Elements(s.x()),
                new Launch.Elements(s.y()),
                new Launch.Elements(s.to())));
        List<String> lines = new ArrayList<>(MovementText.begin("i"));
        lines.add("const long column = i % (uint) columns;");
        lines.add("const long row = i / (uint) columns % (uint) rows;");
        lines.add("uint rest = i / (uint) columns / (uint) rows;");
        lines.addAll(Batches.lines(x, y, out, batch, parameters, arguments));
        lines.add("global const " + type + " *a = x + x_at + (x_batch * rows + row) * depth;");
        lines.add("global const " + type + " *b = z + z_at + z_batch * depth * columns + column;");
        lines.add(type + " sum = 0;");
        lines.add("for (long k = 0; k < depth; k++) {");
        lines.add("    sum = fma(a[k], b[k * columns], sum);");
        lines.add("}");
        lines.add("y[y_at + i] = sum;");
        return new Launch(
                program.define("batched_product_" + type, MovementText.kernel(parameters, lines)),
                List.of(out.elements()),
                GROUP,
                List.copyOf(arguments));
    }

    Launch convolution(Step.ComputedConvolution s) {
        PointwiseText.Epilogue epilogue = pointwise.epilogue(s.epilogue());
        Window2d window = s.window();
        Shape in = s.x().shape();
        Shape out = s.to().shape();
        String type = stored(s.to().type().element());
        Dim depth = s.filters().shape().dim(1);
        List<String> parameters = new ArrayList<>(List.of(
                "const long n",
                "const long height",
                "const long width",
                "const long channels",
                "const long out_height",
                "const long out_width",
                "const long columns",
                "const long pad_top",
                "const long pad_left",
                "const long depth",
                "global const " + type + " *x, const long x_at",
                "global const " + type + " *filters, const long filters_at",
                "global " + type + " *y, const long y_at"));
        List<Launch.Argument> arguments = new ArrayList<>(List.of(
                new Launch.Size(out.elements()),
                new Launch.Size(in.dim(1)),
                new Launch.Size(in.dim(2)),
                new Launch.Size(in.dim(3)),
                new Launch.Size(out.dim(1)),
                new Launch.Size(out.dim(2)),
                new Launch.Size(out.dim(3)),
                new Launch.Size(window.pad(0)),
                new Launch.Size(window.pad(1)),
                new Launch.Size(depth),
                new Launch.Elements(s.x()),
                new Launch.Elements(s.filters()),
                new Launch.Elements(s.to())));
        List<String> lines = new ArrayList<>(MovementText.begin("i"));
        lines.add("const long column = i % (uint) columns;");
        lines.add("const uint row = i / (uint) columns;");
        lines.add("const long group = column * " + s.groups() + " / columns;");
        lines.add("const int left = row % (uint) out_width * " + window.strideWidth() + " - (int) pad_left;");
        lines.add("const uint line = row / (uint) out_width;");
        lines.add("const int top = line % (uint) out_height * " + window.strideHeight() + " - (int) pad_top;");
        lines.add("global const " + type + " *image =");
        lines.add("        x + x_at + line / (uint) out_height * height * width * channels + group * depth;");
        lines.add("global const " + type + " *f = filters + filters_at + column * depth * " + window.taps() + ";");
        lines.add(type + " sum = 0;");
        lines.add("for (int h = 0; h < " + window.kernelHeight() + "; h++) {");
        lines.add("    const long at_height = top + h * " + window.dilationHeight() + ";");
        lines.add("    for (int v = 0; v < " + window.kernelWidth() + "; v++) {");
        lines.add("        const long at_width = left + v * " + window.dilationWidth() + ";");
        lines.add("        if (at_height < 0 || at_height >= height || at_width < 0 || at_width >= width) {");
        lines.add("            continue;");
        lines.add("        }");
        lines.add("        global const " + type + " *a = image + (at_height * width + at_width) * channels;");
        lines.add("        global const " + type + " *b = f + h * " + window.kernelWidth() + " + v;");
        lines.add("        for (long k = 0; k < depth; k++) {");
        lines.add("            sum = fma(a[k], b[k * " + window.taps() + "], sum);");
        lines.add("        }");
        lines.add("    }");
        lines.add("}");
        if (epilogue == null) {
            lines.add("y[y_at + i] = sum;");
        } else {
            lines.add("y[y_at + i] = " + epilogue.function() + "(sum, row, column, columns" + epilogue.passed() + ");");
            parameters.addAll(epilogue.parameters());
            arguments.addAll(epilogue.arguments());
        }
        return new Launch(
                program.define("computed_convolution_" + type, MovementText.kernel(parameters, lines)),
                List.of(out.elements()),
                GROUP,
                List.copyOf(arguments));
    }

    /** Matrices of a known size, by elimination with the largest pivots; in the type of the elements, or float. */
    Launch determinant(View x, View y) {
        ElementType type = x.type().element();
        String word = ClText.computed(type);
        long size = x.shape().dim(-1).constant();
        ScalarText scalar = program.expressions();
        String stored = ElementKernel.stored(type);
        ElementKernel k =
                new ElementKernel(y.shape().elements()).reads("x", stored, x).writes("y", stored, y);
        k.line(word + " a[" + size * size + "];");
        k.line("for (int j = 0; j < " + size * size + "; j++) {");
        k.line("a[j] = " + scalar.load(type, "x", "x_at + i * " + size * size + "L + j") + ";");
        k.line("}");
        k.line(word + " product = 1;");
        k.lines("""
            for (int k = 0; k < N; k++) {
            int pivot = k;
            for (int r = k + 1; r < N; r++) {
            pivot = fabs(a[r * N + k]) > fabs(a[pivot * N + k]) ? r : pivot;
            }
            product = pivot == k ? product : -product;
            for (int c = 0; c < N && pivot != k; c++) {
            const WORD other = a[k * N + c];
            a[k * N + c] = a[pivot * N + c];
            a[pivot * N + c] = other;
            }
            product *= a[k * N + k];
            for (int r = k + 1; r < N && a[k * N + k] != 0; r++) {
            const WORD factor = a[r * N + k] / a[k * N + k];
            for (int c = k; c < N; c++) {
            a[r * N + c] -= factor * a[k * N + c];
            }
            }
            }
            """.replace("WORD", word)
                .replace("N", String.valueOf(size))
                .lines()
                .toList());
        k.line(scalar.store(type, "y", "y_at + i", "product"));
        return k.launch(program, "determinant_" + size + "_" + type.text());
    }
}
