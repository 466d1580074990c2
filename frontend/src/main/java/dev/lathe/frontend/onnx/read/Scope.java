package dev.lathe.frontend.onnx.read;

import dev.lathe.frontend.onnx.file.OnnxNames;
import dev.lathe.frontend.onnx.file.SparseTensors;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Location;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.InvalidOpException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The names of one graph: those that have a value by now, and those that have none, which has been told. */
final class Scope {
    private final ModelImporter model;
    private final Builder b;
    private final @Nullable Scope outer;
    private final Map<String, Value> values = new HashMap<>();
    private final Map<String, TensorProto> initializers = new HashMap<>();
    /** Names whose node could not be lowered. */
    private final Set<String> failed = new HashSet<>();
    /** Operands that the call of this function leaves out. */
    private final Set<String> absent = new HashSet<>();

    /** @param outer whose names are seen here too; null if there are none */
    Scope(ModelImporter model, Builder b, @Nullable Scope outer) {
        this.model = model;
        this.b = b;
        this.outer = outer;
    }

    void takeInitializers(GraphProto proto) {
        proto.getInitializerList().forEach(t -> {
            if (initializers.putIfAbsent(t.getName(), t) != null) {
                duplicate(Location.NONE, t.getName());
            }
        });
        proto.getSparseInitializerList().forEach(s -> {
            String name = s.getValues().getName();
            try {
                values.put(name, b.constant(SparseTensors.dense(s, model.decoder), name));
                model.source.add(values.get(name), s);
            } catch (InvalidOpException | ArithmeticException | IllegalArgumentException e) {
                fail("onnx.tensor", Location.NONE, String.valueOf(e.getMessage()), List.of(name));
            }
        });
    }

    /** Adds the inputs of a whole model; those that have initializers are none. */
    void takeInputs(GraphProto proto) {
        for (ValueInfoProto input : proto.getInputList()) {
            String name = input.getName();
            if (values.containsKey(name) || failed.contains(name)) {
                duplicate(Location.NONE, name);
            } else if (!initializers.containsKey(name)) {
                try {
                    values.put(name, b.input(name, InputTypes.of(input, model, b)));
                } catch (InvalidOpException | ArithmeticException | IllegalArgumentException e) {
                    failed.add(name);
                    model.problem(
                            "onnx.input",
                            Location.NONE,
                            "input \"" + name + "\": " + e.getMessage(),
                            "fix its shape with --shape " + name + "=1x3x224x224, or export the model with one");
                }
            }
        }
    }

    /** The nodes without those that give a name a second meaning, which are told. */
    List<NodeProto> distinct(List<NodeProto> nodes) {
        Set<String> defined = new HashSet<>(values.keySet());
        defined.addAll(initializers.keySet());
        List<NodeProto> good = new ArrayList<>();
        for (NodeProto node : nodes) {
            List<String> again = node.getOutputList().stream()
                    .filter(name -> !name.isEmpty() && !defined.add(name))
                    .toList();
            if (again.isEmpty()) {
                good.add(node);
            } else {
                Location location = OnnxNames.location(node, 0);
                again.forEach(name -> duplicate(location, name));
                node.getOutputList().stream()
                        .filter(name -> !again.contains(name))
                        .forEach(failed::add);
            }
        }
        return good;
    }

    private void duplicate(Location location, String name) {
        model.problem(
                "onnx.duplicate-name",
                location,
                "\"" + name + "\" is the name of two values",
                "export the model again: each input, weight and result needs a name of its own");
    }

    /** The values of these names; null if one has failed. */
    @Nullable
    List<Value> results(List<String> names) {
        List<Value> all = new ArrayList<>();
        boolean complete = true;
        for (String name : names) {
            Value v = find(name);
            if (v != null) {
                all.add(v);
            } else {
                complete = false;
                if (!hasFailed(name)) {
                    model.problem(
                            "onnx.undefined-value",
                            Location.NONE,
                            "output \"" + name + "\" is computed by no node",
                            "remove the output, or export the model again");
                }
            }
        }
        return complete ? all : null;
    }

    /** The operands of a node; null if one has no value, which has been told. */
    @Nullable
    List<Optional<Value>> operands(NodeProto node, Location location) {
        List<Optional<Value>> inputs = new ArrayList<>();
        boolean known = true;
        for (String name : node.getInputList()) {
            boolean given = !name.isEmpty() && !absent.contains(name);
            Value v = given ? find(name) : null;
            if (v == null && given) {
                known = false;
                if (!hasFailed(name)) {
                    model.problem(
                            "onnx.undefined-value",
                            location,
                            "operand \"" + name + "\" is no input, no initializer, and no node computes it",
                            "export the model again; it may have been cut");
                }
            }
            inputs.add(Optional.ofNullable(v));
        }
        return known ? inputs : null;
    }

    /** The value of a name; null if it has none yet. */
    @Nullable
    Value known(String name) {
        Value v = values.get(name);
        return v != null || outer == null ? v : outer.known(name);
    }

    /** The value of a name, which an initializer may be; null if it has none. */
    @Nullable
    Value find(String name) {
        Value v = values.get(name);
        if (v != null) {
            return v;
        }
        TensorProto initializer = initializers.get(name);
        if (initializer != null && !failed.contains(name)) {
            try {
                Value constant = b.constant(model.decoder.decode(initializer), name);
                values.put(name, constant);
                model.source.add(constant, initializer);
                return constant;
            } catch (InvalidOpException | IllegalArgumentException | ArithmeticException e) {
                fail("onnx.tensor", Location.NONE, String.valueOf(e.getMessage()), List.of(name));
                return null;
            }
        }
        return outer == null ? null : outer.find(name);
    }

    /** The value that this graph itself has for a name. */
    @Nullable
    Value own(String name) {
        return values.get(name);
    }

    /** The names that have values in this graph alone. */
    List<String> definedNames() {
        return List.copyOf(values.keySet());
    }

    void define(String name, Value value) {
        values.put(name, value);
    }

    void leaveOut(String name) {
        absent.add(name);
    }

    boolean hasFailed(String name) {
        return failed.contains(name) || (outer != null && outer.hasFailed(name));
    }

    /** Notes that a name has no value, which has been told. */
    void markFailed(String name) {
        values.remove(name);
        failed.add(name);
    }

    /** Notes that nodes gave these names no values, which has been told. */
    void markFailed(Collection<String> names) {
        failed.addAll(names);
    }

    /** Tells why these names have no values. */
    void fail(String code, Location location, String what, List<String> names) {
        failed.addAll(names);
        model.problem(
                code, location, what, "check the node's operands and attributes against the operator's specification");
    }
}
