package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/**
 * The checks that ops make on their operands in {@link Op#infer}; each failure is an {@link InvalidOpException} that
 * says what is wrong.
 */
public final class Check {
    public static final Check INSTANCE = new Check();

    private Check() {}

    public InvalidOpException error(String message) {
        return new InvalidOpException(message);
    }

    public Check that(boolean condition, String message) {
        if (!condition) {
            throw error(message);
        }
        return this;
    }

    /**
     * {@link #that(boolean, String)} with a message that is made only where the condition does not hold: {@code %s}
     * stands for each of {@code parts}. Ops are checked often, and the text of a type is long.
     */
    @SuppressWarnings("AnnotateFormatMethod") // the annotation is Error Prone's, of which the IR knows nothing
    public Check that(boolean condition, String message, Object... parts) {
        if (!condition) {
            throw error(String.format(Locale.ROOT, message, parts));
        }
        return this;
    }

    private Check element(Value v, Predicate<ElementType> allowed, String what) {
        return that(
                allowed.test(v.tensorType().element()),
                "%%%s has element type %s, where %s is needed",
                v.name(),
                v.tensorType().element().text(),
                what);
    }

    public Check floating(Value v) {
        return element(v, ElementType::isFloat, "a floating-point type");
    }

    public Check integer(Value v) {
        return element(v, ElementType::isInteger, "an integer type");
    }

    public Check numeric(Value v) {
        return element(v, t -> t.isNumeric() || t.isComplex(), "a number type");
    }

    /**
     * The most elements of a tensor: more than any machine can address, and so few that no size or offset leaves a
     * {@code long}.
     */
    public static final long MAX_ELEMENTS = 1L << 48;

    /** The most axes of a tensor, as in NumPy: more than any has, and a chain of ops that each add one ends. */
    public static final int MAX_RANK = 64;

    /** How deep containers may be nested: deeper than any are, and a chain of ops that each add a level ends. */
    public static final int MAX_NESTING = 64;

    /**
     * That a value of type {@code type} can exist: that a tensor has at most {@value MAX_RANK} axes, whose constant
     * sizes, of which those of 0 count as 1, multiply to at most {@value MAX_ELEMENTS}, and that containers are nested
     * at most {@value MAX_NESTING} deep.
     */
    public Check size(Type type) {
        if (nesting(type) > MAX_NESTING) {
            throw new TooLargeException("containers are nested more than " + MAX_NESTING + " deep");
        }
        if (type instanceof TensorType t && t.isRanked()) {
            if (t.rank() > MAX_RANK) {
                throw new TooLargeException("a tensor of " + t.rank() + " axes, more than " + MAX_RANK);
            }
            long elements = 1;
            for (Dim d : t.shape().dims()) {
                if (d.isConstant()) {
                    that(d.constant() >= 0, "a tensor of type %s has a negative size", type);
                    long size = Math.max(1, d.constant());
                    if (elements > MAX_ELEMENTS / size) {
                        throw new TooLargeException("a tensor of type " + type + " has too many elements");
                    }
                    elements *= size;
                }
            }
        }
        return this;
    }

    private static int nesting(Type type) {
        int depth = 0;
        Type t = type;
        while (!(t instanceof TensorType)) {
            t = switch (t) {
                case SequenceType(Type element) -> element;
                case OptionalType(Type element) -> element;
                case MapType map -> map.value();
                case TensorType tensor -> tensor;
            };
            depth++;
        }
        return depth;
    }

    public Check bool(Value v) {
        return element(v, ElementType::isBool, "bool");
    }

    public Check element(Value v, ElementType expected) {
        return element(v, t -> t == expected, expected.text());
    }

    public Check sequence(Value v) {
        return that(v.type() instanceof SequenceType, "%%%s is a %s, where a sequence is needed", v.name(), v.type());
    }

    /** The element type of the scalars that {@code v} maps to. */
    public ElementType map(Value v) {
        if (v.type() instanceof MapType(ElementType _, TensorType t) && t.isRanked() && t.rank() == 0) {
            return t.element();
        }
        throw error("%" + v.name() + " is a " + v.type() + ", where a map to scalars is needed");
    }

    /** As {@link #map(Value)}, of a map whose keys are {@code key}s. */
    public ElementType map(Value v, ElementType key) {
        ElementType value = map(v);
        that(
                v.type() instanceof MapType m && m.key() == key,
                "%%%s is a %s, where keys of type %s are needed",
                v.name(),
                v.type(),
                key.text());
        return value;
    }

    /** The type of a map to scalars. */
    public MapType mapType(ElementType key, ElementType value) {
        that(MapType.isKey(key), "keys of type %s, where strings or integers are needed", key.text());
        return MapType.of(key, value);
    }

    public Check sameElement(Value a, Value b) {
        return that(
                a.tensorType().element() == b.tensorType().element(),
                "%%%s has element type %s, but %%%s has %s",
                a.name(),
                a.tensorType().element().text(),
                b.name(),
                b.tensorType().element().text());
    }

    public Check rank(Value v, int rank) {
        return that(
                v.tensorType().rank() == rank, "%%%s has type %s, where rank %s is needed", v.name(), v.type(), rank);
    }

    public Check rankAtLeast(Value v, int rank) {
        return that(
                v.tensorType().rank() >= rank,
                "%%%s has type %s, where rank %s or more is needed",
                v.name(),
                v.type(),
                rank);
    }

    /** Axis in {@code [0, rank)}: importers resolve negative ones. */
    public Check axis(int axis, Value v) {
        return that(
                axis >= 0 && axis < v.tensorType().rank(),
                "axis %s does not exist in %%%s: %s",
                axis,
                v.name(),
                v.type());
    }

    public Check axes(List<Integer> axes, Value v) {
        axes.forEach(a -> axis(a, v));
        return that(axes.stream().distinct().count() == axes.size(), "repeated axis in %s", axes);
    }

    /**
     * The dimension that both {@code a} and {@code b} are when they are equal at run time. Two different constants
     * are an error; a constant wins over an expression.
     */
    public Dim same(Dim a, Dim b, String what) {
        if (a.isConstant() && b.isConstant() && !a.equals(b)) {
            throw error(what + ": " + a + " and " + b + " differ");
        }
        return a.isConstant() || !b.isConstant() ? a : b;
    }

    /** The shape that two operands broadcast to, by NumPy's rules. */
    public Shape broadcast(Shape a, Shape b) {
        int rank = Math.max(a.rank(), b.rank());
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            int ia = i - (rank - a.rank());
            int ib = i - (rank - b.rank());
            Dim da = ia < 0 ? Dim.ONE : a.dim(ia);
            Dim db = ib < 0 ? Dim.ONE : b.dim(ib);
            dims.add(broadcast(da, db, a, b));
        }
        return Shape.of(dims);
    }

    private Dim broadcast(Dim a, Dim b, Shape sa, Shape sb) {
        if (a.equals(b) || b.isConstant(1)) {
            return a;
        }
        if (a.isConstant(1)) {
            return b;
        }
        if (a.isConstant() && b.isConstant()) {
            throw error("shapes " + sa + " and " + sb + " do not broadcast");
        }
        // One side is not known: a constant other than 1 decides, since the other side is that or 1.
        if (a.isConstant()) {
            return a;
        }
        if (b.isConstant()) {
            return b;
        }
        return a.max(b); // either equal, or one of them is 1
    }

    public List<Type> one(ElementType element, Shape shape) {
        return List.of(TensorType.of(element, shape));
    }
}
