package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.Step;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Kernels that move elements: a work item for each element of the result, or on CPUs for each line along the last axis,
 * as a place costs a division for each axis.
 */
final class MovementText {
    private static final int GROUP = 256;

    /** The work items of a group that have a line each. */
    private static final int LINES = 16;

    private final ProgramText program;
    private final boolean lines;

    /** @param lines whether a work item had better have a line than an element */
    MovementText(ProgramText program, boolean lines) {
        this.program = program;
        this.lines = lines;
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
        Axis line = lines && axes.size() > 1 ? axes.removeLast() : null;
        Dim items = axes.stream().map(Axis::size).reduce(Dim.ONE, Dim::times);
        String type = ClText.bits(bytes(s.from().type().element()));
        List<String> parameters = new ArrayList<>(List.of(
                "const long n",
                "global const " + type + " *x, const long x_at",
                "global " + type + " *y, const long y_at"));
        List<Launch.Argument> arguments = new ArrayList<>(
                List.of(new Launch.Size(items), new Launch.Elements(s.from()), new Launch.Elements(s.to())));
        List<String> text = new ArrayList<>(begin("i"));
        text.add("uint rest = i;");
        text.add("long from = x_at;");
        text.add("long to = y_at;");
        for (int k = axes.size() - 1; k >= 0; k--) {
            parameters.add("const long d" + k + ", const long x" + k + ", const long y" + k);
            arguments.addAll(sizes(axes.get(k)));
            String coordinate = k == 0 ? "rest" : "rest % (uint) d" + k;
            text.add("const long c" + k + " = " + coordinate + ";");
            if (k > 0) {
                text.add("rest /= (uint) d" + k + ";");
            }
            text.add("from += c" + k + " * x" + k + ";");
            text.add("to += c" + k + " * y" + k + ";");
        }
        if (line == null) {
            text.add("y[to] = x[from];");
        } else if (line.from.isConstant(1) && line.to.isConstant(1)) {
            parameters.add("const long length");
            arguments.add(new Launch.Size(line.size));
            text.addAll(RUN);
        } else {
            parameters.add("const long length, const long x_step, const long y_step");
            arguments.addAll(sizes(line));
            text.add("for (long k = 0; k < length; k++) {");
            text.add("    y[to + k * y_step] = x[from + k * x_step];");
            text.add("}");
        }
        String stem = line == null ? "copy_" : "copy_lines_";
        String name = program.define(stem + type + "_" + axes.size(), kernel(parameters, text));
        return new Launch(name, List.of(items), line == null ? GROUP : LINES, List.copyOf(arguments));
    }

    private static List<Launch.Argument> sizes(Axis axis) {
        return List.of(new Launch.Size(axis.size), new Launch.Size(axis.from), new Launch.Size(axis.to));
    }

    /** Copies {@code length} elements that follow each other. */
    private static final List<String> RUN = List.of(
            "long k = 0;",
            "for (; k + 16 <= length; k += 16) {",
            "    vstore16(vload16(0, x + from + k), 0, y + to + k);",
            "}",
            "for (; k < length; k++) {",
            "    y[to + k] = x[from + k];",
            "}");

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
        int last = lines && to.rank() > 1 ? to.rank() - 1 : to.rank();
        List<String> text = new ArrayList<>(begin("i"));
        text.add("uint rest = i;");
        text.add("long from = 0;");
        text.add("long stride = " + (last < to.rank() ? "from" + last : "1") + ";");
        text.add("bool inside = true;");
        text.add("long table = "
                + (from.rank() == 0
                        ? "0"
                        : String.join(
                                " + ",
                                IntStream.range(0, from.rank())
                                        .mapToObj(k -> "to" + k)
                                        .toList()))
                + ";");
        if (last < to.rank()) {
            text.add("table -= to" + last + ";");
            text.add("global const int *line = tables + table;");
        }
        for (int k = last - 1; k >= 0; k--) {
            text.add("table -= to" + k + ";");
            text.add("const int c" + k + " = tables[table + rest % (uint) to" + k + "];");
            text.add("rest /= (uint) to" + k + ";");
            text.add("inside = inside && c" + k + " >= 0;");
            text.add("from += c" + k + " * stride;");
            text.add("stride *= from" + k + ";");
        }
        long bits = s.fill().getBits(0)
                & (bytes(s.fill().element()) == 8
                        ? -1L
                        : (1L << s.fill().element().bits()) - 1);
        String fill = "(" + type + ") 0x" + Long.toHexString(bits) + "UL";
        if (last == to.rank()) {
            text.add("y[y_at + i] = inside ? x[x_at + from] : " + fill + "; // "
                    + s.fill().elementText(0));
        } else {
            text.add("const " + type + " fill = " + fill + "; // " + s.fill().elementText(0));
            text.add("for (long k = 0; k < to" + last + "; k++) {");
            text.add("    const int c = line[k];");
            text.add("    y[y_at + i * to" + last + " + k] = inside && c >= 0 ? x[x_at + from + c] : fill;");
            text.add("}");
        }
        Dim items = to.slice(0, last).elements();
        arguments.set(0, new Launch.Size(items));
        String stem = last < to.rank() ? "table_copy_lines_" : "table_copy_";
        String name = program.define(stem + type + "_" + from.rank(), kernel(parameters, text));
        return new Launch(name, List.of(items), last < to.rank() ? LINES : GROUP, List.copyOf(arguments));
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
