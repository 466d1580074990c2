package dev.lathe.frontend.onnx.read;

import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;

/** What of a type decides how the nodes that use it are lowered: all but the sizes. */
final class Kinds {
    /** Integers in a vector of at most so many are perhaps a shape or axes, whose number is a rank. */
    private static final long SHAPE_LIMIT = 64;

    private Kinds() {}

    /** Equal for types that one op can have as those of one operand. */
    static String of(Type type) {
        return switch (type) {
            case TensorType t -> t.element().text() + (t.isRanked() ? rank(t) : "[*]");
            case SequenceType s -> "seq<" + of(s.element()) + ">";
            case OptionalType o -> "optional<" + of(o.element()) + ">";
            case MapType m -> "map<" + m.key().text() + ", " + of(m.value()) + ">";
        };
    }

    private static String rank(TensorType t) {
        boolean shape = t.rank() == 1
                && (t.element() == ElementType.I64 || t.element() == ElementType.I32)
                && t.dim(0).isConstant()
                && t.dim(0).constant() <= SHAPE_LIMIT;
        return shape ? "[" + t.dim(0) + "]" : "^" + t.rank();
    }
}
