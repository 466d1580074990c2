package dev.lathe.ir.analysis;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Between which numbers the integers of a value lie, as far as its type, constants and arithmetic tell: those of {@code
 * cast<i32>(x) - cast<i32>(z)} of two u8 tensors between -255 and 255. Values of f32 have a range if all of their
 * elements are integers which that type holds exactly.
 */
public final class IntegerRanges {
    /** Of the values of a graph and of its regions. */
    public static final Analysis<IntegerRanges> OF_ALL_VALUES = IntegerRanges::new;

    /** The integers from {@code least} to {@code greatest}. */
    public record Range(long least, long greatest) {
        /** The greatest absolute value; {@link Long#MAX_VALUE} if that is no {@code long}. */
        public long magnitude() {
            return least == Long.MIN_VALUE ? Long.MAX_VALUE : Math.max(Math.abs(least), Math.abs(greatest));
        }

        private boolean isWithin(Range other) {
            return least >= other.least && greatest <= other.greatest;
        }

        /** Whether sums and products with another such range are ranges of longs. */
        private boolean isSmall() {
            return magnitude() <= 1L << 31;
        }

        private Range and(Range other) {
            return new Range(Math.min(least, other.least), Math.max(greatest, other.greatest));
        }
    }

    /** Definitions that are looked through, one behind the other; chains of any length need no more. */
    private static final int DEPTH = 32;

    /** The integers up to which floats hold all. */
    private static final Range FLOATS = new Range(-1L << 24, 1L << 24);

    private final Uses uses;
    /** Inside of groups: the nodes, and what the groups' inputs are. */
    private final Map<Value, Node> inside = new IdentityHashMap<>();

    private final Map<Value, Value> arguments = new IdentityHashMap<>();
    private final Map<Value, Optional<Range>> known = new IdentityHashMap<>();

    private IntegerRanges(Graph graph) {
        uses = Uses.OF_ALL_NODES.of(graph);
        for (Node n : uses.nodes()) {
            if (n.op() instanceof Fused f) {
                for (int i = 0; i < f.arguments().size(); i++) {
                    arguments.put(f.body().inputs().get(i), f.arguments().get(i));
                }
                f.body().nodes().forEach(inner -> inner.results().forEach(v -> inside.put(v, inner)));
            }
        }
    }

    /** The range of {@code v}; null if it may hold other numbers than integers, or such of 64 bits without sign. */
    public @Nullable Range of(Value v) {
        return of(v, DEPTH);
    }

    private @Nullable Range of(Value v, int depth) {
        Range widest = v.type() instanceof TensorType t ? widest(t.element()) : null;
        boolean floats = v.type() instanceof TensorType t && t.element() == ElementType.F32;
        if (widest == null && !floats || depth == 0) {
            return widest;
        }
        Optional<Range> range = known.get(v);
        if (range == null) {
            Range found = defined(v, depth - 1);
            Range most = floats ? FLOATS : widest;
            range = Optional.ofNullable(found != null && most != null && found.isWithin(most) ? found : widest);
            known.put(v, range);
        }
        return range.orElse(null);
    }

    /** What the definition of a value tells; null if that is nothing. */
    private @Nullable Range defined(Value v, int depth) {
        Value argument = arguments.get(v);
        if (argument != null) {
            return of(argument, depth);
        }
        Node n = inside.containsKey(v) ? inside.get(v) : uses.definition(v);
        return n == null
                ? null
                : n.op() instanceof Fused f
                        ? of(f.body().outputs().get(n.results().indexOf(v)), depth)
                        : result(n.op(), depth);
    }

    /** What a type holds. */
    private static @Nullable Range widest(ElementType type) {
        if (type.isBool()) {
            return new Range(0, 1);
        }
        if (!type.isInteger() || type == ElementType.U64) {
            return null;
        }
        return type.isSigned()
                ? new Range(-1L << (type.bits() - 1), ~(-1L << (type.bits() - 1)))
                : new Range(0, (1L << type.bits()) - 1);
    }

    /** Null if nothing is known. */
    private @Nullable Range result(Op op, int depth) {
        return switch (op) {
            case Constant c -> stored(c.value());
            case Cast c -> of(c.x(), depth);
            case Reshape m -> of(m.x(), depth);
            case Transpose m -> of(m.x(), depth);
            case Broadcast m -> of(m.x(), depth);
            case Slice m -> of(m.x(), depth);
            case Gather g -> of(g.x(), depth);
            case Concat c -> all(c.inputs(), depth);
            case Select s -> all(List.of(s.x(), s.y()), depth);
            case Binary b -> {
                Range x = of(b.x(), depth);
                Range y = of(b.y(), depth);
                yield x == null || y == null || !x.isSmall() || !y.isSmall() ? null : arithmetic(b, x, y);
            }
            default -> null;
        };
    }

    private static @Nullable Range arithmetic(Binary b, Range x, Range y) {
        return switch (b.function()) {
            case ADD -> new Range(x.least + y.least, x.greatest + y.greatest);
            case SUBTRACT -> new Range(x.least - y.greatest, x.greatest - y.least);
            case MULTIPLY ->
                new Range(x.least * y.least, x.least * y.least)
                        .and(new Range(x.least * y.greatest, x.least * y.greatest))
                        .and(new Range(x.greatest * y.least, x.greatest * y.least))
                        .and(new Range(x.greatest * y.greatest, x.greatest * y.greatest));
            case MIN -> new Range(Math.min(x.least, y.least), Math.min(x.greatest, y.greatest));
            case MAX -> new Range(Math.max(x.least, y.least), Math.max(x.greatest, y.greatest));
            case BIT_AND -> x.least >= 0 && y.least >= 0 ? new Range(0, Math.min(x.greatest, y.greatest)) : null;
            case SHIFT_RIGHT -> x.least >= 0 ? new Range(0, x.greatest) : null;
            default -> null;
        };
    }

    private @Nullable Range all(List<Value> values, int depth) {
        Range all = null;
        for (Value v : values) {
            Range own = of(v, depth);
            if (own == null) {
                return null;
            }
            all = all == null ? own : all.and(own);
        }
        return all;
    }

    private static @Nullable Range stored(Tensor t) {
        if (t.size() == 0) {
            return null;
        }
        long least = Long.MAX_VALUE;
        long greatest = Long.MIN_VALUE;
        for (long i = 0; i < t.size(); i++) {
            long x = t.element().isFloat() ? (long) t.getDouble(i) : t.getLong(i);
            if (t.element().isFloat() && x != t.getDouble(i)) {
                return null;
            }
            least = Math.min(least, x);
            greatest = Math.max(greatest, x);
        }
        return new Range(least, greatest);
    }
}
