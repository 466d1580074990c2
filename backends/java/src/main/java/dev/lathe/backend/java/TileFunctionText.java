package dev.lathe.backend.java;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Unary;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Elementwise nodes on one value as a {@link dev.lathe.runtime.TileFunction}, where that has all of their ops. */
final class TileFunctionText {
    private final Map<Value, Float> constants;
    /** The numbers of the values. */
    private final Map<Value, Integer> numbers = new HashMap<>();

    private final StringBuilder text = new StringBuilder("new TileFunction()");
    private int next = 1;

    private TileFunctionText(Value argument, Map<Value, Float> constants) {
        this.constants = constants;
        numbers.put(argument, 0);
    }

    /**
     * The expression that makes it.
     *
     * @param nodes in order; the last has the result
     * @param constants the values of one number
     */
    static Optional<String> of(Value argument, List<Node> nodes, Map<Value, Float> constants) {
        TileFunctionText f = new TileFunctionText(argument, constants);
        for (Node n : nodes) {
            if (!f.add(n)) {
                return Optional.empty();
            }
            f.numbers.put(n.result(), f.next++);
        }
        return Optional.of(f.text.toString());
    }

    private boolean add(Node n) {
        return switch (n.op()) {
            case Unary u -> unary(u);
            case Binary(BinaryFunction f, Value x, Value y)
            when f == BinaryFunction.MAX || f == BinaryFunction.MIN -> bound(f, x, y) || bound(f, y, x);
            case Binary b -> binary(b);
            default -> false;
        };
    }

    private boolean unary(Unary u) {
        String name = switch (u.function()) {
            case NEGATE -> "negate";
            case ABS -> "abs";
            case SIGMOID -> "sigmoid";
            case TANH -> "tanh";
            case ERF -> "erf";
            case RELU -> "max";
            default -> "";
        };
        Integer x = numbers.get(u.x());
        if (name.isEmpty() || x == null) {
            return false;
        }
        text.append("." + name + "(" + x + (name.equals("max") ? ", 0f)" : ")"));
        return true;
    }

    private boolean bound(BinaryFunction f, Value x, Value y) {
        Integer number = numbers.get(x);
        Float bound = constants.get(y);
        if (number == null || bound == null || bound.isNaN()) {
            return false;
        }
        boolean isMax = f == BinaryFunction.MAX;
        if (isMax ? bound.equals(-0f) : bound == 0) {
            return false;
        }
        text.append((isMax ? ".max(" : ".min(") + number + ", " + TileEndText.number(bound) + ")");
        return true;
    }

    private boolean binary(Binary b) {
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
        int x = number(b.x());
        int y = number(b.y());
        text.append("." + name + "(" + x + ", " + y + ")");
        return true;
    }

    private boolean isKnown(Value v) {
        return numbers.containsKey(v)
                || constants.containsKey(v) && !constants.get(v).isNaN();
    }

    /** The number of a value, which comes first if it is a constant. */
    private int number(Value v) {
        Integer known = numbers.get(v);
        if (known != null) {
            return known;
        }
        text.append(".constant(" + TileEndText.number(constants.getOrDefault(v, 0f)) + ")");
        numbers.put(v, next);
        return next++;
    }
}
