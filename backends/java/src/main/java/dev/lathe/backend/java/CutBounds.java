package dev.lathe.backend.java;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.ElementType;
import dev.lathe.runtime.Bounds;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Recognizes what cuts floats to bounds, one op after the other: {@code relu}, {@code max} and {@code min}. */
final class CutBounds {
    private CutBounds() {}

    /** The bounds to which {@code nodes} together cut {@code x}; empty if they do anything else. */
    static Optional<Bounds> of(List<Node> nodes, Value x, Value result) {
        Map<Value, Float> constants = new HashMap<>();
        Value cut = x;
        float least = Float.NEGATIVE_INFINITY;
        float greatest = Float.POSITIVE_INFINITY;
        for (Node n : nodes) {
            if (n.result().tensorType().element() != ElementType.F32) {
                return Optional.empty();
            }
            BinaryFunction function = BinaryFunction.MAX;
            Float bound = null;
            if (n.op() instanceof Constant c && c.value().size() == 1) {
                constants.put(n.result(), (float) c.value().getDouble(0));
                continue;
            }
            if (n.op() instanceof Unary(UnaryFunction f, Value y) && f == UnaryFunction.RELU && y == cut) {
                bound = 0f;
            } else if (n.op() instanceof Binary(BinaryFunction f, Value y, Value z) && (y == cut || z == cut)) {
                function = f;
                bound = constants.get(y == cut ? z : y);
            }
            if (bound == null || bound.isNaN()) {
                return Optional.empty();
            }
            switch (function) {
                case MAX -> {
                    least = Math.max(least, bound);
                    greatest = Math.max(greatest, bound);
                }
                case MIN -> {
                    least = Math.min(least, bound);
                    greatest = Math.min(greatest, bound);
                }
                default -> {
                    return Optional.empty();
                }
            }
            cut = n.result();
        }
        boolean isCut = cut == result && cut != x && greatest != 0 && !Float.valueOf(-0f).equals(least);
        return isCut ? Optional.of(new Bounds(least, greatest)) : Optional.empty();
    }
}
