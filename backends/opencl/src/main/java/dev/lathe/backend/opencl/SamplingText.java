package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.op.GridPadding;
import dev.lathe.ir.op.GridSample;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.op.RoiAlign;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Kernels that read between elements. Positions are doubles where the device has them, as a position that is nearly
 * between two elements must be rounded to the right one.
 */
final class SamplingText {
    private final ProgramText program;
    private final ScalarText scalar;
    /** The type of positions and weights. */
    private final String real;

    SamplingText(ProgramText program, boolean doubles) {
        this.program = program;
        this.scalar = program.expressions();
        this.real = doubles ? "double" : "float";
    }

    private String number(double value) {
        return real.equals("double") ? Double.toString(value) : (float) value + "f";
    }

    private String reflected() {
        return program.define("reflected", """
            // A position that the borders throw back.
            REAL @(const REAL p, const REAL low, const REAL high) {
                const REAL range = high - low;
                if (range <= 0) {
                    return low;
                }
                if (p >= low && p <= high) {
                    return p;
                }
                const REAL beyond = p < low ? low - p : p - high;
                const REAL turns = floor(beyond / range);
                const REAL rest = beyond - turns * range;
                const bool even = fmod(turns, (REAL) 2) == 0;
                return (p < low) == even ? low + rest : high - rest;
            }
            """.replace("REAL", real));
    }

    /** The function from an entry of the grid to a position along an axis of {@code n} elements. */
    private String position(GridSample g) {
        String low = g.alignCorners() ? "0" : "(REAL) -0.5f";
        String high = g.alignCorners() ? "(REAL) (n - 1)" : "n - (REAL) 0.5f";
        String text = "REAL @(const REAL given, const long n) {\n"
                + "    const REAL normal = isnan(given) ? -1 : given;\n"
                + "    REAL p = "
                + (g.alignCorners() ? "(normal + 1) / 2 * (n - 1)" : "((normal + 1) * n - 1) / 2") + ";\n"
                + (g.mode() == ResizeMode.NEAREST ? "    p = rint(p);\n" : "");
        if (g.padding() == GridPadding.REFLECTION) {
            text += "    return isnan(p) ? p : " + reflected() + "(p, " + low + ", " + high + ");\n";
        } else if (g.padding() == GridPadding.BORDER && g.mode() != ResizeMode.CUBIC) {
            text += "    const REAL low = " + low + ", high = " + high + ";\n"
                    + "    return p >= low && p <= high ? p : clamp(p, (REAL) 0, (REAL) (n - 1));\n";
        } else {
            text += "    return p;\n";
        }
        return program.define(
                "position_" + g.mode().name().toLowerCase(Locale.ROOT), (text + "}\n").replace("REAL", real));
    }

    /** The function from a place to the element that stands there; -1 for zero. */
    private String inside(GridSample g) {
        String out = switch (g.padding()) {
            case ZEROS -> "-1";
            case BORDER -> "clamp(i, 0L, n - 1)";
            case REFLECTION ->
                "clamp((long) " + reflected() + "(i, "
                        + (g.alignCorners() ? "0, n - 1" : "(REAL) -0.5, n - (REAL) 0.5f") + "), 0L, n - 1)";
        };
        return program.define(
                "inside",
                ("long @(const long i, const long n) {\n    return i >= 0 && i < n ? i : " + out + ";\n}\n")
                        .replace("REAL", real));
    }

    /** The function for the weight of neighbour {@code k} at a fraction {@code t}. */
    private String weight(ResizeMode mode) {
        String text = switch (mode) {
            case NEAREST -> "    return 1;\n";
            case LINEAR -> "    return k == 0 ? 1 - t : t;\n";
            case CUBIC -> """
                    const REAL a = -0.75f;
                    const REAL d = k == 0 ? t + 1 : k == 1 ? t : k == 2 ? 1 - t : 2 - t;
                    return k == 1 || k == 2
                            ? ((a + 2) * d - (a + 3)) * d * d + 1
                            : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
                """;
        };
        return program.define(
                "weight_" + mode.name().toLowerCase(Locale.ROOT),
                ("REAL @(const int k, const REAL t) {\n" + text + "}\n").replace("REAL", real));
    }

    Launch grid(GridSample g, View x, View grid, View y) {
        ElementType type = x.type().element();
        ElementType entries = grid.type().element();
        int spatial = x.shape().rank() - 2;
        int taps = switch (g.mode()) {
            case NEAREST -> 1;
            case LINEAR -> 2;
            case CUBIC -> 4;
        };
        String stored = ElementKernel.stored(type);
        ElementKernel k = new ElementKernel(y.shape().elements())
                .reads("x", stored, x)
                .reads("grid", ElementKernel.stored(entries), grid)
                .writes("y", stored, y);
        k.coordinates("o", "y", spatial + 2);
        for (int a = 0; a < spatial; a++) {
            List<String> at = new ArrayList<>(List.of("o0"));
            for (int b = 0; b < spatial; b++) {
                at.add("o" + (2 + b));
            }
            at.add(String.valueOf(spatial - 1 - a));
            k.line("const " + real + " p" + a + " = " + position(g) + "("
                    + scalar.load(entries, "grid", ElementKernel.at("grid", at)) + ", x" + (2 + a) + ");");
            String first = g.mode() == ResizeMode.NEAREST ? "rint(p" + a + ")" : "floor(p" + a + ")";
            k.line("const long first" + a + " = (long) " + first + (g.mode() == ResizeMode.CUBIC ? " - 1" : "") + ";");
            k.line("const " + real + " t" + a + " = p" + a + " - floor(p" + a + ");");
        }
        StringBuilder finite = new StringBuilder("isfinite(p0)");
        for (int a = 1; a < spatial; a++) {
            finite.append(" && isfinite(p").append(a).append(')');
        }
        k.line(real + " sum = 0;");
        k.line("if (" + finite + ") {");
        StringBuilder weight = new StringBuilder("w0");
        List<String> at = new ArrayList<>(List.of("o0", "o1"));
        for (int a = 0; a < spatial; a++) {
            k.line("for (int k" + a + " = 0; k" + a + " < " + taps + "; k" + a + "++) {");
            k.line("const " + real + " w" + a + " = " + weight(g.mode()) + "(k" + a + ", t" + a + ");");
            k.line("const long i" + a + " = " + inside(g) + "(first" + a + " + k" + a + ", x" + (2 + a) + ");");
            k.line("if (i" + a + " < 0 || w" + a + " == 0) {");
            k.line("continue;");
            k.line("}");
            if (a > 0) {
                weight.append(" * w").append(a);
            }
            at.add("i" + a);
        }
        k.line("sum += " + weight + " * (" + scalar.load(type, "x", ElementKernel.at("x", at)) + ");");
        for (int a = 0; a <= spatial; a++) {
            k.line("}");
        }
        k.line(scalar.store(type, "y", "y_at + i", "(" + ClText.computed(type) + ") sum"));
        return k.launch(program, "grid_sample_" + g.mode().name().toLowerCase(Locale.ROOT) + "_" + type.text());
    }

    /** The function for the weight of a tap that starts at {@code tap}. */
    private String tapWeight() {
        return program.define("tap_weight", real.equals("double") ? """
            double @(global const int *tap) {
                return as_double((ulong) (uint) tap[2] << 32 | (uint) tap[1]);
            }
            """ : """
                float @(global const int *tap) {
                    return as_float(tap[1]);
                }
                """);
    }

    /** Sums of sums: the first axis innermost, so that numbers are added in the order of the reference. */
    Launch resample(Step.Resample s) {
        View x = s.x();
        View y = s.to();
        ElementType type = x.type().element();
        String stored = ElementKernel.stored(type);
        int rank = x.shape().rank();
        ElementKernel k = new ElementKernel(y.shape().elements())
                .reads("x", stored, x)
                .writes("y", stored, y)
                .taps("taps", s, real.equals("double"));
        k.coordinates("o", "y", rank);
        for (int a = 0; a < rank; a++) {
            k.line("global const int *axis" + a + " = "
                    + (a == 0 ? "taps" : "axis" + (a - 1) + " + axis" + (a - 1) + "[0]") + ";");
        }
        List<Integer> changing = IntStream.range(0, rank)
                .filter(a -> s.scales().isPresent()
                        || s.roi().isPresent()
                        || !x.shape().dim(a).equals(y.shape().dim(a)))
                .boxed()
                .toList();
        String outside = changing.stream()
                .map(a -> "axis" + a + "[2 + y" + a + " + o" + a + "] != 0")
                .collect(Collectors.joining(" || "));
        String computed = "(" + ClText.computed(type) + ") ";
        k.line("if (" + (outside.isEmpty() ? "false" : outside) + ") {");
        k.line(scalar.store(type, "y", "y_at + i", computed + number(s.op().extrapolation())));
        k.line("return;");
        k.line("}");
        List<String> at = new ArrayList<>();
        for (int a = 0; a < rank; a++) {
            at.add(changing.contains(a) ? "tap" + a + "[0]" : "o" + a);
        }
        for (int a : changing.reversed()) {
            String axis = "axis" + a;
            k.line(real + " sum" + a + " = 0;");
            k.line("for (int k = " + axis + "[1 + o" + a + "]; k < " + axis + "[2 + o" + a + "]; k++) {");
            k.line("global const int *tap" + a + " = " + axis + " + 2 + 2 * y" + a + " + 3 * k;");
        }
        String value = scalar.load(type, "x", ElementKernel.at("x", at));
        for (int a : changing) {
            k.line("sum" + a + " += (" + value + ") * " + tapWeight() + "(tap" + a + ");");
            k.line("}");
            value = "sum" + a;
        }
        String rounded = type.isFloat() ? value : "(long) rint((" + real + ") " + value + ")";
        k.line(scalar.store(type, "y", "y_at + i", computed + "(" + rounded + ")"));
        return k.launch(
                program, "resample_" + changing.stream().map(a -> a + "_").collect(Collectors.joining()) + type.text());
    }

    Launch roiAlign(RoiAlign r, View x, View rois, View images, View y) {
        ElementType type = x.type().element();
        ElementType box = rois.type().element();
        String offset = r.halfPixel() ? "(REAL) 0.5f" : "(REAL) 0";
        String stored = ElementKernel.stored(type);
        ElementKernel k = new ElementKernel(y.shape().elements())
                .reads("x", stored, x)
                .reads("rois", ElementKernel.stored(box), rois)
                .reads("images", ElementKernel.stored(images.type().element()), images)
                .writes("y", stored, y)
                .faults();
        k.coordinates("o", "y", 4);
        k.line("const long image = images[images_at + o0];");
        k.line("if (image < 0 || image >= x0) {");
        k.line(FaultText.note(program, "image", "x0"));
        k.line("return;");
        k.line("}");
        String[] names = {"left", "top", "right", "bottom"};
        for (int c = 0; c < 4; c++) {
            k.line(("const REAL " + names[c] + " = ("
                            + scalar.load(box, "rois", "rois_at + o0 * 4 + " + c) + ") * "
                            + number(r.spatialScale()) + " - " + offset + ";")
                    .replace("REAL", real));
        }
        String least = r.halfPixel() ? "(SIZE)" : "fmax(SIZE, (REAL) 1)";
        String text = """
            const REAL bin_height = %s / %dL;
            const REAL bin_width = %s / %dL;
            const long rows = %s;
            const long columns = %s;
            const REAL first_y = top + o2 * bin_height;
            const REAL first_x = left + o3 * bin_width;
            const REAL step_y = bin_height / rows;
            const REAL step_x = bin_width / columns;
            // Only samples near the image have something: a region may be much larger than it.
            const long from_y = near(floor((-1 - first_y) / step_y) - 1, 0, rows);
            const long end_y = near(ceil((x2 + 1 - first_y) / step_y) + 1, from_y, rows);
            const long from_x = near(floor((-1 - first_x) / step_x) - 1, 0, columns);
            const long end_x = near(ceil((x3 + 1 - first_x) / step_x) + 1, from_x, columns);
            REAL sum = 0;
            REAL best = end_y - from_y < rows || end_x - from_x < columns ? 0 : -INFINITY;
            for (long a = from_y; a < end_y; a++) {
            const REAL at_y = first_y + (a + (REAL) 0.5f) * bin_height / rows;
            for (long b = from_x; b < end_x; b++) {
            const REAL at_x = first_x + (b + (REAL) 0.5f) * bin_width / columns;
            const bool outside = at_y < -1 || at_y > x2 || at_x < -1 || at_x > x3;
            REAL py = fmax(at_y, (REAL) 0);
            REAL px = fmax(at_x, (REAL) 0);
            long row = outside ? 0 : min((long) py, x2 - 1);
            long column = outside ? 0 : min((long) px, x3 - 1);
            py = row >= x2 - 1 ? row : py;
            px = column >= x3 - 1 ? column : px;
            const REAL dy = py - row, dx = px - column;
            for (int corner = 0; corner < 4; corner++) {
            const long cy = min(row + corner / 2, x2 - 1), cx = min(column + corner %% 2, x3 - 1);
            const REAL w = outside ? 0 : (corner < 2 ? 1 - dy : dy) * (corner %% 2 == 0 ? 1 - dx : dx);
            const REAL v = w * (%s);
            sum += v;
            best = v > best || isnan(v) ? v : best;
            }
            }
            }
            const bool none = rows <= 0 || columns <= 0;
            """.formatted(
                        least.replace("SIZE", "bottom - top"),
                        r.height(),
                        least.replace("SIZE", "right - left"),
                        r.width(),
                        r.samplingRatio() > 0 ? r.samplingRatio() + "L" : "(long) ceil(bin_height)",
                        r.samplingRatio() > 0 ? r.samplingRatio() + "L" : "(long) ceil(bin_width)",
                        scalar.load(type, "x", ElementKernel.at("x", List.of("image", "o1", "cy", "cx"))));
        String near = program.define("near", """
            // The number of a sample, of so many from another on.
            long @(const REAL at, const long from, const long samples) {
                return (long) clamp(at, (REAL) from, (REAL) max(from, samples));
            }
            """.replace("REAL", real));
        k.lines(text.replace("REAL", real).replace("near(", near + "(").lines().toList());
        String result = r.max() ? "best" : "sum / ((" + real + ") rows * columns)";
        k.line(scalar.store(type, "y", "y_at + i", "(" + ClText.computed(type) + ") (none ? 0 : " + result + ")"));
        return k.launch(program, "roi_align_" + type.text());
    }
}
