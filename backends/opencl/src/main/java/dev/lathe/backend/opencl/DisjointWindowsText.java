package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.Window2d;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Transposed convolutions whose windows stand side by side, with few channels of the result: a matrix product, of which
 * a row is a pixel of the operand, and the columns are all elements that this pixel makes.
 */
final class DisjointWindowsText {
    private final ProgramText program;
    private final PointwiseText pointwise;

    DisjointWindowsText(ProgramText program, PointwiseText pointwise) {
        this.program = program;
        this.pointwise = pointwise;
    }

    /** Whether one panel has all elements that a pixel makes, and each element is made by one pixel. */
    static boolean takes(Step.Convolution s) {
        Window2d w = s.window();
        Shape in = s.x().shape();
        Shape out = s.to().shape();
        return s.filters().dim(1) * w.taps() <= Panels.WIDTH
                && w.strides().equals(w.kernel())
                && w.dilations().stream().allMatch(d -> d == 1)
                && w.pads().stream().allMatch(p -> p.isConstant(0))
                && out.dim(1).equals(in.dim(1).times(w.kernelHeight()))
                && out.dim(2).equals(in.dim(2).times(w.kernelWidth()));
    }

    Launch transposed(Step.Convolution s) {
        PointwiseText.Epilogue epilogue = pointwise.epilogue(s.epilogue());
        Window2d window = s.window();
        long columns = s.filters().dim(1);
        Dim pixels = s.x().shape().slice(0, 3).elements();
        RegisterTile tile = RegisterTile.usual(pixels);
        int rows = tile.rows();
        List<String> lines = new ArrayList<>();
        lines.add("const long first = get_global_id(0) * " + rows + "L;");
        lines.add("if (first >= pixels) {");
        lines.add("    return;");
        lines.add("}");
        lines.add("const long depth = " + s.filters().dim(0) + ";");
        lines.add("global const float *w = weights;");
        for (int r = 0; r < rows; r++) {
            lines.add("global const float *a" + r + " = x + x_at + "
                    + (r == 0 ? "first" : "min(first + " + r + ", pixels - 1)") + " * depth;");
        }
        lines.add("float begin[32] = {0};");
        lines.add("for (int j = 0; j < " + columns * window.taps() + "; j++) {");
        lines.add("    begin[j] = start[j / " + window.taps() + "];");
        lines.add("}");
        lines.add("const float16 c0 = vload16(0, begin), c1 = vload16(1, begin);");
        lines.addAll(ProductText.sums(rows));
        lines.addAll(ProductText.overDepth(rows));
        lines.addAll(StoreText.kept(rows));
        lines.add("for (int r = 0; r < " + rows + " && first + r < pixels; r++) {");
        lines.add("    const long line = (first + r) / width * " + window.kernelHeight() + ";");
        lines.add("    const long place = (first + r) % width * " + window.kernelWidth() + ";");
        lines.add("    float all[32];");
        lines.add("    long to[32];");
        lines.add("    for (int j = 0; j < " + columns * window.taps() + "; j++) {");
        lines.add("        const int tap = j % " + window.taps() + ", column = j / " + window.taps() + ";");
        lines.add("        const long row = (line + tap / " + window.kernelWidth() + ") * width * "
                + window.kernelWidth() + " + place + tap % " + window.kernelWidth() + ";");
        lines.add("        to[j] = row * " + columns + " + column;");
        lines.add("        all[j] = "
                + (epilogue == null
                        ? "sums[r][j]"
                        : epilogue.function() + "(sums[r][j], row, column, " + columns + "L" + epilogue.passed() + ")")
                + ";");
        lines.add("    }");
        lines.add("    for (int j = 0; j < " + columns * window.taps() + "; j++) {");
        lines.add("        y[y_at + to[j]] = all[j];");
        lines.add("    }");
        lines.add("}");
        List<String> parameters = List.of(
                "const long pixels",
                "const long width",
                "global const float *x, const long x_at",
                "global const float *weights",
                "global const float *start",
                "global float *y, const long y_at");
        return new Launch(
                program.define(
                        "transposed_side_by_side", MovementText.kernel(ProductText.with(epilogue, parameters), lines)),
                List.of(pixels.ceilDiv(Dim.of(rows))),
                tile.group(),
                ProductText.and(
                        epilogue,
                        List.of(
                                new Launch.Size(pixels),
                                new Launch.Size(s.x().shape().dim(2)),
                                new Launch.Elements(s.x()),
                                new Launch.Arranged(new Panels.Matrix(s.filters())),
                                new Launch.Arranged(Panels.start(s.bias(), 1, columns)),
                                new Launch.Elements(s.to()))));
    }
}
