package dev.lathe.backend.java;

import dev.lathe.backend.plan.ElementwiseKernel;
import dev.lathe.backend.plan.ElementwiseKernel.Operand;
import dev.lathe.backend.plan.ElementwiseKernel.Rows;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Recognizes kernels that do no more than tiles can before they store their sums (see
 * {@link dev.lathe.runtime.TileEnd}): an addition of elements of a second operand, then bounds or another function of
 * the sum and of numbers that are the same for a column or for all, or either.
 */
final class TileEndText {
    private Value value;
    /** The number of the operand that is added; -1 if there is none. */
    private int addend = -1;

    private boolean isCut;
    private float least = Float.NEGATIVE_INFINITY;
    private float greatest = Float.POSITIVE_INFINITY;

    private TileEndText(Value value) {
        this.value = value;
    }

    /** A method that says so; empty if the kernel does anything else. */
    static Optional<String> of(ElementwiseKernel kernel) {
        List<Operand> operands = kernel.operands();
        boolean floats = isFloat(kernel.result()) && operands.stream().allMatch(o -> o.element() == ElementType.F32);
        if (!floats || operands.isEmpty() || !operands.getFirst().isInPlace()) {
            return Optional.empty();
        }
        Map<Value, Float> constants = new HashMap<>();
        List<Node> nodes = new ArrayList<>();
        for (Node n : kernel.nodes()) {
            if (n.op() instanceof Constant c && c.value().size() == 1) {
                double number = c.value().getDouble(0);
                boolean isExact = isFloat(n.result()) || number == (float) number;
                constants.put(n.result(), isExact ? (float) number : Float.NaN);
            } else {
                nodes.add(n);
            }
        }
        TileEndText end = new TileEndText(operands.getFirst().value());
        if (!nodes.isEmpty() && end.adds(nodes.getFirst(), operands)) {
            end.value = nodes.removeFirst().result();
        }
        Value last = nodes.isEmpty() ? end.value : nodes.getLast().result();
        if (last != kernel.result() || end.addend < 0 && nodes.isEmpty()) {
            return Optional.empty();
        }
        Value sum = end.value;
        boolean readsAll = operands.size() == (end.addend >= 0 ? 2 : 1);
        if (readsAll
                && nodes.stream().allMatch(n -> end.cuts(n, constants))
                && end.greatest != 0
                && !Float.valueOf(-0f).equals(end.least)) {
            return Optional.of(end.method(Optional.empty()));
        }
        return TileFunctionText.of(sum, nodes, constants, operands, end.addend).map(f -> end.method(Optional.of(f)));
    }

    private static boolean isFloat(Value v) {
        return v.tensorType().element() == ElementType.F32;
    }

    private boolean adds(Node n, List<Operand> operands) {
        if (!(n.op() instanceof Binary(BinaryFunction f, Value x, Value y))) {
            return false;
        }
        Value other = x == value ? y : x;
        boolean isSum = f == BinaryFunction.ADD && x != y && (x == value || y == value);
        for (int i = 1; i < operands.size() && isSum; i++) {
            Operand o = operands.get(i);
            if (o.value() == other && !o.isInPlace() && o.rows() == Rows.EACH && o.alongColumns()) {
                addend = i;
                return true;
            }
        }
        return false;
    }

    /** Notes that a node cuts the value, which becomes its result. */
    private boolean cuts(Node n, Map<Value, Float> constants) {
        BinaryFunction function = BinaryFunction.MAX;
        Float bound = null;
        if (n.op() instanceof Unary(UnaryFunction f, Value x) && f == UnaryFunction.RELU && x == value) {
            bound = 0f;
        } else if (n.op() instanceof Binary(BinaryFunction f, Value x, Value y) && (x == value || y == value)) {
            function = f;
            bound = constants.get(x == value ? y : x);
        }
        if (bound == null || bound.isNaN()) {
            return false;
        }
        if (function == BinaryFunction.MAX) {
            least = Math.max(least, bound);
            greatest = Math.max(greatest, bound);
        } else if (function == BinaryFunction.MIN) {
            least = Math.min(least, bound);
            greatest = Math.min(greatest, bound);
        } else {
            return false;
        }
        isCut = true;
        value = n.result();
        return true;
    }

    /** With the function that is applied to sums; if there is none, they are cut. */
    private String method(Optional<TileFunctionText.Function> function) {
        String field = function.map(f -> "\n    private static final TileFunction END = " + f.expression() + ";\n")
                .orElse("");
        String sum = addend < 0 ? "" : ".add(x%1$d, x%1$dAt, x%1$dStride)".formatted(addend);
        String cut = isCut ? ".cut(" + number(least) + ", " + number(greatest) + ")" : "";
        String rest = function.map(f -> ".apply(END)" + f.given()).orElse(cut);
        return field + "\n    @Override\n    protected boolean isTileEnd(TileEnd end) {\n        end" + sum + rest
                + ";\n        return true;\n    }\n";
    }

    static String number(float f) {
        return Float.isInfinite(f) ? "Float." + (f < 0 ? "NEGATIVE" : "POSITIVE") + "_INFINITY" : f + "f";
    }
}
