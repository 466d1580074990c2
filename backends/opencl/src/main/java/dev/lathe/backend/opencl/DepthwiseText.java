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
 * Depthwise convolutions. A work item makes some pixels of 16 channels at a time, of the 32 of a panel, so that the
 * weights of a window stay in registers. Where all windows are inside of the image, there is no condition in it.
 */
final class DepthwiseText {
    private static final int GROUP = 8;
    private static final int PIXELS = 4;

    private final ProgramText program;
    private final PointwiseText pointwise;
    private final StoreText store;

    DepthwiseText(ProgramText program, PointwiseText pointwise, StoreText store) {
        this.program = program;
        this.pointwise = pointwise;
        this.store = store;
    }

    Launch launch(Step.Convolution s) {
        PointwiseText.Epilogue epilogue = pointwise.epilogue(s.epilogue());
        Window2d window = s.window();
        Shape out = s.to().shape();
        long channels = s.filters().dim(0);
        List<String> lines = new ArrayList<>();
        lines.add("const int first = get_global_id(0) * " + PIXELS + ";");
        lines.add("const long line = get_global_id(1);");
        lines.add("if (first >= out_width || line * out_width >= pixels) {");
        lines.add("    return;");
        lines.add("}");
        lines.add("const long column = get_global_id(2) * 32L;");
        lines.add("const int n = min(columns - column, 32L);");
        lines.add("const long row = line * out_width + first;");
        lines.add("const int left = first * " + window.strideWidth() + " - (int) pad_left;");
        lines.add("const int top = (uint) line % (uint) out_height * " + window.strideHeight() + " - (int) pad_top;");
        lines.add("global const float *w = weights + column * " + window.taps() + ";");
        lines.add("global const float *image =");
        lines.add("        x + x_at + (uint) line / (uint) out_height * height * width * channels + column;");
        range("line", "top", "height", window.dilationHeight(), window.kernelHeight())
                .forEach(lines::add);
        lines.add("const bool inside = first + " + PIXELS + " <= out_width && left >= 0 && left + "
                + ((PIXELS - 1) * window.strideWidth() + (window.kernelWidth() - 1) * window.dilationWidth())
                + " < width;");
        String passed = epilogue == null ? "" : epilogue.passed();
        lines.add("if (inside && n % 16 == 0) {");
        lines.add("    for (int from = 0; from < n; from += 16) {");
        inside(window).forEach(l -> lines.add("        " + l));
        lines.add("        for (int r = 0; r < " + PIXELS + "; r++) {");
        lines.add("            " + store.row(epilogue, 1)
                + "(y + y_at + (row + r) * columns + column + from, sums[r], row + r, column + from, columns, 16"
                + passed + ");");
        lines.add("        }");
        lines.add("    }");
        lines.add("    return;");
        lines.add("}");
        lines.add("for (int r = 0; r < " + PIXELS + " && first + r < out_width; r++) {");
        border(window).forEach(l -> lines.add("    " + l));
        lines.add("    " + store.row(epilogue, 2)
                + "(y + y_at + (row + r) * columns + column, sums, row + r, column, columns, n" + passed + ");");
        lines.add("}");
        return new Launch(
                program.define(
                        "depthwise_convolution",
                        MovementText.kernel(ProductText.with(epilogue, ProductText.WINDOW_PARAMETERS), lines)),
                List.of(
                        out.dim(2).ceilDiv(Dim.of(PIXELS)),
                        out.dim(0).times(out.dim(1)),
                        Dim.of(Panels.count(channels))),
                List.of(1, GROUP, 1),
                ProductText.and(
                        epilogue,
                        ProductText.windowArguments(
                                s, new Panels.Depthwise(s.filters()), Panels.start(s.bias(), 1, channels))));
    }

    /** Sums of pixels side by side whose windows end before the sides of the image, over 16 channels. */
    private static List<String> inside(Window2d window) {
        List<String> lines = new ArrayList<>();
        lines.add("const float16 begin = vload16(0, start + column + from);");
        for (int r = 0; r < PIXELS; r++) {
            lines.add("float16 s" + r + " = begin;");
        }
        lines.add("for (int h = first_line; h < last_line; h++) {");
        lines.add("    global const float *a = image + from + ((top + h * " + window.dilationHeight()
                + "L) * width + left) * channels;");
        lines.add("    global const float *weight = w + from + h * " + 32 * window.kernelWidth() + ";");
        for (int v = 0; v < window.kernelWidth(); v++) {
            lines.add("    const float16 w" + v + " = vload16(" + 2 * v + ", weight);");
            for (int r = 0; r < PIXELS; r++) {
                lines.add("    s" + r + " = fma(vload16(0, a + "
                        + (r * window.strideWidth() + v * window.dilationWidth()) + " * channels), w" + v + ", s" + r
                        + ");");
            }
        }
        lines.add("}");
        lines.add("float sums[" + PIXELS + "][16];");
        for (int r = 0; r < PIXELS; r++) {
            lines.add("vstore16(s" + r + ", 0, sums[" + r + "]);");
        }
        return lines;
    }

    /** The first tap of an axis that is inside of the image, and the one after the last. */
    private static List<String> range(String name, String start, String size, long dilation, long taps) {
        String more = dilation == 1 ? "" : " + " + (dilation - 1) + ") / " + dilation;
        String open = dilation == 1 ? "" : "(";
        return List.of(
                "const int first_" + name + " = max(" + open + "-(" + start + ")" + more + ", 0);",
                "const int last_" + name + " = min(" + open + "(int) " + size + " - (" + start + ")" + more + ", "
                        + taps + ");");
    }

    /** The sums of a pixel, over the taps that are inside of the image and the channels that are there. */
    private static List<String> border(Window2d window) {
        List<String> lines = new ArrayList<>();
        lines.add("const int place = left + r * " + window.strideWidth() + ";");
        lines.addAll(range("place", "place", "width", window.dilationWidth(), window.kernelWidth()));
        lines.add("float16 s0 = vload16(0, start + column), t0 = vload16(1, start + column);");
        lines.add("for (int h = first_line; h < last_line; h++) {");
        lines.add("    global const float *a = image + ((top + h * " + window.dilationHeight()
                + "L) * width + place) * channels;");
        lines.add("    for (int v = first_place; v < last_place; v++) {");
        lines.add("        global const float *tap = a + v * " + window.dilationWidth() + " * channels;");
        lines.add("        global const float *weight = w + (h * " + window.kernelWidth() + " + v) * 32;");
        lines.add("        if (n >= 16) {");
        lines.add("            s0 = fma(vload16(0, tap), vload16(0, weight), s0);");
        lines.add("        }");
        lines.add("        if (n == 32) {");
        lines.add("            t0 = fma(vload16(1, tap), vload16(1, weight), t0);");
        lines.add("        } else if (n % 16 != 0) {");
        lines.add("            float part[16];");
        lines.add("            for (int j = 0; j < 16; j++) {");
        lines.add("                part[j] = j < n % 16 ? tap[n / 16 * 16 + j] : 0;");
        lines.add("            }");
        lines.add("            if (n < 16) {");
        lines.add("                s0 = fma(vload16(0, part), vload16(0, weight), s0);");
        lines.add("            } else {");
        lines.add("                t0 = fma(vload16(0, part), vload16(1, weight), t0);");
        lines.add("            }");
        lines.add("        }");
        lines.add("    }");
        lines.add("}");
        lines.add("float sums[32];");
        lines.add("vstore16(s0, 0, sums);");
        lines.add("vstore16(t0, 1, sums);");
        return lines;
    }
}
