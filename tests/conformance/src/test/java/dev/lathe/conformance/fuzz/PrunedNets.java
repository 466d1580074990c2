package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Gelu;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.NearestMode;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.op.TransposedWindow;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Random networks of the blocks that people build: images first, then sequences, then vectors. */
final class PrunedNets {
    private static final Dim BATCH = Dim.symbol("batch");

    private final Builder b = Builder.graph("net");
    private final Random random;
    private final Dim batch;
    private int size = 4;

    private PrunedNets(long seed) {
        random = new Random(seed);
        batch = random.nextBoolean() ? BATCH : Dim.of(2);
    }

    /** Takes {@code x}, f32[batch, 3, 4, 4]. */
    static Graph sample(long seed) {
        return new PrunedNets(seed).net();
    }

    private Graph net() {
        Value x = b.input("x", new TensorType(ElementType.F32, Shape.of(batch, Dim.of(3), Dim.of(4), Dim.of(4))));
        Value h = conv(x, 8, 1, 1);
        for (int i = random.nextInt(5); i >= 0; i--) {
            h = imageBlock(h);
        }
        if (random.nextInt(4) == 0) {
            return b.build(conv(h, 2, 1, 1));
        }
        h = random.nextBoolean() ? vectors(h) : sequence(h);
        return b.build(dense(h, 3));
    }

    private Tensor tensor(long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) random.nextGaussian() / 2);
        }
        return t;
    }

    private Value weight(long... dims) {
        return b.constant(tensor(dims));
    }

    private long channels(Value v) {
        return v.tensorType().dim(1).constant();
    }

    private static Window window(long stride, long pad) {
        return new Window(List.of(stride, stride), Collections.nCopies(4, Dim.of(pad)), List.of(1L, 1L));
    }

    private Value conv(Value x, long out, long kernel, long groups) {
        Value y = b.add(new Conv(
                x,
                weight(out, channels(x) / groups, kernel, kernel),
                window(1, kernel / 2),
                groups,
                ChannelLayout.CHANNELS_FIRST));
        return random.nextBoolean() ? b.add(y, weight(out, 1, 1)) : y;
    }

    private Value curve(Value x) {
        return switch (random.nextInt(4)) {
            case 0 -> b.relu(x);
            case 1 -> b.add(new Gelu(x, random.nextBoolean()));
            case 2 -> b.multiply(x, b.unary(UnaryFunction.SIGMOID, x));
            default -> b.unary(UnaryFunction.TANH, x);
        };
    }

    private Value dense(Value x, long out) {
        Value y = b.matMul(x, weight(x.tensorType().dim(-1).constant(), out));
        return random.nextBoolean() ? b.add(y, weight(out)) : y;
    }

    private Value imageBlock(Value x) {
        long c = channels(x);
        return switch (random.nextInt(14)) {
            case 0 -> curve(conv(x, 4L * (1 + random.nextInt(3)), 3, 1));
            case 1 -> curve(conv(x, c * (1 + random.nextInt(2)), 3, c));
            case 2 -> conv(x, c, 1, c % 4 == 0 ? random.nextBoolean() ? 2 : 4 : 1);
            case 3 -> b.add(x, conv(curve(conv(x, 6, 1, 1)), c, 3, 1));
            case 4 -> b.concat(List.of(x, curve(conv(x, 4, 1, 1))), 1);
            case 5 -> gated(x);
            case 6 -> shuffled(x);
            case 7 -> split(x);
            case 8 -> pooled(x);
            case 9 -> resized(x);
            case 10 -> upwards(x);
            case 11 -> padded(x);
            case 12 -> b.add(b.multiply(x, weight(c, 1, 1)), weight(c, 1, 1));
            default -> channelsLast(x);
        };
    }

    private Value gated(Value x) {
        Value mean = b.reduce(ReduceFunction.REDUCE_MEAN, x, List.of(2, 3), true);
        Value gate = b.unary(UnaryFunction.SIGMOID, conv(b.relu(conv(mean, 3, 1, 1)), channels(x), 1, 1));
        return b.multiply(x, gate);
    }

    private Value shuffled(Value x) {
        long c = channels(x);
        if (c % 2 != 0) {
            return x;
        }
        Value h = b.reshape(x, Shape.of(batch, Dim.of(2), Dim.of(c / 2), Dim.of(size), Dim.of(size)));
        return b.reshape(b.transpose(h, List.of(0, 2, 1, 3, 4)), x.tensorType().shape());
    }

    private Value split(Value x) {
        long half = channels(x) / 2;
        Value left = b.slice(x, 1, Dim.ZERO, Dim.of(half));
        Value right = b.slice(x, 1, Dim.of(half), Dim.of(half));
        return random.nextBoolean()
                ? b.multiply(left, b.unary(UnaryFunction.SIGMOID, right))
                : b.concat(List.of(conv(left, 4, 1, 1), right), 1);
    }

    private Value pooled(Value x) {
        PoolFunction function = random.nextBoolean() ? PoolFunction.MAX_POOL : PoolFunction.AVERAGE_POOL;
        return b.add(new Pool(function, x, List.of(3L, 3L), window(1, 1), false, ChannelLayout.CHANNELS_FIRST));
    }

    private Value resized(Value x) {
        if (size != 4) {
            return x;
        }
        size = 6;
        return b.add(new Resize(
                x,
                Optional.empty(),
                Optional.empty(),
                Shape.of(batch, Dim.of(channels(x)), Dim.of(size), Dim.of(size)),
                random.nextBoolean() ? ResizeMode.LINEAR : ResizeMode.NEAREST,
                CoordinateMode.HALF_PIXEL,
                NearestMode.ROUND_PREFER_FLOOR,
                -0.75,
                false,
                0,
                false));
    }

    private Value upwards(Value x) {
        long c = channels(x);
        long groups = c % 2 == 0 && random.nextBoolean() ? 2 : 1;
        TransposedWindow same = new TransposedWindow(
                List.of(1L, 1L), Collections.nCopies(4, Dim.ONE), List.of(0L, 0L), List.of(1L, 1L));
        return b.add(new ConvTranspose(x, weight(c, 4, 3, 3), same, groups, ChannelLayout.CHANNELS_FIRST));
    }

    private Value padded(Value x) {
        List<Dim> before = List.of(Dim.ZERO, Dim.of(2), Dim.ZERO, Dim.ZERO);
        List<Dim> after = List.of(Dim.ZERO, Dim.ONE, Dim.ZERO, Dim.ZERO);
        Value wide = b.add(new Pad(x, Optional.empty(), before, after, PadMode.CONSTANT));
        return b.add(wide, conv(x, channels(x) + 3, 1, 1));
    }

    private Value channelsLast(Value x) {
        Value h = b.transpose(x, List.of(0, 2, 3, 1));
        h = b.add(new Conv(h, weight(4, channels(x), 1, 1), window(1, 0), 1, ChannelLayout.CHANNELS_LAST));
        return b.transpose(b.add(h, weight(4)), List.of(0, 3, 1, 2));
    }

    /** f32[batch, n]. */
    private Value vectors(Value x) {
        Value h = random.nextBoolean()
                ? b.reshape(x, Shape.of(batch, Dim.of(channels(x) * size * size)))
                : b.reduce(ReduceFunction.REDUCE_MEAN, x, List.of(2, 3), false);
        for (int i = random.nextInt(3); i > 0; i--) {
            h = curve(dense(h, 4 + random.nextInt(6)));
        }
        return h;
    }

    /** f32[batch, size², n]. */
    private Value sequence(Value x) {
        Dim places = Dim.of((long) size * size);
        Value h = b.transpose(b.reshape(x, Shape.of(batch, Dim.of(channels(x)), places)), List.of(0, 2, 1));
        for (int i = random.nextInt(3); i >= 0; i--) {
            h = switch (random.nextInt(4)) {
                case 0 -> b.add(h, attention(h, false));
                case 1 -> b.add(h, attention(h, true));
                case 2 ->
                    b.add(h, dense(curve(dense(h, 10)), h.tensorType().dim(2).constant()));
                default -> normalized(h);
            };
        }
        return h;
    }

    private Value normalized(Value h) {
        long n = h.tensorType().dim(2).constant();
        return b.add(new LayerNorm(h, Optional.of(weight(n)), Optional.of(weight(n)), 2, 1e-3));
    }

    private Value attention(Value x, boolean written) {
        Dim places = x.tensorType().dim(1);
        int heads = 2 + random.nextInt(3);
        Shape apart = Shape.of(batch, places, Dim.of(heads), Dim.of(2));
        List<Value> qkv = new ArrayList<>();
        if (random.nextBoolean()) {
            Value all = b.reshape(dense(x, 6L * heads), Shape.of(batch, places, Dim.of(3), Dim.of(heads), Dim.of(2)));
            for (long i = 0; i < 3; i++) {
                qkv.add(b.gather(all, b.constant(Tensor.scalar(i)), 2));
            }
        } else {
            for (int i = 0; i < 3; i++) {
                qkv.add(b.reshape(dense(x, 2L * heads), apart));
            }
        }
        qkv.replaceAll(v -> b.transpose(v, List.of(0, 2, 1, 3)));
        Value h = written
                ? flatAttention(qkv, heads, places)
                : b.add(new ScaledDotProductAttention(qkv.get(0), qkv.get(1), qkv.get(2), Optional.empty(), 0.7));
        h = b.reshape(b.transpose(h, List.of(0, 2, 1, 3)), Shape.of(batch, places, Dim.of(2L * heads)));
        return dense(h, x.tensorType().dim(2).constant());
    }

    /** With batch and heads as one axis, as some exporters write it. */
    private Value flatAttention(List<Value> qkv, int heads, Dim places) {
        Shape flat = Shape.of(batch.times(heads), places, Dim.of(2));
        List<Value> parts = qkv.stream().map(v -> b.reshape(v, flat)).toList();
        Value scores = b.matMul(parts.get(0), b.transpose(parts.get(1), List.of(0, 2, 1)));
        Value h = b.matMul(b.add(new Softmax(scores, 2)), parts.get(2));
        return b.reshape(h, Shape.of(batch, Dim.of(heads), places, Dim.of(2)));
    }
}
