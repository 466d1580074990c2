package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Step;
import dev.lathe.ir.op.ArgFunction;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;

/** Running sums, the places of extremes, and sequences of numbers. */
final class ScanText {
    private static final int GROUP = 64;
    /** Sizes that one launch stores. */
    private static final int SIZES = 8;

    private final ProgramText program;
    private final ScalarText scalar;

    ScanText(ProgramText program) {
        this.program = program;
        this.scalar = program.expressions();
    }

    private static String stored(ElementType type) {
        return ClText.stored(type).orElseThrow();
    }

    /** A kernel with a work item for each line of {@code [outer, length, inner]}. */
    private Launch lines(String stem, String from, String to, Step.Making s, Dim[] sizes, List<String> body) {
        List<String> parameters = List.of(
                "const long n",
                "const long length",
                "const long inner",
                "global const " + from + " *x, const long x_at",
                "global " + to + " *y, const long y_at");
        Dim lines = sizes[0].times(sizes[2]);
        List<String> all = new ArrayList<>(MovementText.begin("i"));
        all.add("const long first = i / (uint) inner * length * inner + i % (uint) inner;");
        all.addAll(body);
        return new Launch(
                program.define(stem, MovementText.kernel(parameters, all)),
                List.of(lines),
                GROUP,
                List.of(
                        new Launch.Size(lines),
                        new Launch.Size(sizes[1]),
                        new Launch.Size(sizes[2]),
                        new Launch.Elements(s.reads().getFirst()),
                        new Launch.Elements(s.to())));
    }

    Launch arg(Step.ArgRows s) {
        ElementType type = s.x().type().element();
        String more = s.function() == ArgFunction.ARG_MAX ? "next > best" : "next < best";
        String equal = "next == best";
        if (type.isFloat()) {
            // NaN is greater than all numbers.
            more = s.function() == ArgFunction.ARG_MAX
                    ? "next > best || (isnan(next) && !isnan(best))"
                    : "next < best || (!isnan(next) && isnan(best))";
            equal = "next == best || (isnan(next) && isnan(best))";
        }
        List<String> lines = new ArrayList<>();
        lines.add("long place = 0;");
        lines.add("if (length > 0) {");
        lines.add("    " + ClText.computed(type) + " best = " + scalar.load(type, "x", "x_at + first") + ";");
        lines.add("    for (long j = 1; j < length; j++) {");
        lines.add("        const " + ClText.computed(type) + " next = "
                + scalar.load(type, "x", "x_at + first + j * inner") + ";");
        lines.add("        if (" + more + (s.selectLast() ? " || " + equal : "") + ") {");
        lines.add("            place = j;");
        lines.add("            best = next;");
        lines.add("        }");
        lines.add("    }");
        lines.add("}");
        lines.add("y[y_at + i] = place;");
        String stem = s.function().mnemonic() + "_" + type.text();
        return lines(stem, stored(type), "long", s, new Dim[] {s.outer(), s.length(), s.inner()}, lines);
    }

    Launch cumulate(Step.CumulateRows s) {
        ElementType type = s.x().type().element();
        boolean sum = s.function() == CumulativeFunction.CUM_SUM;
        // Sums of 16-bit floats are rounded where they are stored.
        ElementType computed = type == ElementType.F16 || type == ElementType.BF16 ? ElementType.F32 : type;
        String next = scalar.binary(sum ? BinaryFunction.ADD : BinaryFunction.MULTIPLY, computed, "all", "next")
                .orElseThrow();
        List<String> lines = new ArrayList<>();
        lines.add(ClText.computed(type) + " all = " + (sum ? "0" : "1") + ";");
        lines.add("for (long j = 0; j < length; j++) {");
        lines.add("    const long at = first + " + (s.reverse() ? "(length - 1 - j)" : "j") + " * inner;");
        lines.add("    const " + ClText.computed(type) + " next = " + scalar.load(type, "x", "x_at + at") + ";");
        String store = "    " + scalar.store(type, "y", "y_at + at", "all");
        if (s.exclusive()) {
            lines.add(store);
        }
        lines.add("    all = " + next + ";");
        if (!s.exclusive()) {
            lines.add(store);
        }
        lines.add("}");
        String stem = s.function().mnemonic() + "_" + type.text();
        return lines(stem, stored(type), stored(type), s, new Dim[] {s.outer(), s.length(), s.inner()}, lines);
    }

    Launch sequence(Step.Sequence s) {
        ElementType type = s.to().type().element();
        String stored = stored(type);
        String computed = ClText.computed(type);
        List<String> lines = new ArrayList<>(MovementText.begin("i"));
        lines.add("const " + computed + " from = " + scalar.load(type, "start", "start_at") + ";");
        lines.add("const " + computed + " step = " + scalar.load(type, "delta", "delta_at") + ";");
        String value = switch (type) {
            case F16, BF16, F32 -> "fma((float) i, step, from)";
            case F64 -> "from + i * step";
            default ->
                scalar.binary(
                                BinaryFunction.ADD,
                                type,
                                "from",
                                "("
                                        + scalar.binary(BinaryFunction.MULTIPLY, type, "(" + computed + ") i", "step")
                                                .orElseThrow()
                                        + ")")
                        .orElseThrow();
        };
        lines.add(scalar.store(type, "y", "y_at + i", value));
        List<String> parameters = List.of(
                "const long n",
                "global const " + stored + " *start, const long start_at",
                "global const " + stored + " *delta, const long delta_at",
                "global " + stored + " *y, const long y_at");
        Dim n = s.to().shape().elements();
        return new Launch(
                program.define("range_" + type.text(), MovementText.kernel(parameters, lines)),
                List.of(n),
                GROUP,
                List.of(
                        new Launch.Size(n),
                        new Launch.Elements(s.start()),
                        new Launch.Elements(s.delta()),
                        new Launch.Elements(s.to())));
    }

    /** Sizes as elements; none in a slot. */
    List<Launch> sizes(Step.StoreDims s) {
        List<Launch> all = new ArrayList<>();
        for (int at = 0; at < s.values().size() && !s.to().isInSlot(); at += SIZES) {
            List<Dim> part =
                    s.values().subList(at, Math.min(at + SIZES, s.values().size()));
            List<String> parameters = new ArrayList<>(List.of("global long *y, const long y_at"));
            List<Launch.Argument> arguments = new ArrayList<>(List.of(new Launch.Elements(s.to())));
            List<String> lines = new ArrayList<>(List.of("if (get_global_id(0) == 0) {"));
            for (int i = 0; i < part.size(); i++) {
                parameters.add("const long d" + i);
                arguments.add(new Launch.Size(part.get(i)));
                lines.add("    y[y_at + " + (at + i) + "] = d" + i + ";");
            }
            lines.add("}");
            all.add(new Launch(
                    program.define("sizes", MovementText.kernel(parameters, lines)),
                    List.of(Dim.ONE),
                    1,
                    List.copyOf(arguments)));
        }
        return all;
    }
}
