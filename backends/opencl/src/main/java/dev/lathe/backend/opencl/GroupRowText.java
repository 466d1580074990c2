package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.type.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Softmax, layer norm and reductions of rows for GPUs: a group has a row, its work items read neighbours, and what they
 * found is joined in local memory.
 */
final class GroupRowText {
    private static final int GROUP = 128;

    private static final String JOIN = """
        // %s over the work items of a group.
        float @(const float own, local float *all) {
            const int item = get_local_id(0);
            barrier(CLK_LOCAL_MEM_FENCE);
            all[item] = own;
            for (int step = %d; step > 0; step /= 2) {
                barrier(CLK_LOCAL_MEM_FENCE);
                if (item < step) {
                    const float a = all[item], b = all[item + step];
                    all[item] = %s;
                }
            }
            barrier(CLK_LOCAL_MEM_FENCE);
            return all[0];
        }
        """;

    private final ProgramText program;

    GroupRowText(ProgramText program) {
        this.program = program;
    }

    private String join(ReduceFunction f) {
        return switch (f) {
            case REDUCE_SUM, REDUCE_MEAN -> program.define("group_sum", JOIN.formatted("The sum", GROUP / 2, "a + b"));
            case REDUCE_PROD -> program.define("group_product", JOIN.formatted("The product", GROUP / 2, "a * b"));
            case REDUCE_MIN ->
                program.define("group_min", JOIN.formatted("The least", GROUP / 2, "a < b || isnan(a) ? a : b"));
            case REDUCE_MAX ->
                program.define("group_max", JOIN.formatted("The greatest", GROUP / 2, "a > b || isnan(a) ? a : b"));
        };
    }

    private Launch launch(
            String stem, Dim rows, List<String> parameters, List<String> body, List<Launch.Argument> own) {
        List<String> all = new ArrayList<>(List.of("const long n", "const long length"));
        all.addAll(parameters);
        List<String> lines = new ArrayList<>();
        lines.add("local float shared[" + GROUP + "];");
        lines.add("const long row = get_group_id(0);");
        lines.add("const int item = get_local_id(0);");
        lines.addAll(body);
        List<Launch.Argument> arguments = new ArrayList<>(List.of(new Launch.Size(rows)));
        arguments.addAll(own);
        String text = "kernel __attribute__((reqd_work_group_size(" + GROUP + ", 1, 1)))\nvoid " + ProgramText.NAME
                + ProgramText.parameters(all) + " {\n" + ProgramText.lines(1, lines) + "}\n";
        return new Launch(
                program.define(stem, text), List.of(rows.times(Dim.of(GROUP))), List.of(GROUP), List.copyOf(arguments));
    }

    /** A reduction of floats along the last axis. */
    Launch reduce(ReduceFunction f, Step.ReduceRows s, int number) {
        String start = switch (f) {
            case REDUCE_SUM, REDUCE_MEAN -> "0";
            case REDUCE_PROD -> "1";
            case REDUCE_MIN -> "INFINITY";
            case REDUCE_MAX -> "-INFINITY";
        };
        String next = switch (f) {
            case REDUCE_SUM, REDUCE_MEAN -> "own + a";
            case REDUCE_PROD -> "own * a";
            case REDUCE_MIN -> "own < a || isnan(own) ? own : a";
            case REDUCE_MAX -> "own > a || isnan(own) ? own : a";
        };
        List<String> body = new ArrayList<>();
        body.add("float own = " + start + ";");
        body.add("for (long k = item; k < length; k += " + GROUP + ") {");
        body.add("    const float a = x[x_at + row * length + k];");
        body.add("    own = " + next + ";");
        body.add("}");
        body.add("const float all = " + join(f) + "(own, shared);");
        body.add("if (item == 0) {");
        body.add("    y[y_at + row] = all" + (f == ReduceFunction.REDUCE_MEAN ? " / length;" : ";"));
        body.add("}");
        return launch(
                f.mnemonic() + "_group",
                s.outer(),
                List.of("global const float *x, const long x_at", "global float *y, const long y_at"),
                body,
                List.of(
                        new Launch.Size(s.length()),
                        new Launch.Elements(s.x()),
                        new Launch.Elements(s.to().get(number))));
    }

    Launch softmax(Step.SoftmaxRows s) {
        List<String> body = new ArrayList<>();
        body.add("global const float *from = x + x_at + row * length;");
        body.add("global float *to = y + y_at + row * length;");
        body.add("float own = -INFINITY;");
        body.add("for (long k = item; k < length; k += " + GROUP + ") {");
        body.add("    own = own > from[k] || isnan(own) ? own : from[k];");
        body.add("}");
        body.add("const float largest = " + join(ReduceFunction.REDUCE_MAX) + "(own, shared);");
        body.add("float part = 0;");
        body.add("for (long k = item; k < length; k += " + GROUP + ") {");
        body.add("    const float e = exp(from[k] - largest);");
        body.add("    part += e;");
        body.add("    to[k] = e;");
        body.add("}");
        body.add("const float factor = 1 / " + join(ReduceFunction.REDUCE_SUM) + "(part, shared);");
        body.add("for (long k = item; k < length; k += " + GROUP + ") {");
        body.add("    to[k] *= factor;");
        body.add("}");
        return launch(
                "softmax_group",
                s.rows(),
                List.of("global const float *x, const long x_at", "global float *y, const long y_at"),
                body,
                List.of(new Launch.Size(s.length()), new Launch.Elements(s.x()), new Launch.Elements(s.to())));
    }

    Launch layerNorm(Step.LayerNormRows s) {
        List<String> parameters =
                new ArrayList<>(List.of("const float epsilon", "global const float *x, const long x_at"));
        List<Launch.Argument> arguments = new ArrayList<>(List.of(
                new Launch.Size(s.length()), new Launch.LaunchNumber((float) s.epsilon()), new Launch.Elements(s.x())));
        String scale = operand("scale", s.scale(), parameters, arguments);
        String bias = operand("bias", s.bias(), parameters, arguments);
        parameters.add("global float *y, const long y_at");
        arguments.add(new Launch.Elements(s.to()));
        String sum = join(ReduceFunction.REDUCE_SUM);
        List<String> body = new ArrayList<>();
        body.add("global const float *from = x + x_at + row * length;");
        body.add("float part = 0;");
        body.add("for (long k = item; k < length; k += " + GROUP + ") {");
        body.add("    part += from[k];");
        body.add("}");
        body.add("const float mean = " + sum + "(part, shared) / length;");
        body.add("part = 0;");
        body.add("for (long k = item; k < length; k += " + GROUP + ") {");
        body.add("    part += (from[k] - mean) * (from[k] - mean);");
        body.add("}");
        body.add("const float factor = 1 / sqrt(" + sum + "(part, shared) / length + epsilon);");
        body.add("for (long k = item; k < length; k += " + GROUP + ") {");
        body.add("    y[y_at + row * length + k] = (from[k] - mean) * factor" + (scale.isEmpty() ? "" : " * " + scale)
                + (bias.isEmpty() ? "" : " + " + bias) + ";");
        body.add("}");
        return launch("layer_norm_group", s.rows(), parameters, body, arguments);
    }

    /** The element of an operand for column {@code k}; empty if it is not there. */
    private static String operand(
            String name, Optional<View> view, List<String> parameters, List<Launch.Argument> arguments) {
        view.ifPresent(v -> {
            parameters.add("global const float *" + name + ", const long " + name + "_at");
            arguments.add(new Launch.Elements(v));
        });
        return view.isPresent() ? name + "[" + name + "_at + k]" : "";
    }
}
