package dev.lathe.ir.analysis.axes;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.analysis.axes.ReshapeFactors.Run;
import dev.lathe.ir.op.BitCast;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.Movement;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/** Rules of {@link Movement} ops. */
final class MovementAxes {
    private MovementAxes() {}

    static void add(AxisRules rules, Node n, Movement op) {
        Value y = n.result();
        switch (op) {
            case Reshape r -> reshape(rules, n, r.x(), y);
            case Broadcast b -> rules.broadcast(b.x(), y);
            case Transpose t -> {
                for (int i = 0; i < t.perm().size(); i++) {
                    rules.unions.tie(rules.axis(t.x(), t.perm().get(i)), rules.axis(y, i));
                }
            }
            case Slice s -> slice(rules, s, y);
            case Concat c -> concat(rules, c, y);
            case Pad p -> pad(rules, p, y);
            case Resize r -> resize(rules, r, y);
            case BitCast c -> rules.broadcast(c.x(), y);
        }
    }

    private static void slice(AxisRules rules, Slice s, Value y) {
        for (int i = 0; i < s.starts().size(); i++) {
            Axis from = rules.axis(s.x(), i);
            Axis to = rules.axis(y, i);
            Dim start = s.starts().get(i);
            Dim size = s.sizes().get(i);
            if (s.steps().get(i) != 1) {
                rules.unions.pin(from);
                rules.unions.pin(to);
            } else if (start.isConstant(0) && size.equals(from.size())) {
                rules.unions.tie(from, to);
            } else if (start.isConstant() && size.isConstant() && from.isPlain()) {
                rules.unions.tie(from, start.constant(), to, 0, size.constant());
            } else {
                rules.unions.pin(from);
                rules.unions.pin(to);
            }
        }
    }

    private static void concat(AxisRules rules, Concat c, Value y) {
        long at = 0;
        boolean known = rules.axis(y, c.axis()).isPlain();
        for (Value x : c.inputs()) {
            for (int i = 0; i < rules.axes(x).size(); i++) {
                Axis from = rules.axis(x, i);
                Axis to = rules.axis(y, i);
                if (i != c.axis()) {
                    rules.unions.tie(from, to);
                } else if (known && from.size().isConstant()) {
                    rules.unions.tie(from, 0, to, at, from.size().constant());
                    at += from.size().constant();
                } else {
                    rules.unions.pin(from);
                    rules.unions.pin(to);
                }
            }
        }
    }

    private static void pad(AxisRules rules, Pad p, Value y) {
        for (int i = 0; i < p.before().size(); i++) {
            Axis from = rules.axis(p.x(), i);
            Axis to = rules.axis(y, i);
            Dim before = p.before().get(i);
            Dim after = p.after().get(i);
            boolean adds = before.isConstant()
                    && before.isNonNegative()
                    && after.isConstant()
                    && after.isNonNegative()
                    && p.mode() == PadMode.CONSTANT;
            if (before.isConstant(0) && after.isConstant(0)) {
                rules.unions.tie(from, to);
            } else if (adds && from.isPlain() && to.isPlain()) {
                rules.unions.tie(from, 0, to, before.constant(), from.count);
            } else {
                rules.unions.pin(from);
                rules.unions.pin(to);
            }
        }
    }

    private static void resize(AxisRules rules, Resize r, Value y) {
        Tensor scales = r.scales().map(rules.constants::get).orElse(null);
        boolean known = r.scales().isEmpty() || scales != null;
        boolean crops = r.roi().isPresent() || r.coordinates() == CoordinateMode.TF_CROP_AND_RESIZE;
        for (int i = 0; i < r.shape().rank(); i++) {
            Axis from = rules.axis(r.x(), i);
            Axis to = rules.axis(y, i);
            boolean same = from.size().equals(to.size()) && known && (scales == null || scales.getDouble(i) == 1);
            if (same && !crops) {
                rules.unions.tie(from, to);
            } else {
                rules.unions.pin(from);
                rules.unions.pin(to);
            }
        }
        r.scales().ifPresent(rules::pin);
        r.roi().ifPresent(rules::pin);
    }

    private static void reshape(AxisRules rules, Node n, Value x, Value y) {
        List<Run> runs =
                ReshapeFactors.of(x.tensorType().shape(), y.tensorType().shape());
        Set<Axis> unrelated = new HashSet<>(rules.axes(x));
        unrelated.addAll(rules.axes(y));
        for (int i = 0; i < runs.size(); i++) {
            Run run = runs.get(i);
            run.from().forEach(a -> unrelated.remove(rules.axis(x, a)));
            run.to().forEach(a -> unrelated.remove(rules.axis(y, a)));
            if (run.isAxis()) {
                rules.unions.tie(
                        rules.axis(x, run.from().getFirst()),
                        rules.axis(y, run.to().getFirst()));
            } else {
                split(rules, n, i, run, x, y);
            }
        }
        unrelated.forEach(rules.unions::pin);
    }

    /** Axes that one axis becomes, or the other way round: one of the factors can lose positions. */
    private static void split(AxisRules rules, Node n, int number, Run run, Value x, Value y) {
        Set<Axis> others = new HashSet<>();
        run.from().forEach(a -> others.add(rules.axis(x, a)));
        run.to().forEach(a -> others.add(rules.axis(y, a)));
        for (int f : order(run, isShuffle(rules.uses, x, y))) {
            Dim size = run.factors().get(f);
            if (!size.isConstant() || size.constant() < 2 || rules.choices.isRejected(n, number, f)) {
                continue;
            }
            int count = Math.toIntExact(size.constant());
            Axis from = rules.axis(x, run.from().get(f));
            Axis to = rules.axis(y, run.to().get(f));
            Dim outerA = run.outer(run.from(), f);
            Dim innerA = run.inner(run.from(), f);
            Dim outerB = run.outer(run.to(), f);
            Dim innerB = run.inner(run.to(), f);
            if (!fits(rules, from, outerA, count, innerA) || !fits(rules, to, outerB, count, innerB)) {
                continue;
            }
            int[] a = positions(rules, from, outerA, count, innerA);
            int[] b = positions(rules, to, outerB, count, innerB);
            IntStream.range(0, count).forEach(i -> rules.unions.union(a[i], b[i]));
            others.remove(from);
            others.remove(to);
            others.forEach(rules.unions::pin);
            rules.choices.choose(n, number, f, List.of(a));
            return;
        }
        others.forEach(rules.unions::pin);
    }

    /** The outermost factor is the first choice: heads. Of channels that are shuffled it is the largest one. */
    private static List<Integer> order(Run run, boolean largestFirst) {
        List<Integer> order = new ArrayList<>();
        IntStream.range(0, run.factors().size()).forEach(order::add);
        if (largestFirst) {
            order.sort(Comparator.comparingLong(f -> -run.factors().get(f).upperBound()));
        }
        return order;
    }

    /** Whether what {@code x} is split into is transposed and joined again. */
    private static boolean isShuffle(Uses uses, Value x, Value y) {
        List<Node> users = uses.users(y);
        if (users.size() != 1 || !(users.getFirst().op() instanceof Transpose)) {
            return false;
        }
        List<Node> next = uses.users(users.getFirst().result());
        return next.size() == 1
                && next.getFirst().op() instanceof Reshape r
                && r.shape().equals(x.tensorType().shape());
    }

    /** Whether parts of an axis of {@code outer * count * inner} can be removed, as far as is known by now. */
    private static boolean fits(AxisRules rules, Axis axis, Dim outer, int count, Dim inner) {
        boolean isSo = axis.isPlain() || axis.count == count && axis.outer.equals(outer) && axis.inner.equals(inner);
        return axis.isOpen
                || isSo && IntStream.range(0, axis.count).anyMatch(i -> !rules.unions.isPinned(axis.first + i));
    }

    /** A position for each of the {@code count} parts of an axis of {@code outer * count * inner}. */
    private static int[] positions(AxisRules rules, Axis axis, Dim outer, int count, Dim inner) {
        if (axis.isOpen) {
            rules.unions.open(axis, outer, count, inner);
        } else if (axis.isPlain()) {
            int block = Math.toIntExact(inner.constant());
            int[] first =
                    IntStream.range(0, count).map(i -> axis.first + i * block).toArray();
            for (int i = 0; i < axis.count; i++) {
                rules.unions.union(axis.first + i, first[i / block % count]);
            }
            return first;
        }
        return IntStream.range(0, count).map(i -> axis.first + i).toArray();
    }
}
