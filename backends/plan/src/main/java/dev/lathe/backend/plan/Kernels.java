package dev.lathe.backend.plan;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.fuse.TargetKernels;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a target has kernels for, a row an op. It decides which composites are expanded, which steps a graph becomes,
 * and which nodes run on the host instead; nothing else does. Fusion asks it, too, by planning on trial what it
 * would group.
 */
public final class Kernels implements TargetKernels {

    /** Plans the steps of a node; false, and then nothing is planned, if the target has no kernel for it. */
    @FunctionalInterface
    public interface Row<T extends Op> {
        boolean plan(Planner p, T op, Value result);
    }

    /** As {@link Row}, with the elementwise ops that follow and run on the blocks of the result. */
    @FunctionalInterface
    public interface Anchor<T extends Op> {
        boolean plan(Planner p, T op, Value result, @Nullable Epilogue epilogue);
    }

    /** As {@link Row}, of an op with several results. */
    @FunctionalInterface
    public interface Rows<T extends Op> {
        boolean plan(Planner p, T op, List<Value> results);
    }

    private final Map<Class<?>, Rows<Op>> several = new HashMap<>();
    private final Map<Class<?>, Anchor<Op>> rows = new HashMap<>();
    private final Set<Class<?>> anchors = new HashSet<>();
    private final Predicate<ElementType> arrays;
    private final Predicate<List<Node>> elementwise;
    private boolean repeats;
    private Predicate<Op> values = _ -> false;
    private boolean rowsApart;
    private boolean expansions;
    private boolean integerProducts;
    private boolean batchedMatrices;
    private boolean byteOperands;

    /**
     * A table without rows.
     *
     * @param arrays whether the target has arrays of an element type; values of others are in slots
     * @param elementwise whether the target can write one kernel of elementwise ops and the numbers they use
     */
    public Kernels(Predicate<ElementType> arrays, Predicate<List<Node>> elementwise) {
        this.arrays = arrays;
        this.elementwise = elementwise;
    }

    /** Adds a kernel that takes no epilogue. */
    public <T extends Op> Kernels on(Class<T> op, Row<T> row) {
        rows.put(op, (p, o, result, epilogue) -> epilogue == null && row.plan(p, op.cast(o), result));
        return this;
    }

    /** Adds a kernel without an epilogue for what the kernel that an op has, if it has one, does not take. */
    public <T extends Op> Kernels otherwise(Class<T> op, Row<T> row) {
        Anchor<Op> first = rows.getOrDefault(op, (_, _, _, _) -> false);
        rows.put(
                op,
                (p, o, result, epilogue) ->
                        first.plan(p, o, result, epilogue) || epilogue == null && row.plan(p, op.cast(o), result));
        return this;
    }

    /** Adds a kernel for an op with several results. */
    public <T extends Op> Kernels onAll(Class<T> op, Rows<T> row) {
        several.put(op, (p, o, results) -> row.plan(p, op.cast(o), results));
        return this;
    }

    /** Adds a kernel that may take an epilogue. */
    public <T extends Op> Kernels anchor(Class<T> op, Anchor<T> row) {
        rows.put(op, (p, o, result, epilogue) -> row.plan(p, op.cast(o), result, epilogue));
        anchors.add(op);
        return this;
    }

    /** Leaves only those ops of a class to their kernel for which {@code takes} is true. */
    public <T extends Op> Kernels only(Class<T> op, Predicate<T> takes) {
        several.computeIfPresent(op, (_, row) -> (p, o, results) -> takes.test(op.cast(o)) && row.plan(p, o, results));
        rows.computeIfPresent(
                op, (_, row) -> (p, o, result, epilogue) -> takes.test(op.cast(o)) && row.plan(p, o, result, epilogue));
        return this;
    }

    /**
     * Makes kernels also for the case that operands of elementwise ops repeat along axes of which types leave that
     * open. It is rare, so that the host can have it where it is near.
     */
    public Kernels repeating() {
        repeats = true;
        return this;
    }

    /** Notes for which ops, where no row takes them, the host has kernels for values of any size. */
    public Kernels withValues(Predicate<Op> takes) {
        values = takes;
        return this;
    }

    boolean hasForValues(Op op) {
        return values.test(op);
    }

    /** Lets kernels read and write rows that are apart, where a view has such: the columns of a wider tensor. */
    public Kernels withRowsApart() {
        rowsApart = true;
        return this;
    }

    /**
     * Joins products with the convolutions that read them, to compute rows of both in turns; see {@link Expansions}.
     */
    public Kernels withExpansions() {
        expansions = true;
        return this;
    }

    /** Lets products be told where both of their operands are integers that bytes hold. */
    public Kernels withByteOperands() {
        byteOperands = true;
        return this;
    }

    boolean hasByteOperands() {
        return byteOperands;
    }

    boolean hasExpansions() {
        return expansions;
    }

    boolean hasRowsApart() {
        return rowsApart;
    }

    /** Notes that the kernel of matrix products multiplies integers of 32 and 64 bits, too, whatever they are. */
    public Kernels withIntegerProducts() {
        integerProducts = true;
        return this;
    }

    @Override
    public boolean multipliesIntegers() {
        return integerProducts;
    }

    /** Notes that products pack matrices for each of a batch, too, if they are known at load. */
    public Kernels withBatchedMatrices() {
        batchedMatrices = true;
        return this;
    }

    boolean hasBatchedMatrices() {
        return batchedMatrices;
    }

    boolean repeats() {
        return repeats;
    }

    /** Takes the kernel of an op away, for targets that do not write it. */
    public Kernels without(Class<? extends Op> op) {
        rows.remove(op);
        anchors.remove(op);
        return this;
    }

    /** Whether a composite is a step, and so is not expanded by passes. */
    public boolean keeps(CompositeOp op) {
        return rows.containsKey(op.getClass());
    }

    @Override
    public boolean packs(CompositeOp op) {
        return LoadPlan.isPackable(op);
    }

    @Override
    public boolean isAnchor(Op op) {
        return anchors.contains(op.getClass());
    }

    @Override
    public Predicate<List<Node>> of(Graph graph) {
        return new GroupTrial(graph, this);
    }

    /** Whether there is a kernel of an op with one result. */
    boolean has(Class<? extends Op> op) {
        return rows.containsKey(op);
    }

    boolean hasArrays(ElementType element) {
        return arrays.test(element);
    }

    boolean writes(List<Node> nodes) {
        return elementwise.test(nodes);
    }

    boolean plan(Planner p, Op op, List<Value> results) {
        Rows<Op> row = several.get(op.getClass());
        return row != null && row.plan(p, op, results);
    }

    boolean plan(Planner p, Op op, Value result, @Nullable Epilogue epilogue) {
        Anchor<Op> row = rows.get(op.getClass());
        return row != null && row.plan(p, op, result, epilogue);
    }
}
