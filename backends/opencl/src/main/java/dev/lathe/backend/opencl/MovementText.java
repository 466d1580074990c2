package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Step;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Kernels that move elements: a work item for each element of the result. */
final class MovementText {
    private static final int GROUP = 256;

    private final ProgramText program;

    MovementText(ProgramText program) {
        this.program = program;
    }

    private static int bytes(ElementType type) {
        return type.bits() / 8;
    }

    /** An axis with its strides in two views. */
    private record Axis(Dim size, Dim from, Dim to) {
        /** Both as one axis, if elements of {@code inner} follow those of this one in both views; else null. */
        boolean joins(Axis inner) {
            return from.equals(inner.from.times(inner.size)) && to.equals(inner.to.times(inner.size));
        }
    }

    Launch copy(Step.Copy s) {
        List<Axis> axes = new ArrayList<>();
        for (int i = 0; i < s.from().shape().rank(); i++) {
            Axis axis = new Axis(
                    s.from().shape().dim(i),
                    s.from().strides().get(i),
                    s.to().strides().get(i));
            if (axis.size.isConstant(1)) {
                continue;
            }
            if (!axes.isEmpty() && axes.getLast().joins(axis)) {
                Axis outer = axes.removeLast();
                axis = new Axis(outer.size.times(axis.size), axis.from, axis.to);
            }
            axes.add(axis);
        }
        String type = ClText.bits(bytes(s.from().type().element()));
        List<String> parameters = new ArrayList<>(List.of(
                "const long n",
                "global const " + type + " *x, const long x_at",
                "global " + type + " *y, const long y_at"));
        List<Launch.Argument> arguments = new ArrayList<>(List.of(
                new Launch.Size(s.from().shape().elements()),
                new Launch.Elements(s.from()),
                new Launch.Elements(s.to())));
        List<String> lines = new ArrayList<>(begin("i"));
        lines.add("uint rest = i;");
        lines.add("long from = x_at;");
        lines.add("long to = y_at;");
        for (int k = axes.size() - 1; k >= 0; k--) {
            parameters.add("const long d" + k + ", const long x" + k + ", const long y" + k);
            arguments.add(new Launch.Size(axes.get(k).size));
            arguments.add(new Launch.Size(axes.get(k).from));
            arguments.add(new Launch.Size(axes.get(k).to));
            String coordinate = k == 0 ? "rest" : "rest % (uint) d" + k;
            lines.add("const long c" + k + " = " + coordinate + ";");
            if (k > 0) {
                lines.add("rest /= (uint) d" + k + ";");
            }
            lines.add("from += c" + k + " * x" + k + ";");
            lines.add("to += c" + k + " * y" + k + ";");
        }
        lines.add("y[to] = x[from];");
        String name = program.define("copy_" + type + "_" + axes.size(), kernel(parameters, lines));
        return new Launch(name, List.of(s.from().shape().elements()), GROUP, List.copyOf(arguments));
    }

    Launch tableCopy(Step.TableCopy s) {
        Shape from = s.from().shape();
        Shape to = s.to().shape();
        String type = ClText.bits(bytes(s.from().type().element()));
        List<String> parameters = new ArrayList<>(List.of(
                "const long n",
                "global const " + type + " *x, const long x_at",
                "global " + type + " *y, const long y_at",
                "global const int *tables"));
        List<Launch.Argument> arguments = new ArrayList<>(List.of(
                new Launch.Size(to.elements()),
                new Launch.Elements(s.from()),
                new Launch.Elements(s.to()),
                new Launch.Tables(s.tables())));
        IntStream.range(0, from.rank()).forEach(k -> {
            parameters.add("const long from" + k + ", const long to" + k);
            arguments.add(new Launch.Size(from.dim(k)));
            arguments.add(new Launch.Size(to.dim(k)));
        });
        List<String> lines = new ArrayList<>(begin("i"));
        lines.add("uint rest = i;");
        lines.add("long from = 0;");
        lines.add("long stride = 1;");
        lines.add("bool inside = true;");
        lines.add("long table = "
                + (from.rank() == 0
                        ? "0"
                        : String.join(
                                " + ",
                                IntStream.range(0, from.rank())
                                        .mapToObj(k -> "to" + k)
                                        .toList()))
                + ";");
        for (int k = from.rank() - 1; k >= 0; k--) {
            lines.add("table -= to" + k + ";");
            lines.add("const int c" + k + " = tables[table + rest % (uint) to" + k + "];");
            lines.add("rest /= (uint) to" + k + ";");
            lines.add("inside = inside && c" + k + " >= 0;");
            lines.add("from += c" + k + " * stride;");
            lines.add("stride *= from" + k + ";");
        }
        long fill = s.fill().getBits(0)
                & (bytes(s.fill().element()) == 8
                        ? -1L
                        : (1L << s.fill().element().bits()) - 1);
        lines.add("y[y_at + i] = inside ? x[x_at + from] : (" + type + ") 0x" + Long.toHexString(fill) + "UL; // "
                + s.fill().elementText(0));
        String name = program.define("table_copy_" + type + "_" + from.rank(), kernel(parameters, lines));
        return new Launch(name, List.of(to.elements()), GROUP, List.copyOf(arguments));
    }

    /** The number of this work item, of which there may be more than elements. */
    static List<String> begin(String name) {
        return List.of("const uint " + name + " = get_global_id(0);", "if (" + name + " >= n) {", "    return;", "}");
    }

    static String kernel(List<String> parameters, List<String> lines) {
        return "kernel void " + ProgramText.NAME + ProgramText.parameters(parameters) + " {\n"
                + ProgramText.lines(1, lines) + "}\n";
    }
}
