package dev.lathe.ir.analysis.axes;

import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * The parts that both shapes of a reshape are made of: {@code [B, S, H*D]} and {@code [B, S, H, D]} have the runs
 * {@code [B]}, {@code [S]} and {@code [H, D]}, of which the last is one axis here and two there. Axes of size 1 are
 * left out.
 */
final class ReshapeFactors {
    /**
     * Axes of both shapes that hold the same elements, outermost first.
     *
     * @param from for each factor the axis of the operand that it is a part of
     * @param to for each factor the axis of the result
     */
    record Run(List<Dim> factors, List<Integer> from, List<Integer> to) {
        /** Whether an axis stayed what it is. */
        boolean isAxis() {
            return factors.size() == 1;
        }

        /** The product of the factors before {@code factor} that are part of the same axis. */
        Dim outer(List<Integer> axes, int factor) {
            Dim product = Dim.ONE;
            for (int i = factor - 1; i >= 0 && axes.get(i).equals(axes.get(factor)); i--) {
                product = product.times(factors.get(i));
            }
            return product;
        }

        /** The product of the factors after {@code factor} that are part of the same axis. */
        Dim inner(List<Integer> axes, int factor) {
            Dim product = Dim.ONE;
            for (int i = factor + 1; i < factors.size() && axes.get(i).equals(axes.get(factor)); i++) {
                product = product.times(factors.get(i));
            }
            return product;
        }
    }

    private ReshapeFactors() {}

    /** The runs that could be found from the outside in; what is in between has no relation that is known. */
    static List<Run> of(Shape from, Shape to) {
        List<Integer> a = axes(from);
        List<Integer> b = axes(to);
        List<Run> runs = new ArrayList<>();
        int start = forward(from, to, a, b, runs);
        List<Integer> restA = a.subList(start < 0 ? a.size() : matched(runs, true), a.size());
        List<Integer> restB = b.subList(start < 0 ? b.size() : matched(runs, false), b.size());
        List<Run> back = new ArrayList<>();
        backward(from, to, restA, restB, back);
        runs.addAll(back.reversed());
        return runs;
    }

    private static int matched(List<Run> runs, boolean from) {
        return runs.stream()
                .mapToInt(r -> (int) (from ? r.from : r.to).stream().distinct().count())
                .sum();
    }

    private static List<Integer> axes(Shape s) {
        List<Integer> axes = new ArrayList<>();
        for (int i = 0; i < s.rank(); i++) {
            if (!s.dim(i).isConstant(1)) {
                axes.add(i);
            }
        }
        return axes;
    }

    /** Finds runs from the left; -1 if all is found. */
    private static int forward(Shape from, Shape to, List<Integer> a, List<Integer> b, List<Run> runs) {
        int i = 0;
        int j = 0;
        while (i < a.size() && j < b.size()) {
            List<Dim> factors = new ArrayList<>();
            List<Integer> owners = new ArrayList<>();
            List<Integer> others = new ArrayList<>();
            Dim p = from.dim(a.get(i));
            Dim q = to.dim(b.get(j));
            while (true) {
                Dim factor;
                if (p.equals(q)) {
                    factor = p;
                } else if (isMultiple(q, p)) {
                    factor = p;
                } else if (isMultiple(p, q)) {
                    factor = q;
                } else {
                    return i;
                }
                factors.add(factor);
                owners.add(a.get(i));
                others.add(b.get(j));
                if (p.equals(q)) {
                    break;
                }
                if (factor == p) {
                    q = q.floorDiv(p);
                    i++;
                    if (i == a.size()) {
                        return i;
                    }
                    p = from.dim(a.get(i));
                } else {
                    p = p.floorDiv(q);
                    j++;
                    if (j == b.size()) {
                        return i;
                    }
                    q = to.dim(b.get(j));
                }
            }
            runs.add(new Run(factors, owners, others));
            i++;
            j++;
        }
        return -1;
    }

    private static void backward(Shape from, Shape to, List<Integer> a, List<Integer> b, List<Run> runs) {
        for (int k = 1; k <= Math.min(a.size(), b.size()); k++) {
            int i = a.get(a.size() - k);
            int j = b.get(b.size() - k);
            if (!from.dim(i).equals(to.dim(j))) {
                return;
            }
            runs.add(new Run(List.of(from.dim(i)), List.of(i), List.of(j)));
        }
    }

    private static boolean isMultiple(Dim product, Dim factor) {
        try {
            boolean divides = factor.isPositive() || !factor.isConstant();
            return divides && product.floorDiv(factor).times(factor).equals(product);
        } catch (ArithmeticException e) {
            return false;
        }
    }
}
