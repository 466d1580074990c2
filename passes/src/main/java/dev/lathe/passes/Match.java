package dev.lathe.passes;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Location;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a rule sees: the node, the definitions of its operands, how often values are used, and a builder for
 * replacements.
 */
public final class Match {
    private static final long FEW_BYTES = 64;

    private final Node root;
    private final Builder builder;
    private final Map<Value, Integer> uses;
    private final Set<Value> cut;
    private final PassContext context;
    private final Map<Pattern.Var, Value> bindings = new IdentityHashMap<>();
    private final Deque<Node> trail = new ArrayDeque<>();

    Match(Node root, Builder builder, Map<Value, Integer> uses, Set<Value> cut, PassContext context) {
        this.root = root;
        this.builder = builder;
        this.uses = uses;
        this.cut = cut;
        this.context = context;
    }

    /** The builder that replacements are made with; they get the locations of all nodes that the rule has matched. */
    public Builder builder() {
        return builder;
    }

    /**
     * {@code v}, if it can stand for the only result of the node that the rule looks at, else null: {@code x + 0} is
     * {@code x} only where the zeros do not broadcast {@code x}.
     */
    public @Nullable Value ifSameType(Value v) {
        return v.type().equals(root.result().type()) ? v : null;
    }

    /**
     * Whether sums and products of {@code v}, floats, may be taken in another order: not in strict numerics, and not
     * with so few bits that each order gives another number.
     */
    public boolean mayReorder(Value v) {
        ElementType element = v.tensorType().element();
        return numerics() != Numerics.STRICT && element.isFloat() && element.bits() >= 16;
    }

    /**
     * Whether an op rounds the result of the node to fewer bits, as a quantization does: then its last bit may decide
     * over a whole step, and a rule must leave it as it is.
     */
    public boolean isCut() {
        return root.results().stream().anyMatch(cut::contains);
    }

    public Numerics numerics() {
        return context.numerics();
    }

    /** What the variable of a matched pattern stands for. */
    public Value get(Pattern.Var variable) {
        Value v = bindings.get(variable);
        if (v == null) {
            throw new IllegalStateException("variable " + variable + " does not occur in the pattern");
        }
        return v;
    }

    public boolean has(Pattern.Var variable) {
        return bindings.containsKey(variable);
    }

    /** The op that defines {@code v} if it is a {@code type}; its node then counts as matched. */
    public <T extends Op> @Nullable T definition(Value v, Class<T> type) {
        Optional<Node> node = builder.definition(v);
        if (node.isEmpty() || !type.isInstance(node.get().op())) {
            return null;
        }
        builder.at(builder.location().and(node.get().location()));
        return type.cast(node.get().op());
    }

    /** {@link #definition}, if {@code v} has no other use. */
    public <T extends Op> @Nullable T definitionUsedOnce(Value v, Class<T> type) {
        return isUsedOnce(v) ? definition(v, type) : null;
    }

    public boolean isConstant(Value v) {
        return constant(v) != null;
    }

    public @Nullable Tensor constant(Value v) {
        return builder.definition(v, Constant.class).map(Constant::value).orElse(null);
    }

    /**
     * The number that all elements of {@code v} are, if it is a constant with equal elements, or such a one
     * broadcast.
     */
    public OptionalDouble number(Value v) {
        Op op = builder.definition(v).map(Node::op).orElse(null);
        return switch (op) {
            case Constant(Tensor t) -> uniform(t);
            case Broadcast w -> number(w.x());
            case Reshape r -> number(r.x());
            case null, default -> OptionalDouble.empty();
        };
    }

    private static OptionalDouble uniform(Tensor t) {
        if (t.size() == 0 || !t.element().isNumeric()) {
            return OptionalDouble.empty();
        }
        for (long i = 1; i < t.size(); i++) {
            if (t.getBits(i) != t.getBits(0)) {
                return OptionalDouble.empty();
            }
        }
        return OptionalDouble.of(t.getDouble(0));
    }

    public boolean isNumber(Value v, double number) {
        OptionalDouble x = number(v);
        return x.isPresent() && x.getAsDouble() == number;
    }

    /** Whether {@code v} has one use; false where that is not known. */
    public boolean isUsedOnce(Value v) {
        return uses.getOrDefault(v, 2) == 1;
    }

    /**
     * Whether a constant may be replaced by another one of its size without that more is stored: nothing else uses
     * it, or it is a few numbers.
     */
    public boolean isOwn(Value v) {
        Tensor t = constant(v);
        return t != null && (isUsedOnce(v) || t.byteSize() <= FEW_BYTES);
    }

    // Matching of patterns.

    /** Makes the replacement if {@code pattern} matches {@code op}. */
    @Nullable
    Value replace(Pattern.Node pattern, Op op, Rule.Replacement replacement) {
        bindings.clear();
        trail.clear();
        Location start = builder.location();
        @Nullable Value[] made = new Value[1];
        boolean done = pattern.matchOp(op, this, () -> {
            Location all = start;
            for (Node n : trail) {
                all = all.and(n.location());
            }
            builder.at(all);
            made[0] = replacement.make(this);
            return made[0] != null;
        });
        return done ? made[0] : null;
    }

    boolean bind(Pattern.Var variable, Value v, BooleanSupplier then) {
        Value old = bindings.get(variable);
        if (old != null) {
            return (old == v || sameConstant(old, v)) && then.getAsBoolean();
        }
        bindings.put(variable, v);
        if (then.getAsBoolean()) {
            return true;
        }
        bindings.remove(variable);
        return false;
    }

    private boolean sameConstant(Value a, Value b) {
        Tensor t = constant(a);
        return t != null && t.equals(constant(b));
    }

    boolean through(Value v, Class<? extends Op> type, Predicate<Op> inside) {
        Node node = builder.definition(v).orElse(null);
        if (node == null || !type.isInstance(node.op())) {
            return false;
        }
        trail.addLast(node);
        if (inside.test(node.op())) {
            return true;
        }
        trail.removeLast();
        return false;
    }
}
