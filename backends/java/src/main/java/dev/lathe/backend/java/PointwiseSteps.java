package dev.lathe.backend.java;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Elementwise groups: how their operands lie against the result, and the kernels for that. */
final class PointwiseSteps {
    private final Emitter e;

    PointwiseSteps(Emitter e) {
        this.e = e;
    }

    /** An operand with the expressions for what a kernel must know of it; the value that a kernel finds in its place has no view. */
    private record Access(
            PointwiseSource.Operand operand, @Nullable View view, String inner, String outer, String stride) {}

    /**
     * A kernel and where its operands are.
     *
     * @param operands the operands that have an array of their own, in order
     */
    record Kernel(String field, List<View> operands) {
        /** The call that tells the kernel where its result and its operands are; made right before the step that runs it. */
        String bind(Emitter e, View out) {
            StringBuilder s = new StringBuilder(field + ".bind(" + e.ref(out));
            operands.forEach(v -> s.append(", ").append(e.ref(v)));
            return s.append(")").toString();
        }
    }

    /** Emits {@code nodes} as one kernel; false if there is none. */
    boolean emit(List<Node> nodes, Value result) {
        if (!PointwiseSource.supports(nodes)) {
            return false;
        }
        Shape shape = result.tensorType().shape();
        List<Value> operands = operands(nodes, null);
        int split = split(shape, operands);
        List<Access> accesses = accesses(shape, split, operands, null);
        if (split < 0 || accesses == null) {
            return false;
        }
        View out = e.allocate(result);
        Kernel kernel = kernel(nodes, result, accesses);
        setStrides(kernel.field, accesses);
        e.p.prepare(kernel.field + ".prepare(" + e.elements(shape.slice(0, split)) + ", "
                + e.elements(shape.slice(split, shape.rank())) + ", workers);");
        Set<String> conditions = new LinkedHashSet<>();
        operands.forEach(v -> assumptions(shape, v, conditions));
        if (conditions.isEmpty()) {
            e.p.step(kernel.bind(e, out) + ".run();");
        } else {
            String otherwise = e.withoutKernels(nodes, result, out);
            e.p.step("if (" + String.join(" && ", conditions) + ") {\n            " + kernel.bind(e, out)
                    + ".run();\n        } else {\n            " + otherwise + "();\n        }");
        }
        return true;
    }

    /** What must hold when it runs for each axis of {@code v} to be as long as the result's, where types leave open that it is 1. */
    private void assumptions(Shape shape, Value v, Set<String> into) {
        for (int axis = 0; axis < shape.rank(); axis++) {
            Dim d = aligned(v.tensorType().shape(), shape.rank(), axis);
            if (!d.isConstant(1) && !d.equals(shape.dim(axis))) {
                into.add(e.dim(d) + " == " + e.dim(shape.dim(axis)));
            }
        }
    }

    /**
     * A kernel that runs {@code epilogue} on blocks of {@code anchor}'s result; null if there is none.
     *
     * @param shape the shape of the result, whose last axis are the columns
     */
    @Nullable
    Kernel epilogue(Epilogue epilogue, Value anchor, Shape shape) {
        List<Node> nodes = epilogue.all();
        if (!PointwiseSource.supports(nodes)
                || !epilogue.result().tensorType().shape().equals(shape)
                || !epilogue.result()
                        .tensorType()
                        .element()
                        .equals(anchor.tensorType().element())) {
            return null;
        }
        List<Access> accesses = accesses(shape, shape.rank() - 1, operands(nodes, anchor), anchor);
        if (accesses == null) {
            return null;
        }
        Kernel kernel = kernel(nodes, epilogue.result(), accesses);
        setStrides(kernel.field, accesses);
        return kernel;
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
    private int split(Shape shape, List<Value> operands) {
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

    /** Whether two dimensions can be equal for some inputs. */
    private static boolean mayEqual(Dim a, Dim b) {
        return a.equals(b) || !a.isConstant() || !b.isConstant();
    }

    /** With {@code inPlace} dimensions must be equal for sure: behind an anchor there is no other way if one turns out to be 1. */
    private @Nullable List<Access> accesses(Shape shape, int split, List<Value> operands, @Nullable Value inPlace) {
        List<Access> all = new ArrayList<>();
        if (split < 0) {
            return null;
        }
        for (Value v : operands) {
            Access access = access(shape, split, v, v == inPlace, inPlace != null);
            if (access == null) {
                return null;
            }
            all.add(access);
        }
        return all;
    }

    private @Nullable Access access(Shape shape, int split, Value v, boolean inPlace, boolean anchored) {
        var element = v.tensorType().element();
        if (inPlace) {
            var operand = new PointwiseSource.Operand(v, element, PointwiseSource.Rows.SAME, true, true);
            return new Access(operand, null, "", "", "");
        }
        Shape own = v.tensorType().shape();
        boolean columns = false;
        for (int axis = split; axis < shape.rank(); axis++) {
            Dim d = aligned(own, shape.rank(), axis);
            if (!d.isConstant(1) && !(anchored ? d.equals(shape.dim(axis)) : mayEqual(d, shape.dim(axis)))) {
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
            boolean follows =
                    d.equals(shape.dim(axis)) || (!anchored && !d.isConstant(1) && mayEqual(d, shape.dim(axis)));
            if (!follows) {
                return null;
            }
        }
        Dim inner = shape.slice(to, split).elements();
        Dim before = shape.slice(0, from).elements();
        Dim outer = shape.slice(from, to).elements();
        Dim width = columns ? shape.slice(split, shape.rank()).elements() : Dim.ONE;
        PointwiseSource.Rows rows = from == to || outer.isConstant(1)
                ? PointwiseSource.Rows.SAME
                : inner.isConstant(1) && before.isConstant(1)
                        ? PointwiseSource.Rows.EACH
                        : PointwiseSource.Rows.PERIODIC;
        var operand = new PointwiseSource.Operand(v, element, rows, columns, false);
        return new Access(operand, e.contiguous(v), e.dim(inner), e.dim(outer), e.dim(width));
    }

    private Kernel kernel(List<Node> nodes, Value result, List<Access> accesses) {
        var source = new PointwiseSource(
                nodes, result, accesses.stream().map(Access::operand).toList());
        String name = e.p.pointwiseClass(source);
        String field = e.p.name("k");
        e.p.fields.put(name + " " + field, name + ".create()");
        List<View> views =
                accesses.stream().map(Access::view).filter(Objects::nonNull).toList();
        return new Kernel(field, views);
    }

    private void setStrides(String field, List<Access> accesses) {
        for (int i = 0; i < accesses.size(); i++) {
            Access a = accesses.get(i);
            String x = field + ".x" + i;
            if (a.operand.rows() == PointwiseSource.Rows.EACH) {
                e.p.prepare(x + "Stride = " + a.stride + ";");
            } else if (a.operand.rows() == PointwiseSource.Rows.PERIODIC) {
                e.p.prepare(x + "Inner = Math.max(1, " + a.inner + ");");
                e.p.prepare(x + "Outer = Math.max(1, " + a.outer + ");");
                e.p.prepare(x + "Stride = " + a.stride + ";");
            }
        }
    }
}
