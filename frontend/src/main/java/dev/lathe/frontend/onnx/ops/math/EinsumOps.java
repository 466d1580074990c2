package dev.lathe.frontend.onnx.ops.math;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** Sums of products over named axes: operands are joined one by one, each time by a matrix product. */
public final class EinsumOps {
    private EinsumOps() {}

    public static void addTo(Operators t) {
        t.on("Einsum").since(12, EinsumOps::einsum);
    }

    /** A tensor and the names of its axes; those of an ellipsis are numbered from the end: {@code .0} is the last. */
    private record Term(Value value, List<String> axes) {}

    private static Value einsum(OnnxNode n) {
        String equation = n.s("equation", "").replace(" ", "");
        String[] sides = equation.split("->", -1);
        String[] parts = sides[0].split(",", -1);
        if (parts.length != n.inputs.size() || sides.length > 2) {
            throw new InvalidOpException(
                    "the equation \"" + equation + "\" is not one of " + n.inputs.size() + " operands");
        }
        List<Term> terms = new ArrayList<>();
        for (int i = 0; i < parts.length; i++) {
            terms.add(diagonal(n.b, new Term(n.in(i), axes(parts[i], n.rank(i), equation))));
        }
        List<String> result = sides.length == 2 ? resultAxes(sides[1], terms) : implicit(terms);
        Term joined = terms.getFirst();
        for (int i = 1; i < terms.size(); i++) {
            Set<String> later = new HashSet<>(result);
            terms.subList(i + 1, terms.size()).forEach(t -> later.addAll(t.axes));
            joined = product(n.b, joined, terms.get(i), later);
        }
        Term summed = summed(n.b, joined, new HashSet<>(result));
        List<Integer> perm = result.stream()
                .map(a -> {
                    if (!summed.axes.contains(a)) {
                        throw new InvalidOpException("no operand has the axis " + a + " of \"" + equation + "\"");
                    }
                    return summed.axes.indexOf(a);
                })
                .toList();
        return n.b.transpose(summed.value, perm);
    }

    private static List<String> axes(String part, int rank, String equation) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < part.length(); i++) {
            if (part.startsWith("...", i)) {
                int named = part.length() - 3;
                for (int k = rank - named - 1; k >= 0; k--) {
                    names.add("." + k);
                }
                i += 2;
            } else {
                names.add(part.substring(i, i + 1));
            }
        }
        if (names.size() != rank) {
            throw new InvalidOpException(
                    "\"" + part + "\" of \"" + equation + "\" does not name the axes of rank " + rank);
        }
        return names;
    }

    private static int ellipsis(List<Term> terms) {
        return terms.stream()
                .mapToInt(t ->
                        (int) t.axes.stream().filter(a -> a.startsWith(".")).count())
                .max()
                .orElse(0);
    }

    private static List<String> resultAxes(String side, List<Term> terms) {
        int dots = side.contains("...") ? ellipsis(terms) : 0;
        return axes(side, side.replace("...", "").length() + dots, side);
    }

    /** The axes of the ellipsis, and those that appear once, in alphabetical order. */
    private static List<String> implicit(List<Term> terms) {
        TreeMap<String, Integer> counts = new TreeMap<>();
        terms.forEach(t -> new LinkedHashSet<>(t.axes).forEach(a -> counts.merge(a, 1, Integer::sum)));
        List<String> result = new ArrayList<>();
        for (int k = ellipsis(terms) - 1; k >= 0; k--) {
            result.add("." + k);
        }
        counts.forEach((axis, count) -> {
            if (!axis.startsWith(".") && count == 1) {
                result.add(axis);
            }
        });
        return result;
    }

    /**
     * An axis named twice is taken along the diagonal: elements at equal distances where sizes are known, else zeros
     * elsewhere, summed over one of the two.
     */
    private static Term diagonal(Builder b, Term t) {
        for (int i = 0; i < t.axes.size(); i++) {
            int j = t.axes.lastIndexOf(t.axes.get(i));
            if (j > i) {
                Shape s = t.value.tensorType().shape();
                if (s.dim(i).isConstant() && s.dim(i).equals(s.dim(j))) {
                    return diagonal(b, strided(b, t, i, j));
                }
                Value rows = b.expandRight(b.iota(s.dim(i)), s.rank() - i);
                Value columns = b.expandRight(b.iota(s.dim(j)), s.rank() - j);
                Value zero = b.constant(Tensor.zeros(t.value.tensorType().element()));
                Value kept = b.select(b.compare(Comparison.EQUAL, rows, columns), t.value, zero);
                List<String> rest = new ArrayList<>(t.axes);
                rest.remove(j);
                Value sum = b.reduce(ReduceFunction.REDUCE_SUM, kept, List.of(j), false);
                return diagonal(b, new Term(sum, rest));
            }
        }
        return t;
    }

    /** The diagonal of two axes of one size as the last axis. */
    private static Term strided(Builder b, Term t, int i, int j) {
        List<Integer> perm = new ArrayList<>();
        List<String> axes = new ArrayList<>();
        List<Dim> dims = new ArrayList<>();
        for (int axis = 0; axis < t.axes.size(); axis++) {
            if (axis != i && axis != j) {
                perm.add(axis);
                axes.add(t.axes.get(axis));
                dims.add(t.value.tensorType().dim(axis));
            }
        }
        perm.add(i);
        perm.add(j);
        axes.add(t.axes.get(i));
        Dim n = t.value.tensorType().dim(i);
        List<Dim> starts = Collections.nCopies(axes.size(), Dim.ZERO);
        List<Long> steps = new ArrayList<>(Collections.nCopies(dims.size(), 1L));
        steps.add(n.constant() + 1);
        List<Dim> sizes = new ArrayList<>(dims);
        sizes.add(n);
        dims.add(n.times(n));
        Value flat = b.reshape(b.transpose(t.value, perm), Shape.of(dims));
        return new Term(b.add(new Slice(flat, starts, sizes, steps)), axes);
    }

    private static Term summed(Builder b, Term t, Set<String> kept) {
        List<Integer> gone = new ArrayList<>();
        List<String> rest = new ArrayList<>();
        for (int i = 0; i < t.axes.size(); i++) {
            if (kept.contains(t.axes.get(i))) {
                rest.add(t.axes.get(i));
            } else {
                gone.add(i);
            }
        }
        return gone.isEmpty() ? t : new Term(b.reduce(ReduceFunction.REDUCE_SUM, t.value, gone, false), rest);
    }

    /** The product of two terms, summed over what only they have and nobody needs later. */
    private static Term product(Builder b, Term x, Term y, Set<String> later) {
        Set<String> needX = new HashSet<>(later);
        needX.addAll(y.axes);
        Set<String> needY = new HashSet<>(later);
        needY.addAll(x.axes);
        Term p = summed(b, x, needX);
        Term q = summed(b, y, needY);
        List<String> batch = new ArrayList<>();
        List<String> inner = new ArrayList<>();
        List<String> left = new ArrayList<>();
        List<String> right = new ArrayList<>();
        for (String a : p.axes) {
            (q.axes.contains(a) ? later.contains(a) ? batch : inner : left).add(a);
        }
        for (String a : q.axes) {
            if (!p.axes.contains(a)) {
                right.add(a);
            }
        }
        Value m = arranged(b, p, batch, left, inner);
        Value k = arranged(b, q, batch, inner, right);
        Value product = b.matMul(m, k);
        List<Dim> dims = new ArrayList<>(product.tensorType().shape().dims().subList(0, batch.size()));
        left.forEach(a -> dims.add(dim(p, a)));
        right.forEach(a -> dims.add(dim(q, a)));
        List<String> axes = new ArrayList<>(batch);
        axes.addAll(left);
        axes.addAll(right);
        return new Term(b.reshape(product, Shape.of(dims)), axes);
    }

    private static Dim dim(Term t, String axis) {
        return t.value.tensorType().dim(t.axes.indexOf(axis));
    }

    /** The term as matrices: batch axes, then rows and columns, each of several axes as one. */
    private static Value arranged(Builder b, Term t, List<String> batch, List<String> rows, List<String> columns) {
        List<String> order = new ArrayList<>(batch);
        order.addAll(rows);
        order.addAll(columns);
        Value moved = b.transpose(t.value, order.stream().map(t.axes::indexOf).toList());
        List<Dim> dims = new ArrayList<>();
        batch.forEach(a -> dims.add(dim(t, a)));
        dims.add(rows.stream().map(a -> dim(t, a)).reduce(Dim.ONE, Dim::times));
        dims.add(columns.stream().map(a -> dim(t, a)).reduce(Dim.ONE, Dim::times));
        return b.reshape(moved, Shape.of(dims));
    }
}
