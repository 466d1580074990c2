package dev.lathe.passes.layout;

import static dev.lathe.passes.Rule.rule;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Location;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.Elementwise;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.Match;
import dev.lathe.passes.Rule;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Convolutions and pools become channels-last between two transposes, and the transposes after them sink through what
 * does not care for the order of axes, until they meet their inverse. Transposes only ever move towards the outputs,
 * so this ends.
 */
final class ChannelsLastRules {
    /** {@code [N, C, H, W]} from {@code [N, H, W, C]}. */
    static final List<Integer> TO_FIRST = List.of(0, 3, 1, 2);

    static final List<Integer> TO_LAST = List.of(0, 2, 3, 1);

    private ChannelsLastRules() {}

    static final List<Rule<?>> RULES = List.of(
            rule(
                    "conv -> channels-last conv",
                    Conv.class,
                    (c, m) -> isFirst(c.layout(), c.x())
                            ? first(
                                    new Conv(
                                            last(c.x(), m),
                                            c.weights(),
                                            c.window(),
                                            c.groups(),
                                            ChannelLayout.CHANNELS_LAST),
                                    m)
                            : null),
            rule(
                    "conv_transpose -> channels-last conv_transpose",
                    ConvTranspose.class,
                    (c, m) -> isFirst(c.layout(), c.x())
                            ? first(
                                    new ConvTranspose(
                                            last(c.x(), m),
                                            c.weights(),
                                            c.window(),
                                            c.groups(),
                                            ChannelLayout.CHANNELS_LAST),
                                    m)
                            : null),
            rule(
                    "pool -> channels-last pool",
                    Pool.class,
                    (p, m) -> isFirst(p.layout(), p.x())
                            ? first(
                                    new Pool(
                                            p.function(),
                                            last(p.x(), m),
                                            p.kernel(),
                                            p.window(),
                                            p.ceilMode(),
                                            ChannelLayout.CHANNELS_LAST),
                                    m)
                            : null),
            rule("transpose(transpose(x)) -> transpose(x)", Transpose.class, (t, m) -> {
                Transpose inner = m.definition(t.x(), Transpose.class);
                return inner == null
                        ? null
                        : m.builder()
                                .transpose(
                                        inner.x(),
                                        t.perm().stream().map(inner.perm()::get).toList());
            }),
            rule("f(transpose(x)) -> transpose(f(x))", Elementwise.class, ChannelsLastRules::sinkElementwise),
            rule(
                    "composite(transpose(x)) -> transpose(composite(x))",
                    CompositeOp.class,
                    (c, m) -> c.isElementwise() ? sinkElementwise(c, m) : null),
            rule(
                    "softmax(transpose(x)) -> transpose(softmax(x))",
                    Softmax.class,
                    (s, m) -> sunk(s.x(), m) instanceof Value x ? first(new Softmax(x, place(s.axis())), m) : null),
            rule(
                    "arg_max(transpose(x)) -> transpose(arg_max(x))",
                    ArgReduce.class,
                    (a, m) -> a.keepDims() && sunk(a.x(), m) instanceof Value x
                            ? first(new ArgReduce(a.function(), x, place(a.axis()), true, a.selectLast()), m)
                            : null),
            rule("concat(transpose(x), …) -> transpose(concat(x, …))", Concat.class, ChannelsLastRules::sinkConcat),
            rule("reduce(transpose(x)) -> transpose(reduce(x))", Reduce.class, ChannelsLastRules::sinkReduce),
            rule(
                    "pad(transpose(x)) -> transpose(pad(x))",
                    Pad.class,
                    (p, m) -> sunk(p.x(), m) instanceof Value x
                            ? first(new Pad(x, p.value(), last(p.before()), last(p.after()), p.mode()), m)
                            : null),
            rule(
                    "slice(transpose(x)) -> transpose(slice(x))",
                    Slice.class,
                    (s, m) -> sunk(s.x(), m) instanceof Value x
                            ? first(new Slice(x, last(s.starts()), last(s.sizes()), last(s.steps())), m)
                            : null),
            rule(
                    "broadcast(transpose(x)) -> transpose(broadcast(x))",
                    Broadcast.class,
                    (b, m) -> b.shape().rank() == 4 && sunk(b.x(), m) instanceof Value x
                            ? first(new Broadcast(x, Shape.of(last(b.shape().dims()))), m)
                            : null),
            rule("resize(transpose(x)) -> transpose(resize(x))", Resize.class, ChannelsLastRules::sinkResize),
            rule(
                    "shuffled channels of transpose(x) -> transpose(shuffled channels of x)",
                    Reshape.class,
                    ChannelsLastRules::sinkShuffle));

    private static boolean isFirst(ChannelLayout layout, Value x) {
        return layout == ChannelLayout.CHANNELS_FIRST && x.tensorType().rank() == 4;
    }

    /** Where an axis of a channels-first tensor stands when channels are last. */
    private static int place(int axis) {
        return TO_LAST.indexOf(axis);
    }

    private static <T> List<T> last(List<T> perAxis) {
        return TO_LAST.stream().map(perAxis::get).toList();
    }

    private static Value first(Op op, Match m) {
        Value v = m.builder().add(op);
        return unlocated(m, b -> b.transpose(v, TO_FIRST));
    }

    /**
     * Makes a movement that the layout alone needs. It has no location: with one it would carry that from op to op
     * through the whole model.
     */
    private static Value unlocated(Match m, Function<Builder, Value> movement) {
        Builder b = m.builder();
        Location around = b.location();
        Value moved = movement.apply(b.at(Location.NONE));
        b.at(around);
        return moved;
    }

    /** The channels-last tensor of which {@code v} is the transpose. */
    private static @Nullable Value sunk(Value v, Match m) {
        Transpose t = m.definition(v, Transpose.class);
        return t != null && t.perm().equals(TO_FIRST) ? t.x() : null;
    }

    /**
     * {@code v}, of four axes, with channels last: what it is the transpose of, the same broadcast of other axes, or a
     * new transpose or reshape.
     */
    private static Value last(Value v, Match m) {
        Value known = sunk(v, m);
        if (known != null) {
            return known;
        }
        Value repeated = repeated(v, m);
        if (repeated != null) {
            return m.builder()
                    .broadcast(
                            operand(repeated, m),
                            Shape.of(last(v.tensorType().shape().dims())));
        }
        return unlocated(
                m,
                b -> movesOnlyUnits(v)
                        ? b.reshape(v, Shape.of(last(v.tensorType().shape().dims())))
                        : b.transpose(v, TO_LAST));
    }

    private static boolean movesOnlyUnits(Value v) {
        List<Integer> moving = TO_LAST.stream()
                .filter(a -> !v.tensorType().dim(a).isConstant(1))
                .toList();
        return IntStream.range(1, moving.size()).allMatch(i -> moving.get(i - 1) < moving.get(i));
    }

    /** Whether {@link #last} costs nothing at run time. */
    private static boolean isFree(Value v, Match m) {
        return isFreeToMove(v, m) || repeated(v, m) != null;
    }

    private static boolean isFreeToMove(Value v, Match m) {
        return sunk(v, m) != null || m.isConstant(v) || v.tensorType().rank() < 4 || movesOnlyUnits(v);
    }

    /** What {@code v} is the broadcast of, if that moves at no cost. */
    private static @Nullable Value repeated(Value v, Match m) {
        Broadcast b = m.definition(v, Broadcast.class);
        return b != null && isFreeToMove(b.x(), m) ? b.x() : null;
    }

    private static @Nullable Value sinkElementwise(Op op, Match m) {
        List<Value> operands = op.operands();
        if (operands.stream().noneMatch(v -> sunk(v, m) != null)
                || !operands.stream().allMatch(v -> v.tensorType().rank() <= 4 && isFree(v, m))) {
            return null;
        }
        return first(op.mapOperands(v -> operand(v, m)), m);
    }

    private static Value operand(Value v, Match m) {
        Shape shape = v.tensorType().shape();
        if (shape.rank() == 0) {
            return v;
        }
        Shape ones =
                Shape.of(Stream.generate(() -> Dim.ONE).limit(4 - shape.rank()).toList());
        return last(unlocated(m, b -> b.reshape(v, ones.concat(shape))), m);
    }

    private static @Nullable Value sinkConcat(Concat c, Match m) {
        long sunk = c.inputs().stream().filter(v -> sunk(v, m) != null).count();
        long costly = c.inputs().stream()
                .filter(v -> v.tensorType().rank() == 4 && !isFree(v, m))
                .count();
        return sunk == 0 || costly >= sunk
                ? null
                : first(new Concat(c.inputs().stream().map(v -> last(v, m)).toList(), place(c.axis())), m);
    }

    private static @Nullable Value sinkReduce(Reduce r, Match m) {
        Value x = sunk(r.x(), m);
        if (x == null) {
            return null;
        }
        List<Integer> axes =
                r.axes().stream().map(ChannelsLastRules::place).sorted().toList();
        Reduce moved = new Reduce(r.function(), x, axes, r.keepDims());
        if (r.keepDims()) {
            return first(moved, m);
        }
        // The axes that are left stand in another order.
        List<Integer> left = TO_LAST.stream().filter(a -> !r.axes().contains(a)).toList();
        List<Integer> perm = left.stream().sorted().map(left::indexOf).toList();
        Value reduced = m.builder().add(moved);
        return unlocated(m, b -> b.transpose(reduced, perm));
    }

    /** Channels that are split into parts, whose order changes, and joined again, as groups of convolutions do. */
    private static @Nullable Value sinkShuffle(Reshape joined, Match m) {
        Transpose order = m.definition(joined.x(), Transpose.class);
        Reshape split = order == null ? null : m.definition(order.x(), Reshape.class);
        Value x = split == null ? null : sunk(split.x(), m);
        if (order == null || split == null || x == null || joined.shape().rank() != 4) {
            return null;
        }
        Shape image = split.x().tensorType().shape();
        int parts = split.shape().rank() - 3;
        List<Integer> perm = order.perm();
        // The image comes before and after; the axes of the parts change places among them.
        boolean isShuffle = parts > 0
                && isImage(split.shape(), image)
                && isImage(joined.shape(), image)
                && perm.getFirst() == 0
                && perm.subList(1 + parts, 3 + parts).equals(List.of(1 + parts, 2 + parts));
        if (!isShuffle) {
            return null;
        }
        Shape last = x.tensorType().shape();
        Value moved = unlocated(m, b -> {
            Value apart = b.reshape(x, last.slice(0, 3).concat(split.shape().slice(1, 1 + parts)));
            return b.transpose(
                    apart,
                    Stream.concat(
                                    Stream.of(0, 1, 2),
                                    perm.subList(1, 1 + parts).stream().map(axis -> axis + 2))
                            .toList());
        });
        return first(new Reshape(moved, Shape.of(last(joined.shape().dims()))), m);
    }

    /** Whether a shape has the batch of an image first and its height and width last. */
    private static boolean isImage(Shape shape, Shape image) {
        return shape.dim(0).equals(image.dim(0))
                && shape.dim(-2).equals(image.dim(2))
                && shape.dim(-1).equals(image.dim(3));
    }

    private static @Nullable Value sinkResize(Resize r, Match m) {
        Value x = r.roi().isEmpty() ? sunk(r.x(), m) : null;
        if (x == null) {
            return null;
        }
        Optional<Value> scales = Optional.empty();
        if (r.scales().isPresent()) {
            Tensor old = m.constant(r.scales().get());
            if (old == null || old.size() != 4) {
                return null;
            }
            float[] factors = new float[4];
            for (int i = 0; i < 4; i++) {
                factors[i] = old.getFloat(TO_LAST.get(i));
            }
            scales = Optional.of(m.builder().constant(Tensor.of(factors, 4)));
        }
        List<Dim> dims = last(r.shape().dims());
        return first(
                new Resize(
                        x,
                        scales,
                        Optional.empty(),
                        Shape.of(dims),
                        r.mode(),
                        r.coordinates(),
                        r.nearest(),
                        r.cubicCoefficient(),
                        r.excludeOutside(),
                        r.extrapolation(),
                        r.antialias()),
                m);
    }
}
