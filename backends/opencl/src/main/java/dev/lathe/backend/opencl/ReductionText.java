package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Step;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Reductions: a work item for each element of the result. Integers are summed up in 64 bits, small floats in 32. */
final class ReductionText {
    private static final int GROUP = 16;

    private final ProgramText program;
    private final ScalarText scalar;

    ReductionText(ProgramText program) {
        this.program = program;
        this.scalar = program.expressions();
    }

    List<Launch> reduce(Step.ReduceRows s) {
        List<Launch> all = new ArrayList<>();
        for (int i = 0; i < s.functions().size(); i++) {
            ReduceFunction f = s.functions().get(i);
            boolean rows = s.inner().isConstant(1) && s.x().type().element() == ElementType.F32;
            Dim results = s.outer().times(s.inner());
            List<Launch.Argument> arguments = new ArrayList<>(List.of(
                    new Launch.Size(results),
                    new Launch.Size(s.length()),
                    new Launch.Elements(s.x()),
                    new Launch.Elements(s.to().get(i))));
            if (!rows) {
                arguments.add(new Launch.Size(s.inner()));
            }
            String kernel = rows ? rows(f) : columns(f, s.x().type().element());
            all.add(new Launch(kernel, List.of(results), rows ? GROUP : 16 * GROUP, List.copyOf(arguments)));
        }
        return all;
    }

    /** The type in which a reduction is computed. */
    private static ElementType computed(ReduceFunction f, ElementType type) {
        return switch (f) {
            case REDUCE_SUM, REDUCE_MEAN, REDUCE_PROD ->
                type == ElementType.F64 ? type : type.isFloat() ? ElementType.F32 : ElementType.I64;
            case REDUCE_MIN, REDUCE_MAX -> type == ElementType.F16 || type == ElementType.BF16 ? ElementType.F32 : type;
        };
    }

    private static String start(ReduceFunction f, ElementType type) {
        return switch (f) {
            case REDUCE_SUM, REDUCE_MEAN -> "0";
            case REDUCE_MIN -> ClText.greatest(type);
            case REDUCE_MAX -> ClText.least(type);
            case REDUCE_PROD -> "1";
        };
    }

    /** {@code a} and {@code b} as one, for numbers and vectors of them. */
    private static String both(ReduceFunction f, ElementType type, String a, String b) {
        String nan = type.isFloat() ? " | isnan(" + a + ")" : "";
        String wide = type == ElementType.I64 ? "(ulong) " : "";
        return switch (f) {
            case REDUCE_SUM, REDUCE_MEAN -> wide + a + " + " + wide + b;
            case REDUCE_PROD -> wide + a + " * " + wide + b;
            case REDUCE_MIN -> "(" + a + " < " + b + ")" + nan + " ? " + a + " : " + b;
            case REDUCE_MAX -> "(" + a + " > " + b + ")" + nan + " ? " + a + " : " + b;
        };
    }

    private static String result(ReduceFunction f, ElementType type) {
        return f != ReduceFunction.REDUCE_MEAN
                ? "all"
                : type.isFloat() ? "all / length" : "length == 0 ? all : all / length";
    }

    private String rows(ReduceFunction f) {
        ElementType type = ElementType.F32;
        List<String> lines = new ArrayList<>(MovementText.begin("i"));
        lines.add("global const float *row = x + x_at + i * length;");
        lines.add("float16 parts = " + start(f, type) + ";");
        lines.add("long k = 0;");
        lines.add("for (; k + 16 <= length; k += 16) {");
        lines.add("    const float16 next = vload16(0, row + k);");
        lines.add("    parts = " + both(f, type, "parts", "next") + ";");
        lines.add("}");
        lines.add("float part[16];");
        lines.add("vstore16(parts, 0, part);");
        lines.add("float all = " + start(f, type) + ";");
        lines.add("for (int j = 0; j < 16; j++) {");
        lines.add("    all = " + both(f, type, "all", "part[j]") + ";");
        lines.add("}");
        lines.add("for (; k < length; k++) {");
        lines.add("    all = " + both(f, type, "all", "row[k]") + ";");
        lines.add("}");
        lines.add("y[y_at + i] = " + result(f, type) + ";");
        return program.define(
                f.mnemonic() + "_rows",
                MovementText.kernel(
                        List.of(
                                "const long n",
                                "const long length",
                                "global const float *x, const long x_at",
                                "global float *y, const long y_at"),
                        lines));
    }

    private String columns(ReduceFunction f, ElementType type) {
        String stored = ClText.stored(type).orElseThrow();
        ElementType computed = computed(f, type);
        String word = ClText.computed(computed);
        List<String> lines = new ArrayList<>(MovementText.begin("i"));
        lines.add("const long first = x_at + i / (uint) inner * length * inner + i % (uint) inner;");
        lines.add(word + " all = " + start(f, computed) + ";");
        lines.add("for (long k = 0; k < length; k++) {");
        lines.add("    const " + word + " next = " + scalar.load(type, "x", "first + k * inner") + ";");
        lines.add("    all = " + both(f, computed, "all", "next") + ";");
        lines.add("}");
        lines.add(scalar.store(type, "y", "y_at + i", result(f, computed)));
        return program.define(
                f.mnemonic() + "_columns_" + type.text(),
                MovementText.kernel(
                        List.of(
                                "const long n",
                                "const long length",
                                "global const " + stored + " *x, const long x_at",
                                "global " + stored + " *y, const long y_at",
                                "const long inner"),
                        lines));
    }
}
