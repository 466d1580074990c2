package dev.lathe.backend.opencl;

import dev.lathe.backend.device.CallMemory;
import dev.lathe.backend.device.Launch;
import dev.lathe.backend.plan.ElementwiseKernel;
import dev.lathe.backend.plan.ElementwiseKernel.Operand;
import dev.lathe.backend.plan.ElementwiseKernel.Rows;
import dev.lathe.backend.plan.Step;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Elementwise ops as kernels with a work item for each element, and as functions that products call. */
final class PointwiseText {
    private static final int GROUP = 256;
    /** The rows of a group, where a work item makes one. */
    private static final int ROWS = 8;

    private final ProgramText program;
    private final ScalarText scalar;
    private final boolean lines;

    /**
     * @param halves whether the device computes with halves
     * @param lines whether a work item makes a row where operands repeat along rows: compilers for CPUs make vectors of
     *     such a loop, and none of a column that is a remainder
     */
    PointwiseText(ProgramText program, boolean halves, boolean lines) {
        this.program = program;
        this.lines = lines;
        this.scalar = program.expressions(halves);
    }

    /**
     * Whether each op has an expression.
     *
     * @param doubles whether doubles have one
     */
    static boolean supports(List<Node> nodes, boolean doubles) {
        ScalarText text = new ScalarText(EnumSet.noneOf(ScalarText.Function.class), false);
        for (Node n : nodes) {
            ElementType result = n.result().tensorType().element();
            if (!doubles
                    && Stream.concat(Stream.of(n.result()), n.op().operands().stream())
                            .anyMatch(v -> v.tensorType().element() == ElementType.F64)) {
                return false;
            }
            if (n.op() instanceof Constant c) {
                if (ClText.stored(result).isEmpty() || c.value().size() != 1) {
                    return false;
                }
                continue;
            }
            List<Value> in = n.op().operands();
            List<ElementType> types =
                    in.stream().map(v -> v.tensorType().element()).toList();
            if (text.expression(n.op(), result, types, in.stream().map(_ -> "x").toList())
                    .isEmpty()) {
                return false;
            }
        }
        return true;
    }

    Launch launch(Step.Pointwise s) {
        ElementwiseKernel k = s.kernel();
        boolean oneRow = s.rows().isConstant(1);
        boolean oneColumn = s.columns().isConstant(1);
        boolean rows = k.operands().stream().anyMatch(o -> needsRow(o) && !oneRow);
        boolean columns = k.operands().stream().anyMatch(o -> needsColumn(o) && !oneColumn);
        ElementType type = k.result().tensorType().element();
        boolean byRow = lines && columns && !oneRow;
        Dim items = byRow ? s.rows() : s.rows().times(s.columns());
        List<String> parameters = new ArrayList<>(List.of("const long n"));
        List<Launch.Argument> arguments = new ArrayList<>(List.of(new Launch.Size(items)));
        if (rows && !oneColumn || columns && !oneRow) {
            parameters.add("const long columns");
            arguments.add(new Launch.Size(s.columns()));
        }
        parameters.add("global " + ClText.stored(type).orElseThrow() + " *y, const long y_at");
        arguments.add(new Launch.Elements(s.to()));
        parameters.addAll(parameters(k));
        arguments.addAll(arguments(k));
        List<String> body = new ArrayList<>();
        if (byRow) {
            body.add("const ulong i = (ulong) row * columns + column;");
        }
        if (!byRow && rows) {
            body.add("const uint row = " + (oneColumn ? "i;" : "i / (uint) columns;"));
        }
        if (!byRow && columns) {
            body.add("const uint column = " + (oneRow ? "i;" : "i % (uint) columns;"));
        }
        Map<Value, String> names = new IdentityHashMap<>();
        for (int i = 0; i < k.operands().size(); i++) {
            load(k.operands().get(i), i, oneRow, oneColumn, "i", names, body);
        }
        compute(k.nodes(), names, body);
        body.add(scalar.store(type, "y", "y_at + i", name(names, k.result())));
        String item = byRow ? "row" : "i";
        String text = "kernel void " + ProgramText.NAME + ProgramText.parameters(parameters) + " {\n"
                + ProgramText.lines(
                        1,
                        List.of(
                                "const uint " + item + " = get_global_id(0);",
                                "if (" + item + " >= n) {",
                                "    return;",
                                "}"))
                + (byRow ? ProgramText.lines(1, List.of("for (long column = 0; column < columns; column++) {")) : "")
                + ProgramText.lines(byRow ? 2 : 1, body)
                + (byRow ? ProgramText.lines(1, List.of("}")) : "")
                + "}\n";
        return new Launch(
                program.define("each_" + stem(k), text), List.of(items), byRow ? ROWS : GROUP, List.copyOf(arguments));
    }

    private static String stem(ElementwiseKernel k) {
        List<String> ops = k.nodes().stream()
                .filter(n -> !(n.op() instanceof Constant))
                .map(n -> n.op().mnemonic())
                .toList();
        return ops.size() <= 3 ? String.join("_", ops) : ops.getFirst() + "_to_" + ops.getLast();
    }

    private static boolean needsRow(Operand o) {
        return o.rows() == Rows.PERIODIC || o.rows() == Rows.EACH && !o.alongColumns();
    }

    private static boolean needsColumn(Operand o) {
        return o.alongColumns() && o.rows() != Rows.EACH;
    }

    /** The parameters for the operands that have a place of their own. */
    static List<String> parameters(ElementwiseKernel k) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < k.operands().size(); i++) {
            Operand o = k.operands().get(i);
            if (o.isInPlace()) {
                continue;
            }
            String x = "x" + i;
            all.add("global const " + ClText.stored(o.element()).orElseThrow() + " *" + x + ", const long " + x
                    + "_at");
            if (o.rows() == Rows.PERIODIC) {
                all.add("const long " + x + "_inner, const long " + x + "_outer, const long " + x + "_width");
            }
        }
        if (k.nodes().stream().anyMatch(n -> mayFail(n, k.nodes()))) {
            all.addAll(FaultText.PARAMETERS);
        }
        return all;
    }

    /** The arguments for {@link #parameters}, in the same order. */
    static List<Launch.Argument> arguments(ElementwiseKernel k) {
        List<Launch.Argument> all = new ArrayList<>();
        for (Operand o : k.operands()) {
            if (o.view() == null) {
                continue;
            }
            all.add(new Launch.Elements(o.view()));
            if (o.rows() == Rows.PERIODIC) {
                for (Dim d : List.of(o.inner(), o.outer(), o.width())) {
                    all.add(new Launch.Size(d));
                }
            }
        }
        if (k.nodes().stream().anyMatch(n -> mayFail(n, k.nodes()))) {
            all.add(new Launch.Fault());
        }
        return all;
    }

    /** Whether a node divides integers by something that may be zero. */
    private static boolean mayFail(Node n, List<Node> nodes) {
        if (!(n.op() instanceof Binary(BinaryFunction f, Value x, Value y))
                || x.tensorType().element().isFloat()) {
            return false;
        }
        boolean divides = f == BinaryFunction.DIVIDE || f == BinaryFunction.MOD || f == BinaryFunction.FMOD;
        return divides
                && nodes.stream()
                        .noneMatch(c -> c.results().contains(y)
                                && c.op() instanceof Constant(Tensor t)
                                && t.size() == 1
                                && t.getLong(0) != 0);
    }

    /**
     * Where an operand has its element.
     *
     * @param flat the number of the element, where that is known; else null
     */
    private static String index(Operand o, int i, boolean oneRow, boolean oneColumn, @Nullable String flat) {
        String x = "x" + i;
        String column = o.alongColumns() && !oneColumn ? " + column" : "";
        return x + "_at"
                + switch (o.rows()) {
                    case SAME -> column;
                    case EACH ->
                        o.alongColumns()
                                ? flat == null ? " + row * columns + column" : " + " + flat
                                : oneRow ? "" : " + row";
                    case PERIODIC ->
                        " + (long) (" + (oneRow ? "0" : "row") + " / (uint) " + x + "_inner % (uint) " + x
                                + "_outer) * " + x + "_width" + column;
                };
    }

    /** @param flat the number of the element, where that is known; else null */
    private void load(
            Operand o,
            int i,
            boolean oneRow,
            boolean oneColumn,
            @Nullable String flat,
            Map<Value, String> names,
            List<String> lines) {
        String name = "v" + i;
        names.put(o.value(), name);
        lines.add(declaration(
                o.element(), name, scalar.load(o.element(), "x" + i, index(o, i, oneRow, oneColumn, flat))));
    }

    /** Declares what the nodes compute, and names it. */
    private void compute(List<Node> nodes, Map<Value, String> names, List<String> lines) {
        int next = names.size();
        for (Node n : nodes) {
            ElementType type = n.result().tensorType().element();
            String name = "v" + next++;
            String expression;
            if (n.op() instanceof Constant c) {
                expression = ClText.literal(c.value());
            } else {
                List<Value> in = n.op().operands();
                if (mayFail(n, nodes)) {
                    lines.add("if (" + name(names, in.get(1)) + " == 0) {");
                    lines.add("    " + FaultText.note(program, "0", String.valueOf(CallMemory.Fault.DIVISION)));
                    lines.add("}");
                }
                expression = scalar.expression(
                                n.op(),
                                type,
                                in.stream().map(v -> v.tensorType().element()).toList(),
                                in.stream().map(v -> name(names, v)).toList())
                        .orElseThrow();
            }
            names.put(n.result(), name);
            lines.add(declaration(type, name, expression));
        }
    }

    private static String name(Map<Value, String> names, Value v) {
        return Objects.requireNonNull(names.get(v), "an operand is declared before its use");
    }

    private String declaration(ElementType type, String name, String value) {
        return "const " + scalar.computed(type) + " " + name + " = " + value + ";";
    }

    /**
     * An epilogue as a function.
     *
     * @param vector the function for 16 columns from {@code column} on, with the same parameters; empty if there is
     *     none
     */
    record Epilogue(
            String function, Optional<String> vector, List<String> parameters, List<Launch.Argument> arguments) {
        /** What the kernel passes on to the function, each after a comma. */
        String passed() {
            return parameters.stream()
                    .flatMap(p -> Arrays.stream(p.split(", ")))
                    .map(p -> ", " + p.substring(p.lastIndexOf(' ') + 1).replace("*", ""))
                    .collect(Collectors.joining());
        }

        /** These parameters as the last of a list, each after a comma. */
        String declared() {
            return parameters.stream().map(p -> ", " + p).collect(Collectors.joining());
        }
    }

    /** The function of an epilogue: from {@code v0}, its row and column, and the rest to the final element. */
    @Nullable
    Epilogue epilogue(@Nullable ElementwiseKernel k) {
        if (k == null) {
            return null;
        }
        List<String> lines = new ArrayList<>();
        Map<Value, String> names = new IdentityHashMap<>();
        for (int i = 0; i < k.operands().size(); i++) {
            Operand o = k.operands().get(i);
            if (o.isInPlace()) {
                names.put(o.value(), "v" + i);
            } else {
                load(o, i, false, false, null, names, lines);
            }
        }
        compute(k.nodes(), names, lines);
        lines.add("return " + name(names, k.result()) + ";");
        List<String> parameters = parameters(k);
        List<String> all =
                new ArrayList<>(List.of("const float v0", "const long row", "const long column", "const long columns"));
        all.addAll(parameters);
        String text = "float " + ProgramText.NAME + ProgramText.parameters(all) + " {\n" + ProgramText.lines(1, lines)
                + "}\n";
        return new Epilogue(program.define("finish_" + stem(k), text), vector(k, parameters), parameters, arguments(k));
    }

    /** The function of an epilogue that makes 16 columns, if all of it has a form for vectors of floats. */
    private Optional<String> vector(ElementwiseKernel k, List<String> parameters) {
        List<String> lines = new ArrayList<>();
        Map<Value, String> names = new IdentityHashMap<>();
        for (int i = 0; i < k.operands().size(); i++) {
            Operand o = k.operands().get(i);
            String name = "v" + i;
            names.put(o.value(), name);
            if (o.element() != ElementType.F32) {
                return Optional.empty();
            }
            if (!o.isInPlace()) {
                String index = index(o, i, false, false, null);
                lines.add("const float16 " + name + " = "
                        + (o.alongColumns()
                                ? "vload16(0, x" + i + " + " + index + ");"
                                : "(float16) x" + i + "[" + index + "];"));
            }
        }
        int next = names.size();
        for (Node n : k.nodes()) {
            Optional<String> expression = n.result().tensorType().element() != ElementType.F32
                    ? Optional.empty()
                    : n.op() instanceof Constant(Tensor t)
                            ? Optional.of("(float16) (" + ClText.literal(t) + ")")
                            : VectorText.expression(
                                    n.op(),
                                    n.op().operands().stream()
                                            .map(v -> name(names, v))
                                            .toList());
            if (expression.isEmpty()) {
                return Optional.empty();
            }
            String name = "v" + next++;
            names.put(n.result(), name);
            lines.add("const float16 " + name + " = " + expression.get() + ";");
        }
        lines.add("return " + name(names, k.result()) + ";");
        List<String> all = new ArrayList<>(
                List.of("const float16 v0", "const long row", "const long column", "const long columns"));
        all.addAll(parameters);
        String text = "float16 " + ProgramText.NAME + ProgramText.parameters(all) + " {\n" + ProgramText.lines(1, lines)
                + "}\n";
        return Optional.of(program.define("finish_vector_" + stem(k), text));
    }
}
