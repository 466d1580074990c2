package dev.lathe.frontend.onnx.write;

import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Op;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A table of what each op becomes in ONNX; a class for each family fills it. Composites that it does not name are
 * expanded.
 */
public final class Exports {
    /** Writes an op; the names of its results. */
    @FunctionalInterface
    public interface Export {
        List<String> export(Op op, OpWriter g);
    }

    /** As {@link Export}, knowing the op's class. */
    @FunctionalInterface
    public interface TypedExport<T extends Op> {
        List<String> export(T op, OpWriter g);
    }

    /** As {@link TypedExport}, of an op together with what gives its operands; empty where that is not so. */
    @FunctionalInterface
    public interface Joint<T extends Op> {
        Optional<List<String>> export(T op, OpWriter g);
    }

    private final Map<Class<? extends Op>, Export> byClass = new HashMap<>();
    private final Map<Class<? extends Op>, Joint<Op>> joints = new HashMap<>();

    private final Set<Class<? extends Op>> neverExpanded = new HashSet<>();
    /** Which ops of a class have an operator, where not all do. */
    private final Map<Class<? extends Op>, Predicate<Op>> conditions = new HashMap<>();

    /** @param families fill the table */
    public Exports(List<Consumer<Exports>> families) {
        families.forEach(f -> f.accept(this));
    }

    public <T extends Op> Exports on(Class<T> type, TypedExport<T> export) {
        byClass.put(type, (op, g) -> export.export(type.cast(op), g));
        return this;
    }

    /**
     * As {@link #on}, of a composite that is never written as its expansion: who reads the model looks for the
     * operator.
     */
    public <T extends CompositeOp> Exports only(Class<T> type, TypedExport<T> export) {
        neverExpanded.add(type);
        return on(type, export);
    }

    /** As the other, of those that meet a condition; the others are only written as their expansion. */
    public <T extends CompositeOp> Exports only(Class<T> type, Predicate<T> condition, TypedExport<T> export) {
        conditions.put(type, op -> condition.test(type.cast(op)));
        return only(type, export);
    }

    /** Another way for ops of a class. */
    public <T extends Op> Exports also(Class<T> type, Joint<T> joint) {
        joints.put(type, (op, g) -> joint.export(type.cast(op), g));
        return this;
    }

    Optional<Export> find(Op op) {
        Predicate<Op> condition = conditions.get(op.getClass());
        return condition == null || condition.test(op)
                ? Optional.ofNullable(byClass.get(op.getClass()))
                : Optional.empty();
    }

    /** Whether an op has an operator and may be written as its expansion too. */
    boolean mayExpand(Op op) {
        return op instanceof CompositeOp
                && byClass.containsKey(op.getClass())
                && !neverExpanded.contains(op.getClass());
    }

    Optional<Joint<Op>> findJoint(Op op) {
        return Optional.ofNullable(joints.get(op.getClass()));
    }
}
