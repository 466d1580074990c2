package dev.lathe.passes.clean;

import static dev.lathe.passes.Rule.rule;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.Match;
import dev.lathe.passes.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The algebra of ops that move elements and compute nothing. */
final class MovementRules {
    private MovementRules() {}

    static final List<Rule<?>> RULES = List.of(
            rule(
                    "reshape to its own shape",
                    Reshape.class,
                    (r, m) -> shape(r.x()).equals(r.shape()) ? r.x() : null),
            rule("reshape(reshape(x)) -> reshape(x)", Reshape.class, MovementRules::reshapeOfReshape),
            rule("transpose that moves nothing", Transpose.class, (t, m) -> isIdentity(t.perm()) ? t.x() : null),
            rule("transpose(transpose(x)) -> transpose(x)", Transpose.class, MovementRules::transposeOfTranspose),
            rule("transpose of axes of size 1 -> reshape", Transpose.class, MovementRules::transposeToReshape),
            rule(
                    "broadcast to its own shape",
                    Broadcast.class,
                    (b, m) -> shape(b.x()).equals(b.shape()) ? b.x() : null),
            rule("broadcast(broadcast(x)) -> broadcast(x)", Broadcast.class, MovementRules::broadcastOfBroadcast),
            rule("broadcast by axes of size 1 -> reshape", Broadcast.class, MovementRules::broadcastToReshape),
            rule("slice of everything", Slice.class, MovementRules::sliceOfAll),
            rule("slice(slice(x)) -> slice(x)", Slice.class, MovementRules::sliceOfSlice),
            rule("slice of one part of a concat", Slice.class, MovementRules::sliceOfConcat),
            rule(
                    "concat of one",
                    Concat.class,
                    (c, m) -> c.inputs().size() == 1 ? c.inputs().getFirst() : null),
            rule("concat without empty parts", Concat.class, MovementRules::concatWithoutEmpty),
            rule("concat(concat(x, y), z) -> concat(x, y, z)", Concat.class, MovementRules::concatOfConcat),
            rule("concat of adjacent slices", Concat.class, MovementRules::concatOfSlices),
            rule("pad by nothing", Pad.class, (p, m) -> allZero(p.before()) && allZero(p.after()) ? p.x() : null),
            rule("resize to its own shape", Resize.class, MovementRules::resizeToSame),
            rule("reduce over no or single elements", Reduce.class, MovementRules::reduceOfUnits));

    static Shape shape(Value v) {
        return v.tensorType().shape();
    }

    private static boolean isIdentity(List<Integer> perm) {
        return IntStream.range(0, perm.size()).allMatch(i -> perm.get(i) == i);
    }

    private static boolean allZero(List<Dim> dims) {
        return dims.stream().allMatch(d -> d.isConstant(0));
    }

    private static @Nullable Value reshapeOfReshape(Reshape r, Match m) {
        Reshape inner = m.definition(r.x(), Reshape.class);
        return inner == null ? null : m.builder().reshape(inner.x(), r.shape());
    }

    private static @Nullable Value transposeOfTranspose(Transpose t, Match m) {
        Transpose inner = m.definition(t.x(), Transpose.class);
        return inner == null
                ? null
                : m.builder()
                        .transpose(
                                inner.x(),
                                t.perm().stream().map(inner.perm()::get).toList());
    }

    /** The order of the other axes decides whether any element moves. */
    private static @Nullable Value transposeToReshape(Transpose t, Match m) {
        List<Integer> moving = t.perm().stream()
                .filter(a -> !shape(t.x()).dim(a).isConstant(1))
                .toList();
        boolean ordered = IntStream.range(1, moving.size()).allMatch(i -> moving.get(i - 1) < moving.get(i));
        return ordered
                ? m.builder()
                        .reshape(
                                t.x(),
                                Shape.of(
                                        t.perm().stream().map(shape(t.x())::dim).toList()))
                : null;
    }

    private static @Nullable Value broadcastOfBroadcast(Broadcast b, Match m) {
        Broadcast inner = m.definition(b.x(), Broadcast.class);
        return inner == null ? null : m.builder().broadcast(inner.x(), b.shape());
    }

    private static @Nullable Value broadcastToReshape(Broadcast b, Match m) {
        int more = b.shape().rank() - shape(b.x()).rank();
        boolean onlyUnits = more > 0
                && b.shape().slice(0, more).dims().stream().allMatch(d -> d.isConstant(1))
                && b.shape().slice(more, b.shape().rank()).equals(shape(b.x()));
        return onlyUnits ? m.builder().reshape(b.x(), b.shape()) : null;
    }

    private static @Nullable Value sliceOfAll(Slice s, Match m) {
        return allZero(s.starts())
                        && s.steps().stream().allMatch(k -> k == 1)
                        && Shape.of(s.sizes()).equals(shape(s.x()))
                ? s.x()
                : null;
    }

    private static @Nullable Value sliceOfSlice(Slice s, Match m) {
        Slice inner = m.definition(s.x(), Slice.class);
        if (inner == null) {
            return null;
        }
        List<Dim> starts = new ArrayList<>();
        List<Long> steps = new ArrayList<>();
        for (int i = 0; i < s.starts().size(); i++) {
            starts.add(inner.starts()
                    .get(i)
                    .plus(s.starts().get(i).times(inner.steps().get(i))));
            steps.add(inner.steps().get(i) * s.steps().get(i));
        }
        return m.builder().add(new Slice(inner.x(), starts, s.sizes(), steps));
    }

    private static @Nullable Value sliceOfConcat(Slice s, Match m) {
        Concat c = m.definition(s.x(), Concat.class);
        if (c == null || s.steps().get(c.axis()) != 1) {
            return null;
        }
        Dim begin = s.starts().get(c.axis());
        Dim end = begin.plus(s.sizes().get(c.axis()));
        Dim at = Dim.ZERO;
        for (Value part : c.inputs()) {
            Dim next = at.plus(shape(part).dim(c.axis()));
            if (begin.minus(at).isNonNegative() && next.minus(end).isNonNegative()) {
                List<Dim> starts = new ArrayList<>(s.starts());
                starts.set(c.axis(), begin.minus(at));
                return m.builder().add(new Slice(part, starts, s.sizes(), s.steps()));
            }
            at = next;
        }
        return null;
    }

    private static @Nullable Value concatWithoutEmpty(Concat c, Match m) {
        List<Value> some = c.inputs().stream()
                .filter(v -> !shape(v).dim(c.axis()).isConstant(0))
                .toList();
        return some.isEmpty() || some.size() == c.inputs().size()
                ? null
                : m.builder().concat(some, c.axis());
    }

    private static @Nullable Value concatOfConcat(Concat c, Match m) {
        List<Value> flat = new ArrayList<>();
        for (Value v : c.inputs()) {
            Concat inner = m.definitionUsedOnce(v, Concat.class);
            if (inner != null && inner.axis() == c.axis()) {
                flat.addAll(inner.inputs());
            } else {
                flat.add(v);
            }
        }
        return flat.size() == c.inputs().size() ? null : m.builder().concat(flat, c.axis());
    }

    /** {@code concat(x[0:2], x[2:5])} is {@code x[0:5]}. */
    private static @Nullable Value concatOfSlices(Concat c, Match m) {
        Slice first = m.definition(c.inputs().getFirst(), Slice.class);
        if (first == null || c.inputs().size() < 2 || first.steps().stream().anyMatch(k -> k != 1)) {
            return null;
        }
        Dim end = first.starts().get(c.axis());
        for (Value v : c.inputs()) {
            Slice s = m.definition(v, Slice.class);
            if (s == null
                    || s.x() != first.x()
                    || !s.steps().equals(first.steps())
                    || !s.starts().get(c.axis()).equals(end)) {
                return null;
            }
            for (int i = 0; i < s.starts().size(); i++) {
                if (i != c.axis()
                        && !(s.starts().get(i).equals(first.starts().get(i))
                                && s.sizes().get(i).equals(first.sizes().get(i)))) {
                    return null;
                }
            }
            end = end.plus(s.sizes().get(c.axis()));
        }
        List<Dim> sizes = new ArrayList<>(first.sizes());
        sizes.set(c.axis(), end.minus(first.starts().get(c.axis())));
        return m.builder().add(new Slice(first.x(), first.starts(), sizes, first.steps()));
    }

    /** Only without explicit factors, which could shift the samples. */
    private static @Nullable Value resizeToSame(Resize r, Match m) {
        return shape(r.x()).equals(r.shape()) && r.scales().isEmpty() && r.roi().isEmpty() ? r.x() : null;
    }

    private static @Nullable Value reduceOfUnits(Reduce r, Match m) {
        if (!r.axes().stream().allMatch(a -> shape(r.x()).dim(a).isConstant(1))) {
            return null;
        }
        Shape kept = shape(r.x());
        if (!r.keepDims()) {
            kept = Shape.of(IntStream.range(0, kept.rank())
                    .filter(i -> !r.axes().contains(i))
                    .mapToObj(kept::dim)
                    .toList());
        }
        return m.builder().reshape(r.x(), kept);
    }
}
