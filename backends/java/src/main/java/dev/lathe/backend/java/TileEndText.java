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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Recognizes kernels that do no more than tiles can before they store their sums (see
 * {@link dev.lathe.runtime.TileEnd}): an addition of elements of a second operand, then {@code relu}, {@code max} and
 * {@code min} of constants, or either.
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
        boolean floats = kernel.nodes().stream().allMatch(n -> isFloat(n.result()))
                && operands.stream().allMatch(o -> o.element() == ElementType.F32);
        if (!floats || operands.isEmpty() || !operands.getFirst().isInPlace()) {
            return Optional.empty();
        }
        TileEndText end = new TileEndText(operands.getFirst().value());
        Map<Value, Float> constants = new HashMap<>();
        for (Node n : kernel.nodes()) {
            if (n.op() instanceof Constant c && c.value().size() == 1) {
                constants.put(n.result(), (float) c.value().getDouble(0));
            } else if (end.adds(n, operands) || end.cuts(n, constants)) {
                end.value = n.result();
            } else {
                return Optional.empty();
            }
        }
        boolean whole = end.value == kernel.result() && (end.addend >= 0 ? operands.size() == 2 : end.isCut);
        boolean exact = end.greatest != 0 && !Float.valueOf(-0f).equals(end.least);
        return whole && exact ? Optional.of(end.method()) : Optional.empty();
    }

    private static boolean isFloat(Value v) {
        return v.tensorType().element() == ElementType.F32;
    }

    private boolean adds(Node n, List<Operand> operands) {
        if (addend >= 0 || isCut || !(n.op() instanceof Binary(BinaryFunction f, Value x, Value y))) {
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
        return true;
    }

    private String method() {
        String sum = addend < 0 ? "" : ".add(x%1$d, x%1$dAt, x%1$dStride)".formatted(addend);
        String cut = isCut ? ".cut(" + bound(least) + ", " + bound(greatest) + ")" : "";
        return "\n    @Override\n    protected boolean isTileEnd(TileEnd end) {\n        end" + sum + cut
                + ";\n        return true;\n    }\n";
    }

    private static String bound(float f) {
        return Float.isInfinite(f) ? "Float." + (f < 0 ? "NEGATIVE" : "POSITIVE") + "_INFINITY" : f + "f";
    }
}
