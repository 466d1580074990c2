package dev.lathe.backend.java;

import dev.lathe.backend.plan.ElementwiseKernel;
import dev.lathe.backend.plan.ElementwiseKernel.Operand;
import dev.lathe.backend.plan.ElementwiseKernel.Rows;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes elementwise kernels: a class with vectors and its scalar twin, or the latter alone where vectors do not do.
 */
final class PointwiseSource {

    /** Each is dozens of instructions, and every kernel repeats them: a bound for the size of its method. */
    private static final int MAX_LARGE_FUNCTIONS = 1;

    private final List<Node> nodes;
    private final Value result;
    private final List<Operand> operands;
    private final ElementType element;
    private final Map<Value, String> names = new IdentityHashMap<>();
    private final Map<Value, String> constants = new IdentityHashMap<>();

    PointwiseSource(ElementwiseKernel kernel) {
        this.nodes = kernel.nodes();
        this.result = kernel.result();
        this.operands = kernel.operands();
        this.element = result.tensorType().element();
    }

    /** Whether each op has a scalar expression. */
    static boolean supports(List<Node> nodes) {
        if (largeFunctions(nodes) > MAX_LARGE_FUNCTIONS) {
            return false;
        }
        for (Node n : nodes) {
            if (n.op() instanceof Constant c) {
                if (!ScalarText.loads(c.value().element()) || c.value().size() != 1) {
                    return false;
                }
                continue;
            }
            List<Value> in = n.op().operands();
            List<String> names = in.stream().map(_ -> "x").toList();
            ElementType type = n.result().tensorType().element();
            List<ElementType> types =
                    in.stream().map(v -> v.tensorType().element()).toList();
            if (ScalarText.expression(n.op(), type, types, names).isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private boolean vectorizes() {
        boolean floats = element == ElementType.F32 && operands.stream().allMatch(o -> o.element() == ElementType.F32);
        return floats
                && nodes.stream().allMatch(n -> {
                    if (n.op() instanceof Constant c) {
                        return c.value().element() == ElementType.F32;
                    }
                    List<String> names =
                            n.op().operands().stream().map(_ -> "x").toList();
                    ElementType type = n.result().tensorType().element();
                    return (type == ElementType.F32 || type == ElementType.BOOL)
                            && VectorText.statements(n.op(), names, false, "y").isPresent();
                });
    }

    /** The ops in the order in which they run, as a name and a comment. */
    private String story() {
        return nodes.stream()
                .filter(n -> !(n.op() instanceof Constant))
                .map(n -> n.op().mnemonic())
                .collect(Collectors.joining(", "));
    }

    /** The source of the kernel under {@code name}, which equal kernels share. */
    String write(String packageName, String name) {
        name();
        boolean vectors = vectorizes();
        StringBuilder s = new StringBuilder("package " + packageName + ";\n\n");
        s.append("import dev.lathe.runtime.Machine;\nimport dev.lathe.runtime.Pointwise;\n");
        s.append("import dev.lathe.runtime.ScalarFunctions;\n");
        if (vectors) {
            s.append("import jdk.incubator.vector.FloatVector;\nimport jdk.incubator.vector.IntVector;\n");
            s.append("import jdk.incubator.vector.VectorMask;\n");
            s.append("import jdk.incubator.vector.VectorOperators;\nimport jdk.incubator.vector.VectorSpecies;\n");
        }
        s.append("\n/** Elementwise: " + story() + ". */\n");
        s.append("abstract class " + name + " extends Pointwise {\n");
        s.append("    " + array(element) + " y = {};\n    int yAt;\n");
        for (int i = 0; i < operands.size(); i++) {
            if (!operands.get(i).isInPlace()) {
                s.append("    " + array(operands.get(i).element()) + " x" + i + " = {};\n    int x" + i + "At;\n");
            }
            if (operands.get(i).rows() == Rows.EACH) {
                s.append("    int x" + i + "Stride;\n");
            }
            if (operands.get(i).rows() == Rows.PERIODIC) {
                s.append("    int x" + i + "Inner;\n    int x" + i + "Outer;\n    int x" + i + "Stride;\n");
            }
        }
        s.append("\n    static " + name + " create() {\n        return "
                + (vectors ? "Machine.VECTOR ? new Vectors() : new Scalars()" : "new Scalars()") + ";\n    }\n\n");
        bind(s, name);
        s.append("    @Override\n    protected int start() {\n        return yAt;\n    }\n");
        if (vectors) {
            vectors(s, name);
        }
        scalars(s, name);
        return s.append("}\n").toString();
    }

    private void bind(StringBuilder s, String name) {
        List<String> parameters = new ArrayList<>(List.of(array(element) + " y, int yAt"));
        StringBuilder body = new StringBuilder("        this.y = y;\n        this.yAt = yAt;\n");
        for (int i = 0; i < operands.size(); i++) {
            if (!operands.get(i).isInPlace()) {
                parameters.add(array(operands.get(i).element()) + " x" + i + ", int x" + i + "At");
                body.append("        this.x" + i + " = x" + i + ";\n        this.x" + i + "At = x" + i + "At;\n");
            }
        }
        s.append("    /** Sets where the result and the operands are. */\n    " + name + " bind("
                + String.join(", ", parameters) + ") {\n" + body + "        return this;\n    }\n\n");
    }

    private static String array(ElementType type) {
        return Kind.of(type).orElseThrow().java + "[]";
    }

    private void name() {
        for (int i = 0; i < operands.size(); i++) {
            names.put(operands.get(i).value(), "v" + i);
        }
        int next = operands.size();
        for (Node n : nodes) {
            if (n.op() instanceof Constant c) {
                constants.put(n.result(), ScalarText.constant(c.value().element(), c.value()));
            }
            names.put(n.result(), "v" + next++);
        }
    }

    private String nameOf(Value v) {
        return names.getOrDefault(v, "?");
    }

    private static final String HEAD = """
                @Override
                protected void apply(int at, int stride, int row, int rows, int column, int columns) {
        """;

    /** The loop over rows, with the places of the operands. */
    private void rowLoop(StringBuilder s) {
        s.append("            %s y = this.y;\n".formatted(array(element)));
        for (int i = 0; i < operands.size(); i++) {
            if (!operands.get(i).isInPlace()) {
                s.append("            %s x%d = this.x%d;\n"
                        .formatted(array(operands.get(i).element()), i, i));
            }
        }
        s.append("            for (int r = row; r < row + rows; r++, at += stride) {\n");
        for (int i = 0; i < operands.size(); i++) {
            Operand o = operands.get(i);
            if (!o.isInPlace()) {
                String place = switch (o.rows()) {
                    case SAME -> "x%dAt".formatted(i);
                    case EACH -> "x%dAt + r * x%dStride".formatted(i, i);
                    case PERIODIC -> "x%dAt + r / x%dInner %% x%dOuter * x%dStride".formatted(i, i, i, i);
                };
                s.append("                int p%d = %s%s;\n".formatted(i, place, o.alongColumns() ? " + column" : ""));
            }
        }
    }

    private void vectors(StringBuilder s, String name) {
        s.append("\n    private static final class Vectors extends " + name + " {\n");
        s.append("        private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;\n");
        s.append("        private static final int W = F.length();\n\n").append(HEAD);
        for (Node n : nodes) {
            String constant = constants.get(n.result());
            if (constant != null) {
                s.append("            FloatVector " + nameOf(n.result()) + " = FloatVector.broadcast(F, " + constant
                        + ");\n");
            }
        }
        rowLoop(s);
        for (int i = 0; i < operands.size(); i++) {
            Operand o = operands.get(i);
            if (!o.isInPlace() && !o.alongColumns()) {
                s.append(
                        "                FloatVector v" + i + " = FloatVector.broadcast(F, x" + i + "[p" + i + "]);\n");
            }
        }
        if (largeFunctions(nodes) > 0) {
            // One body for all columns: a second one for the last few would double the method.
            s.append("                for (int j = 0; j < columns; j += W) {\n");
            s.append("                    VectorMask<Float> m = F.indexInRange(j, columns);\n");
            vectorBody(s, ", m");
            s.append("                }\n            }\n        }\n    }\n");
            return;
        }
        s.append("                int j = 0;\n                for (; j <= columns - W; j += W) {\n");
        vectorBody(s, "");
        s.append("                }\n                if (j < columns) {\n");
        s.append("                    VectorMask<Float> m = F.indexInRange(j, columns);\n");
        vectorBody(s, ", m");
        s.append("                }\n            }\n        }\n    }\n");
    }

    /** How many of the ops are functions of dozens of instructions. */
    private static long largeFunctions(List<Node> nodes) {
        return nodes.stream()
                .filter(n -> n.op() instanceof Unary u
                        && switch (u.function()) {
                            case EXP, LOG, TANH, SIGMOID, ERF -> true;
                            default -> false;
                        })
                .count();
    }

    private void vectorBody(StringBuilder s, String mask) {
        for (int i = 0; i < operands.size(); i++) {
            Operand o = operands.get(i);
            if (o.isInPlace()) {
                s.append("                    FloatVector v" + i + " = FloatVector.fromArray(F, y, at + j" + mask
                        + ");\n");
            } else if (o.alongColumns()) {
                s.append("                    FloatVector v" + i + " = FloatVector.fromArray(F, x" + i + ", p" + i
                        + " + j" + mask + ");\n");
            }
        }
        for (Node n : nodes) {
            if (!(n.op() instanceof Constant)) {
                List<String> in = n.op().operands().stream().map(this::nameOf).toList();
                boolean isMask = n.result().tensorType().element().isBool();
                s.append(VectorText.statements(n.op(), in, isMask, nameOf(n.result()))
                        .orElseThrow()
                        .indent(20));
            }
        }
        s.append("                    " + nameOf(result) + ".intoArray(y, at + j" + mask + ");\n");
    }

    private void scalars(StringBuilder s, String name) {
        s.append("\n    private static final class Scalars extends " + name + " {\n")
                .append(HEAD);
        rowLoop(s);
        s.append("                for (int j = 0; j < columns; j++) {\n");
        for (int i = 0; i < operands.size(); i++) {
            Operand o = operands.get(i);
            String at = o.isInPlace() ? "y[at + j]" : "x" + i + "[p" + i + (o.alongColumns() ? " + j]" : "]");
            s.append("                    " + ScalarText.type(o.element()) + " v" + i + " = "
                    + ScalarText.load(o.element(), at) + ";\n");
        }
        for (Node n : nodes) {
            ElementType type = n.result().tensorType().element();
            String expression = constants.get(n.result());
            if (expression == null) {
                List<Value> in = n.op().operands();
                expression = ScalarText.expression(
                                n.op(),
                                type,
                                in.stream().map(v -> v.tensorType().element()).toList(),
                                in.stream().map(this::nameOf).toList())
                        .orElseThrow();
            }
            s.append("                    " + ScalarText.type(type) + " " + nameOf(n.result()) + " = " + expression
                    + ";\n");
        }
        s.append("                    y[at + j] = " + ScalarText.store(element, nameOf(result)) + ";\n");
        s.append("                }\n            }\n        }\n    }\n");
    }

    /** Equal kernels have equal keys. */
    String key() {
        return write("", "K");
    }

    /** A class name that tells what the kernel does. */
    String stem() {
        String ops = nodes.stream()
                .filter(n -> !(n.op() instanceof Constant))
                .limit(3)
                .map(n -> JavaText.className(n.op().mnemonic()))
                .collect(Collectors.joining());
        return ops.isEmpty() ? "Copy" : ops;
    }
}
