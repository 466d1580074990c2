package dev.lathe.backend.java;

import dev.lathe.backend.plan.ElementwiseKernel.Operand;
import dev.lathe.backend.plan.ElementwiseKernel.Rows;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.ElementType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Elementwise nodes on one value as a {@link dev.lathe.runtime.TileFunction}, where that has all of their ops. Integers
 * on the way, as those of a quantization, are floats there, if it is known that these hold them.
 */
final class TileFunctionText {
    /** The largest magnitude of integers that floats hold, all of them. */
    private static final long LIMIT = 1 << 24;

    /**
     * What becomes of values.
     *
     * @param expression what makes the function
     * @param given calls of {@link dev.lathe.runtime.TileEnd} with the numbers that it is given in a run
     */
    record Function(String expression, String given) {}

    /** Between which integers a value is that is one, or NaN. */
    private record Whole(long least, long greatest) {
        static final Whole ANY = new Whole(Long.MIN_VALUE, Long.MAX_VALUE);

        boolean isSmall() {
            return least >= -LIMIT && greatest <= LIMIT;
        }
    }

    private final Map<Value, Float> constants;
    private final List<Operand> operands;
    private final int addend;
    /** The numbers of the values. */
    private final Map<Value, Integer> numbers = new HashMap<>();
    /** What is known of those that are integers. */
    private final Map<Value, Whole> wholes = new HashMap<>();

    private final StringBuilder text = new StringBuilder("new TileFunction()");
    private final StringBuilder given = new StringBuilder();
    private int columns;
    private int scalars;
    private int next = 1;

    private TileFunctionText(Map<Value, Float> constants, List<Operand> operands, int addend) {
        this.constants = constants;
        this.operands = operands;
        this.addend = addend;
        constants.forEach((v, number) -> {
            if (number == Math.rint(number) && Math.abs(number) <= LIMIT) {
                wholes.put(v, new Whole(number.longValue(), number.longValue()));
            }
        });
    }

    /**
     * The function; empty if there is none.
     *
     * @param argument the value that it is of
     * @param nodes in order; the last has the result
     * @param constants the values of one number
     * @param operands what the nodes read: the first is what the argument is made of
     * @param addend the number of the operand that the argument is made of, too; -1 if there is none
     */
    static Optional<Function> of(
            Value argument, List<Node> nodes, Map<Value, Float> constants, List<Operand> operands, int addend) {
        TileFunctionText f = new TileFunctionText(constants, operands, addend);
        f.numbers.put(argument, 0);
        for (Node n : nodes) {
            if (!f.add(n)) {
                return Optional.empty();
            }
        }
        // A result that is another value, or no value of the function, would be lost.
        boolean isLast =
                Integer.valueOf(f.next - 1).equals(f.numbers.get(nodes.getLast().result()));
        return isLast ? Optional.of(new Function(f.text.toString(), f.given.toString())) : Optional.empty();
    }

    private boolean add(Node n) {
        ElementType type = n.result().tensorType().element();
        if (type != ElementType.F32 && (!type.isInteger() || type.bits() > 32)) {
            return false;
        }
        return switch (n.op()) {
            case Cast c -> cast(c, n.result());
            case Unary u when type == ElementType.F32 || u.function() == UnaryFunction.RELU -> unary(u, n.result());
            case Binary(BinaryFunction f, Value x, Value y)
            when f == BinaryFunction.MAX || f == BinaryFunction.MIN ->
                bound(f, x, y, n.result()) || bound(f, y, x, n.result());
            case Binary b -> binary(b, n.result());
            default -> false;
        };
    }

    private void define(Value v, String call, @Nullable Whole whole) {
        text.append(call);
        numbers.put(v, next++);
        if (whole != null) {
            wholes.put(v, whole);
        }
    }

    private boolean cast(Cast c, Value result) {
        Integer x = numbers.get(c.x());
        ElementType from = c.x().tensorType().element();
        ElementType to = result.tensorType().element();
        Whole whole = wholes.get(c.x());
        if (x == null || to.isInteger() && (whole == null || !whole.isSmall() || !holds(to, whole))) {
            return false;
        }
        if (from == ElementType.F32 && to.isInteger() && whole != null) {
            define(result, ".integer(" + x + ")", new Whole(Math.min(0, whole.least), Math.max(0, whole.greatest)));
            return true;
        }
        numbers.put(result, x);
        if (whole != null) {
            wholes.put(result, whole);
        }
        return true;
    }

    private static boolean holds(ElementType type, Whole w) {
        long greatest = (1L << (type.isSigned() ? type.bits() - 1 : type.bits())) - 1;
        return w.least >= (type.isSigned() ? -greatest - 1 : 0) && w.greatest <= greatest;
    }

    private boolean unary(Unary u, Value result) {
        String name = switch (u.function()) {
            case NEGATE -> "negate";
            case ABS -> "abs";
            case SIGMOID -> "sigmoid";
            case TANH -> "tanh";
            case ERF -> "erf";
            case ROUND -> "round";
            case RELU -> "max";
            default -> "";
        };
        Integer x = numbers.get(u.x());
        if (name.isEmpty() || x == null || constants.containsKey(u.x())) {
            return false;
        }
        Whole whole = wholes.get(u.x());
        Whole made = switch (u.function()) {
            case ROUND -> whole == null ? Whole.ANY : whole;
            case RELU -> whole == null ? null : new Whole(Math.max(0, whole.least), Math.max(0, whole.greatest));
            default -> null;
        };
        define(result, "." + name + "(" + x + (name.equals("max") ? ", 0f)" : ")"), made);
        return true;
    }

    private boolean bound(BinaryFunction f, Value x, Value y, Value result) {
        Integer number = numbers.get(x);
        Float bound = constants.get(y);
        if (number == null || bound == null || bound.isNaN()) {
            return false;
        }
        boolean isMax = f == BinaryFunction.MAX;
        if (isMax ? bound.equals(-0f) : bound == 0) {
            return false;
        }
        Whole whole = wholes.get(x);
        Whole limit = wholes.get(y);
        Whole made = whole == null || limit == null
                ? null
                : isMax
                        ? new Whole(Math.max(whole.least, limit.least), Math.max(whole.greatest, limit.least))
                        : new Whole(Math.min(whole.least, limit.least), Math.min(whole.greatest, limit.least));
        define(result, (isMax ? ".max(" : ".min(") + number + ", " + TileEndText.number(bound) + ")", made);
        return true;
    }

    private boolean binary(Binary b, Value result) {
        String name = switch (b.function()) {
            case ADD -> "add";
            case SUBTRACT -> "subtract";
            case MULTIPLY -> "multiply";
            case DIVIDE -> "divide";
            default -> "";
        };
        if (name.isEmpty() || !isKnown(b.x()) || !isKnown(b.y())) {
            return false;
        }
        Whole made = whole(b);
        ElementType type = result.tensorType().element();
        if (type != ElementType.F32 && (made == null || !holds(type, made))) {
            return false;
        }
        int x = number(b.x());
        int y = number(b.y());
        define(result, "." + name + "(" + x + ", " + y + ")", made);
        return true;
    }

    /**
     * The integers that an op gives; null if it may give others, or larger ones than floats hold. Not of a product: the
     * zero that it gives may be a negative one as a float.
     */
    private @Nullable Whole whole(Binary b) {
        Whole x = wholes.get(b.x());
        Whole y = wholes.get(b.y());
        if (x == null || y == null || !x.isSmall() || !y.isSmall()) {
            return null;
        }
        Whole made = switch (b.function()) {
            case ADD -> new Whole(x.least + y.least, x.greatest + y.greatest);
            case SUBTRACT -> new Whole(x.least - y.greatest, x.greatest - y.least);
            default -> null;
        };
        return made == null || !made.isSmall() ? null : made;
    }

    private boolean isKnown(Value v) {
        Float constant = constants.get(v);
        return numbers.containsKey(v) || constant != null && !constant.isNaN() || operand(v) > 0;
    }

    /** The number of an operand that is one for a column, or for all; 0 if the value is none. */
    private int operand(Value v) {
        for (int i = 1; i < operands.size(); i++) {
            Operand o = operands.get(i);
            if (o.value() == v && i != addend && !o.isInPlace() && o.rows() == Rows.SAME) {
                return i;
            }
        }
        return 0;
    }

    /** The number of a value, which comes first if it is a constant or an operand. */
    private int number(Value v) {
        Integer known = numbers.get(v);
        if (known != null) {
            return known;
        }
        int operand = operand(v);
        if (operand == 0) {
            text.append(".constant(" + TileEndText.number(constants.getOrDefault(v, 0f)) + ")");
        } else {
            boolean isColumn = operands.get(operand).alongColumns();
            text.append(isColumn ? ".column()" : ".scalar()");
            given.append((isColumn ? ".column(" + columns++ : ".scalar(" + scalars++)
                    + ", x%1$d, x%1$dAt)".formatted(operand));
        }
        numbers.put(v, next);
        return next++;
    }
}
