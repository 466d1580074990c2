package dev.lathe.backend.plan;

import dev.lathe.backend.plan.ElementwiseKernel.Operand;
import dev.lathe.backend.plan.ElementwiseKernel.Rows;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Elementwise groups: how their operands lie against the result. */
final class ElementwisePlans {
    private final Planner p;

    ElementwisePlans(Planner p) {
        this.p = p;
    }

    /** Plans {@code nodes} as one kernel; false if there is none. */
    boolean plan(List<Node> nodes, Value result) {
        if (!p.writes(nodes)) {
            return false;
        }
        Shape shape = result.tensorType().shape();
        List<Value> values = operands(nodes, null);
        int split = split(shape, values);
        List<Operand> operands = null;
        int last = shape.rank() - 1;
        if (split >= 0 && split < last && values.stream().anyMatch(p::hasRowsApart)) {
            operands = operands(shape, last, values, null); // reads such rows where they are, if others lie so too
            split = operands == null ? split : last;
        }
        if (operands == null) {
            operands = operands(shape, split, values, null);
        }
        if (operands == null && nodes.size() == 1) {
            split = 0;
            operands = spread(shape, values);
        }
        if (operands == null) {
            return false;
        }
        View out = p.allocate(result);
        Set<Condition.Equal> conditions = new LinkedHashSet<>();
        values.forEach(v -> assumptions(shape, v, conditions));
        List<Instruction> otherwise = conditions.isEmpty()
                ? List.of()
                : p.repeatsByKernels()
                        ? p.region(() -> repeated(nodes, result, values, out))
                        : p.withoutKernels(nodes, result, out);
        p.add(new Step.Pointwise(
                new ElementwiseKernel(nodes, result, operands),
                shape.slice(0, split).elements(),
                shape.slice(split, shape.rank()).elements(),
                List.copyOf(conditions),
                otherwise,
                out));
        return true;
    }

    /**
     * Operands that are one number, or have all elements of the result: what lies otherwise is copied so. Null if types
     * leave open which axes repeat.
     */
    private @Nullable List<Operand> spread(Shape shape, List<Value> values) {
        for (Value v : values) {
            for (int axis = 0; axis < shape.rank(); axis++) {
                Dim d = aligned(v.tensorType().shape(), shape.rank(), axis);
                if (!d.isConstant(1) && !d.equals(shape.dim(axis))) {
                    return null;
                }
            }
        }
        Dim width = shape.elements();
        return values.stream()
                .map(v -> {
                    boolean one = v.tensorType().shape().elements().isConstant(1);
                    View view = one ? p.contiguous(v) : p.contiguous(spread(p.view(v), shape));
                    return new Operand(v, view, Rows.SAME, !one, Dim.ONE, Dim.ONE, one ? Dim.ONE : width);
                })
                .toList();
    }

    /** The kernel for the case that some axis repeats of which types leave that open: operands that may are copied. */
    private void repeated(List<Node> nodes, Value result, List<Value> values, View out) {
        Shape shape = result.tensorType().shape();
        Dim width = shape.elements();
        List<Operand> operands = new ArrayList<>();
        for (Value v : values) {
            View view = p.view(v);
            boolean one = view.shape().elements().isConstant(1);
            View place = p.contiguous(one ? view : perhapsRepeated(view, shape));
            operands.add(new Operand(v, place, Rows.SAME, !one, Dim.ONE, Dim.ONE, one ? Dim.ONE : width));
        }
        p.add(new Step.Pointwise(
                new ElementwiseKernel(nodes, result, operands), Dim.ONE, width, List.of(), List.of(), out));
    }

    /** The view in a shape to which it broadcasts, along axes that turn out to be 1 and those that are for sure. */
    private View perhapsRepeated(View v, Shape shape) {
        int more = shape.rank() - v.shape().rank();
        List<Dim> strides = new ArrayList<>();
        for (int axis = 0; axis < shape.rank(); axis++) {
            Dim own = aligned(v.shape(), shape.rank(), axis);
            if (own.isConstant(1)) {
                strides.add(Dim.ZERO);
                continue;
            }
            Dim stride = v.strides().get(axis - more);
            if (own.equals(shape.dim(axis))) {
                strides.add(stride);
            } else {
                p.add(new Step.Guard(
                        new Condition.Broadcasts(own, shape.dim(axis)),
                        "shape " + v.shape() + " does not broadcast to " + shape));
                strides.add(stride.times(own.minus(1).min(Dim.ONE))); // 0 if there is one element
            }
        }
        return new View(v.type().withShape(shape), v.place(), v.offset(), strides);
    }

    /** The view in a shape to which it broadcasts. */
    private static View spread(View v, Shape shape) {
        int more = shape.rank() - v.shape().rank();
        List<Dim> strides = new ArrayList<>();
        for (int axis = 0; axis < shape.rank(); axis++) {
            boolean repeats = aligned(v.shape(), shape.rank(), axis).isConstant(1);
            strides.add(repeats ? Dim.ZERO : v.strides().get(axis - more));
        }
        return new View(v.type().withShape(shape), v.place(), v.offset(), strides);
    }

    /** What must hold for each axis of {@code v} to be as long as the result's, where types leave open that it is 1. */
    private static void assumptions(Shape shape, Value v, Set<Condition.Equal> into) {
        for (int axis = 0; axis < shape.rank(); axis++) {
            Dim d = aligned(v.tensorType().shape(), shape.rank(), axis);
            if (!d.isConstant(1) && !d.equals(shape.dim(axis))) {
                into.add(new Condition.Equal(d, shape.dim(axis)));
            }
        }
    }

    /**
     * A kernel that runs {@code epilogue} on blocks of {@code anchor}'s result; null if there is none.
     *
     * @param shape the shape of the result, whose last axis are the columns
     */
    @Nullable
    ElementwiseKernel epilogue(Epilogue epilogue, Value anchor, Shape shape) {
        List<Node> nodes = epilogue.all();
        if (!p.writes(nodes)
                || !epilogue.result().tensorType().shape().equals(shape)
                || !epilogue.result()
                        .tensorType()
                        .element()
                        .equals(anchor.tensorType().element())) {
            return null;
        }
        List<Operand> operands = operands(shape, shape.rank() - 1, operands(nodes, anchor), anchor);
        return operands == null ? null : new ElementwiseKernel(nodes, epilogue.result(), operands);
    }

    /** What the nodes read from outside, {@code first} before all others. */
    private static List<Value> operands(List<Node> nodes, @Nullable Value first) {
        List<Value> all = new ArrayList<>();
        if (first != null) {
            all.add(first);
        }
        List<Value> inside = nodes.stream().flatMap(n -> n.results().stream()).toList();
        for (Node n : nodes) {
            for (Value v : n.op().operands()) {
                if (!inside.contains(v) && !all.contains(v)) {
                    all.add(v);
                }
            }
        }
        return all;
    }

    private static Dim aligned(Shape shape, int rank, int axis) {
        int own = axis - (rank - shape.rank());
        return own < 0 ? Dim.ONE : shape.dim(own);
    }

    /** Where the columns begin, so that each operand follows all of them or none; -1 if an operand is not plain. */
    private static int split(Shape shape, List<Value> operands) {
        int split = shape.rank();
        boolean[] follows = new boolean[operands.size()];
        boolean first = true;
        for (int axis = shape.rank() - 1; axis >= 0; axis--) {
            if (shape.dim(axis).isConstant(1)) {
                split = axis;
                continue;
            }
            for (int i = 0; i < follows.length; i++) {
                Dim d = aligned(operands.get(i).tensorType().shape(), shape.rank(), axis);
                boolean same = !d.isConstant(1);
                if (same && !mayEqual(d, shape.dim(axis))) {
                    return -1;
                }
                if (!first && follows[i] != same) {
                    return split;
                }
            }
            for (int i = 0; i < follows.length; i++) {
                follows[i] = !aligned(operands.get(i).tensorType().shape(), shape.rank(), axis)
                        .isConstant(1);
            }
            first = false;
            split = axis;
        }
        return split;
    }

    /** Whether two sizes can be equal for some inputs. */
    private static boolean mayEqual(Dim a, Dim b) {
        return a.equals(b) || !a.isConstant() || !b.isConstant();
    }

    /** Null if an operand lies as no kernel reads it. With {@code anchor} sizes must be equal for sure. */
    private @Nullable List<Operand> operands(Shape shape, int split, List<Value> values, @Nullable Value anchor) {
        List<Operand> all = new ArrayList<>();
        if (split < 0) {
            return null;
        }
        for (Value v : values) {
            Operand operand = v == anchor
                    ? new Operand(v, null, Rows.SAME, true, Dim.ONE, Dim.ONE, Dim.ONE)
                    : operand(shape, split, v, anchor != null);
            if (operand == null) {
                return null;
            }
            all.add(operand);
        }
        return all.stream()
                .map(o -> o.value() == anchor ? o : placed(o, split == shape.rank() - 1))
                .toList();
    }

    /** The operand where its value is, which may have rows that are apart if columns are the last axis alone. */
    private Operand placed(Operand o, boolean lastAxis) {
        if (lastAxis && o.rows() == Rows.EACH && o.alongColumns()) {
            View rows = p.rows(o.value());
            return new Operand(
                    o.value(),
                    rows,
                    o.rows(),
                    true,
                    o.inner(),
                    o.outer(),
                    rows.rowStride().orElse(o.width()));
        }
        return o.at(p.contiguous(o.value()));
    }

    private static @Nullable Operand operand(Shape shape, int split, Value v, boolean anchored) {
        Shape own = v.tensorType().shape();
        boolean columns = false;
        for (int axis = split; axis < shape.rank(); axis++) {
            Dim d = aligned(own, shape.rank(), axis);
            if (!d.isConstant(1) && !follows(d, shape.dim(axis), anchored)) {
                return null;
            }
            columns |= !d.isConstant(1);
        }
        // Along the rows: axes that it repeats over, then axes that it follows, then axes that it repeats over.
        int from = 0;
        while (from < split && aligned(own, shape.rank(), from).isConstant(1)) {
            from++;
        }
        int to = split;
        while (to > from && aligned(own, shape.rank(), to - 1).isConstant(1)) {
            to--;
        }
        for (int axis = from; axis < to; axis++) {
            Dim d = aligned(own, shape.rank(), axis);
            if (!d.equals(shape.dim(axis)) && (d.isConstant(1) || !follows(d, shape.dim(axis), anchored))) {
                return null;
            }
        }
        Dim inner = shape.slice(to, split).elements();
        Dim before = shape.slice(0, from).elements();
        Dim outer = shape.slice(from, to).elements();
        Dim width = columns ? shape.slice(split, shape.rank()).elements() : Dim.ONE;
        Rows rows = from == to || outer.isConstant(1)
                ? Rows.SAME
                : inner.isConstant(1) && before.isConstant(1) ? Rows.EACH : Rows.PERIODIC;
        return new Operand(v, null, rows, columns, inner, outer, width);
    }

    /** An operand behind an anchor has no other way if one of two sizes turns out to be 1. */
    private static boolean follows(Dim own, Dim all, boolean anchored) {
        return anchored ? own.equals(all) : mayEqual(own, all);
    }
}
