package dev.lathe.input;

import dev.lathe.ir.Graph;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Compare;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.GatherElements;
import dev.lathe.ir.op.MapLookup;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.tensor.MapKeys;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.lower.ExpandComposites;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the roles of inputs by following them through a graph, as far as their numbers stay what they are. */
public final class InputRoles {
    /** More keys of a map than this are of no use to make up one. */
    private static final int MOST_KEYS = 256;

    private final Map<Value, List<Node>> users = new IdentityHashMap<>();
    private final Map<Value, Tensor> constants = new IdentityHashMap<>();

    public InputRoles(Graph graph) {
        Graph expanded = new ExpandComposites().run(graph, PassContext.standard());
        for (Node node : expanded.allNodes()) {
            node.op()
                    .operands()
                    .forEach(v ->
                            users.computeIfAbsent(v, _ -> new ArrayList<>()).add(node));
            if (node.op() instanceof Constant c) {
                constants.put(node.result(), c.value());
            }
        }
        expanded.inputs().forEach(v -> roles.put(v.name(), find(v)));
    }

    private final Map<String, InputRole> roles = new LinkedHashMap<>();

    public InputRole of(String input) {
        return roles.getOrDefault(input, InputRole.ANY);
    }

    /** The roles of all inputs by name. */
    public Map<String, InputRole> all() {
        return roles;
    }

    private InputRole find(Value input) {
        if (input.type() instanceof MapType) {
            return keys(input);
        }
        if (!(input.type() instanceof TensorType type) || type.element().isString()) {
            return InputRole.ANY;
        }
        long bound = Long.MAX_VALUE;
        Tensor choice = null;
        Set<Value> seen = new HashSet<>();
        Deque<Value> open = new ArrayDeque<>(List.of(input));
        while (!open.isEmpty()) {
            Value v = open.pop();
            if (!seen.add(v)) {
                continue;
            }
            for (Node user : users.getOrDefault(v, List.of())) {
                bound = Math.min(bound, bound(user.op(), v));
                if (user.op() instanceof Compare(Comparison c, Value x, Value y) && c == Comparison.EQUAL) {
                    Tensor other = constants.get(x == v ? y : x);
                    choice = choice == null && other != null && other.size() == 1 ? other : choice;
                }
                follow(user, v, open);
            }
        }
        if (bound < Long.MAX_VALUE) {
            return new InputRole.Index(bound);
        }
        boolean scalar = type.isRanked() && type.shape().elements().isConstant(1);
        return choice != null && scalar && type.element().isInteger()
                ? new InputRole.Choice(choice.getLong(0))
                : InputRole.named(input.name(), type);
    }

    private InputRole keys(Value map) {
        for (Node user : users.getOrDefault(map, List.of())) {
            if (user.op() instanceof MapLookup lookup && constants.get(lookup.keys()) instanceof Tensor keys) {
                List<Object> all = new ArrayList<>();
                for (long i = 0; i < Math.min(keys.size(), MOST_KEYS); i++) {
                    all.add(MapKeys.of(keys, i));
                }
                return new InputRole.Keys(all);
            }
        }
        return InputRole.ANY;
    }

    /** The size of the table that {@code v} indexes in {@code op}. */
    private static long bound(Op op, Value v) {
        Dim table = switch (op) {
            case Gather(Value x, Value indices, int axis)
            when indices == v -> x.tensorType().dim(axis);
            case GatherElements(Value x, Value indices, int axis)
            when indices == v -> x.tensorType().dim(axis);
            default -> null;
        };
        return table != null && table.isConstant() ? table.constant() : Long.MAX_VALUE;
    }

    /** Adds the values that hold the same numbers as {@code v}, or nearly so, after {@code user}. */
    private static void follow(Node user, Value v, Deque<Value> open) {
        switch (user.op()) {
            case Cast _, Reshape _, Transpose _, Broadcast _, Slice _, Concat _, Select _ ->
                open.addAll(user.results());
            case Gather g when g.x() == v -> open.addAll(user.results());
            case Binary b
            when b.function() == BinaryFunction.MIN || b.function() == BinaryFunction.MAX ->
                open.addAll(user.results());
            case Fused f -> {
                for (int i = 0; i < f.arguments().size(); i++) {
                    if (f.arguments().get(i) == v) {
                        open.add(f.body().inputs().get(i));
                    }
                }
            }
            default -> {}
        }
    }
}
