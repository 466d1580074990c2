package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Attention in one kernel: a work item has some rows of queries, and goes over the keys in blocks of 16. Of the scores
 * only those of a block exist. What it has summed up is scaled anew when a larger score comes, so that no exponential
 * overflows.
 */
final class AttentionText {
    /** The scores of a row in a block, as a vector. */
    private static final int KEYS = 16;
    /** Vectors with what was summed up of the values that leave room in 32 registers. */
    private static final int SUMS = 16;
    /** The longest rows of queries, keys and values: more are better off as products. */
    private static final long MOST_DEPTH = 256;

    private static final int GROUP = 4;
    private static final int LEAN_GROUP = 64;

    private final ProgramText program;
    private final boolean lean;

    /** @param lean whether work items have few registers, as on GPUs: one row for each, and no sums side by side */
    AttentionText(ProgramText program, boolean lean) {
        this.program = program;
        this.lean = lean;
    }

    /** Whether the kernel can be written: rows are spelled out in it. */
    static boolean takes(ScaledDotProductAttention a) {
        return isShort(a.q().tensorType().dim(3)) && isShort(a.v().tensorType().dim(3));
    }

    private static boolean isShort(Dim d) {
        return d.isConstant() && d.constant() > 0 && d.constant() <= MOST_DEPTH;
    }

    /** {@code count} floats from {@code from} on as vectors of 16, the last filled up with zeros. */
    private static List<String> vectors(String from, int count) {
        List<String> all = new ArrayList<>();
        for (int at = 0; at < count; at += 16) {
            int first = at;
            all.add(
                    count - at >= 16
                            ? "vload16(0, " + from + " + " + at + ")"
                            : "(float16)("
                                    + IntStream.range(0, 16)
                                            .mapToObj(i -> first + i < count ? from + "[" + (first + i) + "]" : "0")
                                            .collect(Collectors.joining(", "))
                                    + ")");
        }
        return all;
    }

    private static final String PAIR_SUMS = """
        // The sums of neighbours in x, then those in y.
        float16 @(const float16 x, const float16 y) {
            return (float16)(x.even + x.odd, y.even + y.odd);
        }
        """;

    private static final String SUM = """
        float @(const float16 x) {
            const float8 eight = x.lo + x.hi;
            const float4 four = eight.lo + eight.hi;
            return four.x + four.y + four.z + four.w;
        }
        """;

    Launch launch(Step.Attention s) {
        Shape q = s.q().shape();
        Shape to = s.to().shape();
        int depth = Math.toIntExact(q.dim(3).constant());
        int width = Math.toIntExact(s.v().shape().dim(3).constant());
        int wide = Math.ceilDiv(width, 16);
        int rows = lean || q.dim(2).isConstant(1) ? 1 : Math.clamp(SUMS / wide, 1, 4);
        boolean masked = s.mask().isPresent();
        List<String> parameters = new ArrayList<>(List.of(
                "const long batches", "const long heads", "const long rows", "const long keys", "const float scale"));
        List<Launch.Argument> arguments = new ArrayList<>(List.of(
                new Launch.Size(q.dim(0)),
                new Launch.Size(q.dim(1)),
                new Launch.Size(q.dim(2)),
                new Launch.Size(s.k().shape().dim(2)),
                new Launch.LaunchNumber((float) s.scale())));
        operand("q", s.q(), 3, parameters, arguments);
        operand("k", s.k(), 3, parameters, arguments);
        operand("v", s.v(), 3, parameters, arguments);
        s.mask().ifPresent(m -> operand("mask", m, 4, parameters, arguments));
        operand("y", s.to(), 3, parameters, arguments);

        List<String> lines = new ArrayList<>();
        lines.add("const long tiles = (rows + " + (rows - 1) + ") / " + rows + ";");
        lines.add("const long first = get_global_id(0) % tiles * " + rows + ";");
        lines.add("const long head = get_global_id(0) / tiles % heads;");
        lines.add("const long batch = get_global_id(0) / tiles / heads;");
        lines.add("if (batch >= batches) {");
        lines.add("    return;");
        lines.add("}");
        lines.add("global const float *ks = k + k_at + batch * k0 + head * k1;");
        lines.add("global const float *vs = v + v_at + batch * v0 + head * v1;");
        for (int r = 0; r < rows; r++) {
            String row = r == 0 ? "first" : "min(first + " + r + ", rows - 1)";
            lines.add("global const float *q_" + r + " = q + q_at + batch * q0 + head * q1 + " + row + " * q2;");
            if (masked) {
                lines.add("global const float *m_" + r + " = mask + mask_at + batch * mask0 + head * mask1 + " + row
                        + " * mask2;");
            }
            lines.add("float largest" + r + " = -INFINITY;");
            lines.add("float16 total" + r + " = 0;");
            for (int c = 0; c < wide; c++) {
                lines.add("float16 s" + r + "_" + c + " = 0;");
            }
        }
        lines.add("for (long t = 0; t < keys; t += 16) {");
        lines.add("    const int n = min(keys - t, 16L);");
        for (int r = 0; r < rows; r++) {
            lines.add("    float w" + r + "[16];");
            if (!lean) {
                lines.add("    float16 d" + r + "[16];");
            }
        }
        lines.add("    for (int j = 0; j < 16; j++) {");
        lines.add("        global const float *key = ks + (t + min(j, n - 1)) * k2;");
        List<String> keys = vectors("key", depth);
        for (int c = 0; c < keys.size(); c++) {
            lines.add("        const float16 k_" + c + " = " + keys.get(c) + ";");
        }
        for (int r = 0; r < rows; r++) {
            List<String> own = vectors("q_" + r, depth);
            String sum = own.getFirst() + " * k_0";
            for (int c = 1; c < own.size(); c++) {
                sum = "fma(" + own.get(c) + ", k_" + c + ", " + sum + ")";
            }
            lines.add("        "
                    + (lean
                            ? "w" + r + "[j] = " + program.define("sum_of", SUM) + "(" + sum + ") * scale;"
                            : "d" + r + "[j] = " + sum + ";"));
        }
        lines.add("    }");
        for (int r = 0; r < rows; r++) {
            if (!lean) {
                products(r, program.define("pair_sums", PAIR_SUMS)).forEach(l -> lines.add("    " + l));
            }
            for (String line : weights(r, masked, wide)) {
                lines.add("    " + line);
            }
        }
        lines.add("    for (int j = 0; j < n; j++) {");
        lines.add("        global const float *value = vs + (t + j) * v2;");
        List<String> values = vectors("value", width);
        for (int c = 0; c < wide; c++) {
            lines.add("        const float16 v_" + c + " = " + values.get(c) + ";");
        }
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < wide; c++) {
                String sum = "s" + r + "_" + c;
                lines.add("        " + sum + " = fma((float16) w" + r + "[j], v_" + c + ", " + sum + ");");
            }
        }
        lines.add("    }");
        lines.add("}");
        lines.add("float all[" + 16 * wide + "];");
        for (int r = 0; r < rows; r++) {
            lines.addAll(store(r, wide, width));
        }
        return new Launch(
                program.define("attention", MovementText.kernel(parameters, lines)),
                List.of(to.dim(0).times(to.dim(1)).times(to.dim(2).ceilDiv(Dim.of(rows)))),
                lean ? LEAN_GROUP : GROUP,
                List.copyOf(arguments));
    }

    private static void operand(
            String name, View v, int strides, List<String> parameters, List<Launch.Argument> arguments) {
        String constant = name.equals("y") ? "" : "const ";
        parameters.add("global " + constant + "float *" + name + ", const long " + name + "_at");
        arguments.add(new Launch.Elements(v));
        for (int i = 0; i < strides; i++) {
            parameters.add("const long " + name + i);
            arguments.add(new Launch.Size(v.strides().get(i)));
        }
    }

    /** From the products of row {@code r} with 16 keys, element by element, to the scores {@code w}. */
    private static List<String> products(int r, String pairs) {
        List<String> lines = new ArrayList<>();
        lines.add("for (int j = " + KEYS + " / 2; j > 0; j /= 2) {");
        lines.add("    for (int i = 0; i < j; i++) {");
        lines.add("        d" + r + "[i] = " + pairs + "(d" + r + "[2 * i], d" + r + "[2 * i + 1]);");
        lines.add("    }");
        lines.add("}");
        lines.add("vstore16(d" + r + "[0] * scale, 0, w" + r + ");");
        return lines;
    }

    /** From the scores of row {@code r} to the weights of the values, both in {@code w}. */
    private static List<String> weights(int r, boolean masked, int wide) {
        List<String> lines = new ArrayList<>();
        lines.add("for (int j = 0; j < 16; j++) {");
        String score = "w" + r + "[j]" + (masked ? " + m_" + r + "[(t + j) * mask3]" : "");
        lines.add("    w" + r + "[j] = j < n ? " + score + " : -INFINITY;");
        lines.add("}");
        lines.add("const float16 scores" + r + " = vload16(0, w" + r + ");");
        lines.add("const float8 eight" + r + " = fmax(scores" + r + ".lo, scores" + r + ".hi);");
        lines.add("const float4 four" + r + " = fmax(eight" + r + ".lo, eight" + r + ".hi);");
        lines.add("const float most" + r + " = fmax(largest" + r + ", fmax(fmax(four" + r + ".x, four" + r
                + ".y), fmax(four" + r + ".z, four" + r + ".w)));");
        lines.add("// Before the first score that is no negative infinity all weights are 0.");
        lines.add("const float base" + r + " = most" + r + " == -INFINITY ? 0 : most" + r + ";");
        lines.add("const float factor" + r + " = exp(largest" + r + " - base" + r + ");");
        lines.add("largest" + r + " = most" + r + ";");
        lines.add("const float16 e" + r + " = exp(scores" + r + " - base" + r + ");");
        lines.add("total" + r + " = total" + r + " * factor" + r + " + e" + r + ";");
        lines.add("vstore16(e" + r + ", 0, w" + r + ");");
        for (int c = 0; c < wide; c++) {
            lines.add("s" + r + "_" + c + " *= factor" + r + ";");
        }
        return lines;
    }

    private static List<String> store(int r, int wide, int width) {
        List<String> lines = new ArrayList<>();
        lines.add((r == 0 ? "if (first < rows) {" : "if (first + " + r + " < rows) {"));
        lines.add("    const float8 eight = total" + r + ".lo + total" + r + ".hi;");
        lines.add("    const float4 four = eight.lo + eight.hi;");
        lines.add("    const float total = four.x + four.y + four.z + four.w;");
        lines.add("    const float factor = keys == 0 ? 0 : 1 / total;");
        for (int c = 0; c < wide; c++) {
            lines.add("    vstore16(s" + r + "_" + c + " * factor, " + c + ", all);");
        }
        lines.add("    global float *to = y + y_at + batch * y0 + head * y1 + (first + " + r + ") * y2;");
        lines.add("    for (int j = 0; j < " + width + "; j++) {");
        lines.add("        to[j] = all[j];");
        lines.add("    }");
        lines.add("}");
        return lines;
    }
}
