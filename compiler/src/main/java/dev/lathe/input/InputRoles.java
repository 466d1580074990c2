package dev.lathe.input;

import dev.lathe.ir.Graph;
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
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.lower.ExpandComposites;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Finds the roles of inputs by following them through a graph, as far as their numbers stay what they are. */
final class InputRoles {
    private final Map<Value, List<Node>> users = new IdentityHashMap<>();
    private final Map<Value, Tensor> constants = new IdentityHashMap<>();

    InputRoles(Graph graph) {
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

    private final Map<String, Role> roles = new java.util.HashMap<>();

    Role of(String input) {
        return roles.getOrDefault(input, Role.ANY);
    }

    private Role find(Value input) {
        if (input.type() instanceof MapType) {
            return keys(input);
        }
        if (!(input.type() instanceof TensorType type) || type.element().isString()) {
            return Role.ANY;
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
            return new Role.Index(bound);
        }
        if (input.name().toLowerCase(Locale.ROOT).contains("mask") || type.element() == ElementType.BOOL) {
            return Role.MASK;
        }
        boolean scalar = type.isRanked() && type.shape().elements().isConstant(1);
        return choice != null && scalar && type.element().isInteger() ? new Role.Choice(choice) : Role.ANY;
    }

    private Role keys(Value map) {
        for (Node user : users.getOrDefault(map, List.of())) {
            if (user.op() instanceof MapLookup lookup && constants.get(lookup.keys()) instanceof Tensor keys) {
                return new Role.Keys(keys);
            }
        }
        return Role.ANY;
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
