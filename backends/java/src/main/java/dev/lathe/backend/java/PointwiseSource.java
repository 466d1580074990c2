package dev.lathe.backend.java;

import dev.lathe.backend.plan.ElementwiseKernel;
import dev.lathe.backend.plan.ElementwiseKernel.Operand;
import dev.lathe.backend.plan.ElementwiseKernel.Rows;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes elementwise kernels: a class with vectors and its scalar twin, or the latter alone where vectors do not do.
 */
final class PointwiseSource {

    /** Each is dozens of instructions, and every kernel repeats them: a bound for the size of its method. */
    private static final int MAX_LARGE_FUNCTIONS = 1;
    /**
     * Calls of the Vector API in a method. With some 270 of them the first compiler of the JVM runs out of registers
     * and gives up, and then the second never comes: such a method is interpreted for good, a hundred times slower.
     */
    private static final int MAX_CALLS = 200;
    /** Of these, how many round a vector to floats of 16 or 8 bits. */
    private static final int CALLS_OF_ROUNDING = 20;
    /** And how many a large function has. */
    private static final int CALLS_OF_FUNCTION = 30;
    /** A power is computed in doubles, of which a vector has half as many. */
    private static final int CALLS_OF_POWER = 150;

    private static final Pattern CALL = Pattern.compile("\\.\\w+\\(");

    private static final List<String> VECTOR_CLASSES = List.of(
            "ByteVector",
            "DoubleVector",
            "FloatVector",
            "IntVector",
            "LongVector",
            "ShortVector",
            "VectorMask",
            "VectorOperators",
            "VectorShape",
            "VectorSpecies");

    private final ElementwiseKernel kernel;
    private final List<Node> nodes;
    private final Value result;
    private final List<Operand> operands;
    private final ElementType element;
    private final Optional<VectorLanes> lanes;
    private final Map<Value, String> names = new IdentityHashMap<>();
    private final Map<Value, String> constants = new IdentityHashMap<>();
    private final Map<Value, Op> definitions = new IdentityHashMap<>();
    /** What casts make of values that are rounded and cut to a range. */
    private final Map<Value, RoundedCast> roundedCasts = new IdentityHashMap<>();
    /** What only {@link #roundedCasts} are made of. */
    private final Set<Value> passed = new HashSet<>();

    PointwiseSource(ElementwiseKernel kernel) {
        this.kernel = kernel;
        this.nodes = kernel.nodes();
        this.result = kernel.result();
        this.operands = kernel.operands();
        this.element = result.tensorType().element();
        this.lanes = VectorLanes.of(values().map(PointwiseSource::elementOf).toList());
    }

    /** Whether each op has a scalar expression, and all of them are no more than the JIT compiles as one method. */
    static boolean supports(List<Node> nodes) {
        if (largeFunctions(nodes) > MAX_LARGE_FUNCTIONS
                || nodes.size() > 1
                        && nodes.stream().mapToInt(PointwiseSource::calls).sum() > MAX_CALLS) {
            return false;
        }
        for (Node n : nodes) {
            if (n.op() instanceof Constant c) {
                if (!ScalarText.computes(c.value().element()) || c.value().size() != 1) {
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
        return lanes.isPresent()
                && nodes.stream()
                        .allMatch(
                                n -> n.op() instanceof Constant || statements(n).isPresent());
    }

    private VectorLanes lanes() {
        return lanes.orElseThrow();
    }

    private VectorText text() {
        return new VectorText(lanes());
    }

    /** Statements on vectors that declare the result of an op. */
    private Optional<String> statements(Node n) {
        RoundedCast rounded = roundedCasts.get(n.result());
        if (rounded != null) {
            return Optional.of(text().roundedCast(
                            rounded,
                            nameOf(rounded.x()),
                            elementOf(n.result()),
                            nameOf(n.result()),
                            !isOnlyStored(n.result())));
        }
        List<Value> in = n.op().operands();
        return text().statements(
                        n.op(),
                        in.stream().map(PointwiseSource::elementOf).toList(),
                        elementOf(n.result()),
                        in.stream().map(this::nameOf).toList(),
                        nameOf(n.result()),
                        !isOnlyStored(n.result()),
                        n.op() instanceof Cast c && isBounded(c.x()));
    }

    /** Whether nothing but the store reads a value, which rounds it. */
    private boolean isOnlyStored(Value v) {
        return v == result && nodes.stream().noneMatch(n -> n.op().operands().contains(v));
    }

    /** Whether a float was cut to a range of 32-bit integers on both sides. */
    private boolean isBounded(Value v) {
        return isCut(v, BinaryFunction.MIN) && isCut(v, BinaryFunction.MAX);
    }

    private boolean isCut(Value v, BinaryFunction f) {
        if (!(definitions.get(v) instanceof Binary b)) {
            return false;
        }
        if (b.function() != BinaryFunction.MIN && b.function() != BinaryFunction.MAX) {
            return false;
        }
        boolean here = b.function() == f && (isSmall(b.x()) || isSmall(b.y()));
        return here || isSmall(b.x()) && isCut(b.y(), f) || isSmall(b.y()) && isCut(b.x(), f);
    }

    private boolean isSmall(Value v) {
        return definitions.get(v) instanceof Constant c && Math.abs(c.value().getDouble(0)) < 0x1p31;
    }

    /** Whether arrays have elements that are narrower than lanes, or bytes: few machines have masks for these. */
    private boolean hasNarrowArrays() {
        return arrays().anyMatch(e -> e.bits() < Math.max(Float.SIZE, lanes().bits()));
    }

    /** Whether an array has bytes, of which a vector of four lanes would have too few. */
    private boolean hasBytes() {
        return arrays().anyMatch(e -> e.bits() == 8);
    }

    /** The element types of the arrays that the kernel reads and writes. */
    private Stream<ElementType> arrays() {
        return Stream.concat(Stream.of(element), operands.stream().map(Operand::element));
    }

    private Stream<Value> values() {
        return Stream.concat(
                operands.stream().map(Operand::value), nodes.stream().map(Node::result));
    }

    private static ElementType elementOf(Value v) {
        return v.tensorType().element();
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
        s.append("""
            import dev.lathe.runtime.Machine;
            import dev.lathe.runtime.Pointwise;
            import dev.lathe.runtime.ScalarFunctions;
            import dev.lathe.runtime.TileEnd;
            import dev.lathe.runtime.TileFunction;
            import dev.lathe.ir.tensor.SmallFloat;
            import dev.lathe.ir.type.ElementType;
            """);
        if (vectors) {
            for (String vector : VECTOR_CLASSES) {
                s.append("import jdk.incubator.vector." + vector + ";\n");
            }
        }
        s.append("\n/** Elementwise: " + story() + ". */\n");
        s.append("abstract class " + name + " extends Pointwise {\n");
        formats()
                .forEach(f -> s.append(
                        "    private static final SmallFloat " + f + " = SmallFloat.of(ElementType." + f + ");\n"));
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
                + (vectors ? lanes().machine(hasBytes()) + " ? new Vectors() : new Scalars()" : "new Scalars()")
                + ";\n    }\n\n");
        bind(s, name);
        s.append("    @Override\n    protected int start() {\n        return yAt;\n    }\n");
        TileEndText.of(kernel).ifPresent(s::append);
        if (vectors) {
            vectors(s, name);
        }
        scalars(s, name);
        return s.append("}\n").toString();
    }

    /** The formats of small floats that the code names. */
    private SortedSet<ElementType> formats() {
        return values().map(PointwiseSource::elementOf)
                .filter(ScalarText::isSmallFloat)
                .collect(Collectors.toCollection(TreeSet::new));
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
            definitions.put(n.result(), n.op());
            names.put(n.result(), "v" + next++);
            if (n.op() instanceof Cast c) {
                RoundedCast.of(c, definitions).ifPresent(r -> roundedCasts.put(n.result(), r));
            }
        }
        for (Node n : nodes.reversed()) {
            if (isPassed(n.result())) {
                passed.add(n.result());
            }
        }
    }

    /** Whether nothing reads a value but casts that are made from the one before it. */
    private boolean isPassed(Value v) {
        return v != result
                && roundedCasts.values().stream().anyMatch(r -> r.steps().contains(v))
                && nodes.stream()
                        .filter(n -> n.op().operands().contains(v))
                        .allMatch(n -> passed.contains(n.result()) || roundedCasts.containsKey(n.result()));
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

    /**
     * Makes one row of rows that lie one behind the other, in the result and in the operands, so that a few columns
     * fill vectors, too.
     */
    private void joinRows(StringBuilder s) {
        StringBuilder joined = new StringBuilder("stride == columns");
        for (int i = 0; i < operands.size(); i++) {
            Operand o = operands.get(i);
            if (!o.isInPlace()) {
                switch (o.rows()) {
                    case SAME -> {
                        if (o.alongColumns()) {
                            return;
                        }
                    }
                    case EACH -> {
                        if (!o.alongColumns()) {
                            return;
                        }
                        joined.append(" && x%dStride == columns".formatted(i));
                    }
                    case PERIODIC -> {
                        return;
                    }
                }
            }
        }
        s.append("            if (" + joined + ") {\n");
        s.append("                columns *= rows;\n                rows = 1;\n            }\n");
    }

    private void vectors(StringBuilder s, String name) {
        boolean narrow = hasNarrowArrays();
        boolean hasFunctions = largeFunctions(nodes) > (narrow ? 0 : 1);
        boolean isLong = 2 * calls(vectorBody("m")) > MAX_CALLS;
        // One body for all columns: a second one for the last few would double the method.
        boolean single = narrow ? hasFunctions && isLong : hasFunctions || isLong;
        boolean scalarTail = narrow && !hasFunctions;
        s.append("\n    private static final class Vectors extends " + (narrow ? "Scalars" : name) + " {\n");
        VectorLanes lanes = lanes();
        s.append("""
                    private static final VectorSpecies<%1$s> %2$s = %3$s.SPECIES_PREFERRED;
                    private static final int W = %2$s.length();
            """.formatted(lanes.mask, lanes.species, lanes.vector));
        if (lanes != VectorLanes.BYTE && values().anyMatch(v -> !isWhole(elementOf(v)))) {
            String number = lanes == VectorLanes.DOUBLE ? "Long" : "Integer";
            s.append("        private static final VectorSpecies<" + number + "> " + lanes.integerSpecies() + " = "
                    + lanes.integers + ".SPECIES_PREFERRED;\n");
        }
        if (lanes == VectorLanes.SINGLE
                && nodes.stream().anyMatch(n -> n.op() instanceof Binary b && VectorFunctionText.isPower(b))) {
            s.append("        private static final VectorSpecies<Double> D = "
                    + "VectorSpecies.of(double.class, F.vectorShape());\n");
        }
        if (arrays().anyMatch(e -> e.bits() == 16)) {
            s.append(species("Short", "S"));
        }
        if (lanes != VectorLanes.BYTE && hasBytes()) {
            s.append(species("Byte", "B"));
        }
        s.append("\n").append(HEAD);
        vectorLoops(s, single, scalarTail);
        s.append("        }\n    }\n");
    }

    /** Whether a type is that of floats which fill lanes. */
    private boolean isWhole(ElementType type) {
        return type.isFloat() && type.bits() == lanes().bits();
    }

    /** A species of narrower elements with as many lanes. */
    private static String species(String element, String name) {
        return """
                    private static final VectorSpecies<%1$s> %2$s =
                            VectorSpecies.of(%3$s.class, VectorShape.forBitSize(%1$s.SIZE * W));
            """.formatted(element, name, element.toLowerCase(Locale.ROOT));
    }

    private void vectorLoops(StringBuilder s, boolean single, boolean scalarTail) {
        joinRows(s);
        if (scalarTail) {
            s.append("            if (columns < W) {\n");
            s.append("                super.apply(at, stride, row, rows, column, columns);\n");
            s.append("                return;\n            }\n");
        }
        for (Node n : nodes) {
            String constant = constants.get(n.result());
            if (constant != null) {
                ElementType type = n.result().tensorType().element();
                s.append("            " + lanes().type(type) + " " + nameOf(n.result()) + " = "
                        + text().broadcast(type, constant) + ";\n");
            }
        }
        rowLoop(s);
        for (int i = 0; i < operands.size(); i++) {
            Operand o = operands.get(i);
            if (!o.isInPlace() && !o.alongColumns()) {
                String number = ScalarText.load(o.element(), "x" + i + "[p" + i + "]");
                s.append("                " + lanes().type(o.element()) + " v" + i + " = "
                        + text().broadcast(o.element(), number) + ";\n");
            }
        }
        if (single) {
            s.append("                for (int j = 0; j < columns; j += W) {\n");
            s.append("                    VectorMask<" + lanes().mask + "> m = " + lanes().species
                    + ".indexInRange(j, columns);\n");
            s.append(vectorBody("m"));
            s.append("                }\n            }\n");
            return;
        }
        s.append("                int j = 0;\n                for (; j <= columns - W; j += W) {\n");
        s.append(vectorBody(""));
        s.append("                }\n                if (j < columns) {\n");
        if (scalarTail) {
            s.append("                    super.apply(at + j, stride, r, 1, column + j, columns - j);\n");
        } else {
            s.append("                    VectorMask<" + lanes().mask + "> m = " + lanes().species
                    + ".indexInRange(j, columns);\n");
            s.append(vectorBody("m"));
        }
        s.append("                }\n            }\n");
    }

    /** How many of the ops are functions of dozens of instructions. */
    private static long largeFunctions(List<Node> nodes) {
        return nodes.stream().filter(n -> VectorFunctionText.has(n.op())).count();
    }

    private String vectorBody(String mask) {
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < operands.size(); i++) {
            Operand o = operands.get(i);
            if (o.isInPlace()) {
                s.append(
                        text().loaded(o.element(), "y", "at + j", mask, "v" + i).indent(20));
            } else if (o.alongColumns()) {
                s.append(text().loaded(o.element(), "x" + i, "p" + i + " + j", mask, "v" + i)
                        .indent(20));
            }
        }
        for (Node n : nodes) {
            if (!(n.op() instanceof Constant) && !passed.contains(n.result())) {
                s.append(statements(n).orElseThrow().indent(20));
            }
        }
        return s.append(text().stored(element, nameOf(result), "y", "at + j", mask)
                        .indent(20))
                .toString();
    }

    private static int calls(String statements) {
        return (int) CALL.matcher(statements).results().count();
    }

    /** How many calls of the Vector API an op takes, about; to round its result to fewer bits takes most of them. */
    private static int calls(Node n) {
        ElementType type = elementOf(n.result());
        int function = n.op() instanceof Binary b && VectorFunctionText.isPower(b)
                ? CALLS_OF_POWER
                : VectorFunctionText.has(n.op()) ? CALLS_OF_FUNCTION : 1;
        boolean isRounded = type.isFloat() && type.bits() < Float.SIZE;
        return n.op() instanceof Constant ? 0 : isRounded ? function + CALLS_OF_ROUNDING : function;
    }

    private void scalars(StringBuilder s, String name) {
        s.append("\n    private static class Scalars extends " + name + " {\n").append(HEAD);
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

    /** The beginning of a class name, which tells what the kernel does; a number follows. */
    String stem() {
        String ops = nodes.stream()
                .filter(n -> !(n.op() instanceof Constant))
                .limit(3)
                .map(n -> JavaText.capitalized(n.op().mnemonic()))
                .collect(Collectors.joining());
        return ops.isEmpty() ? "Copy" : ops;
    }
}
