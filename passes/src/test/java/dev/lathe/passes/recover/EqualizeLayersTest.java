package dev.lathe.passes.recover;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.PassContext;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Equalization changes weights, and not a bit of the results. */
class EqualizeLayersTest {
    private static final Window PADDED = new Window(List.of(1L, 1L), Collections.nCopies(4, Dim.ONE), List.of(1L, 1L));

    private static Tensor random(Random r, long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) (r.nextGaussian() * Math.exp(2 * r.nextGaussian())));
        }
        return t;
    }

    private static Value conv(Builder b, Random r, Value x, int out, int groups) {
        int in = (int) x.tensorType().dim(1).constant();
        Value w = b.constant(random(r, out, in / groups, 3, 3), "weights");
        Value y = b.add(new Conv(x, w, PADDED, groups, ChannelLayout.CHANNELS_FIRST));
        return b.add(y, b.constant(random(r, out, 1, 1)));
    }

    private static Value between(Builder b, Random r, Value x) {
        return switch (r.nextInt(5)) {
            case 0 -> b.relu(x);
            case 1 -> b.min(b.relu(x), b.scalar(x, 6)); // ReLU6
            case 2 ->
                b.add(new Pool(
                        r.nextBoolean() ? PoolFunction.MAX_POOL : PoolFunction.AVERAGE_POOL_PADDED,
                        x,
                        List.of(3L, 3L),
                        PADDED,
                        false,
                        ChannelLayout.CHANNELS_FIRST));
            case 3 -> b.unary(UnaryFunction.SIGMOID, x); // no factor goes through
            default -> x;
        };
    }

    private static Graph net(Random r) {
        Builder b = Builder.graph("net");
        Value x = b.input("x", TensorType.of(ElementType.F32, 1, 4, 5, 6));
        Value y = conv(b, r, x, 8, 1);
        for (int i = 0; i < 4; i++) {
            y = between(b, r, y);
            Value next = r.nextBoolean() ? conv(b, r, y, 8, 8) : conv(b, r, y, 8, r.nextBoolean() ? 1 : 2);
            y = r.nextInt(4) == 0 ? b.add(next, y) : next; // a residual, whose channels nothing may scale
        }
        return b.build(y);
    }

    private static Tensor run(Graph g, Tensor x) {
        return (Tensor) new ReferenceEvaluator(g)
                .run(Map.of("x", x))
                .values()
                .iterator()
                .next();
    }

    @Test
    void isExact() {
        int changed = 0;
        for (int seed = 0; seed < 60; seed++) {
            Random r = new Random(seed);
            Graph net = net(r);
            Graph equalized = new EqualizeLayers().run(net, PassContext.standard());
            Tensor x = random(r, 1, 4, 5, 6);
            assertThat(run(equalized, x)).as("seed " + seed).isEqualTo(run(net, x));
            changed += equalized == net ? 0 : 1;
        }
        assertThat(changed).isGreaterThan(40);
    }

    /** A channel that is large in one layer and small in the next becomes the same in both, up to a power of two. */
    @Test
    void givesChannelsOneSize() {
        Builder b = Builder.graph("two");
        Random r = new Random(1);
        Value x = b.input("x", TensorType.of(ElementType.F32, 1, 4, 5, 5));
        Value y = b.relu(conv(b, r, x, 6, 1));
        Graph net = b.build(conv(b, r, y, 5, 1));
        Graph equalized = new EqualizeLayers().run(net, PassContext.standard());
        List<Tensor> weights = equalized.nodes().stream()
                .filter(n -> n.op() instanceof Constant(Tensor t) && t.rank() == 4)
                .map(n -> ((Constant) n.op()).value())
                .toList();
        assertThat(weights).hasSize(2);
        for (int c = 0; c < 6; c++) {
            double given = 0;
            double read = 0;
            for (int i = 0; i < 4 * 9; i++) {
                given = Math.max(given, Math.abs(weights.get(0).getDouble(c * 36L + i)));
            }
            for (int o = 0; o < 5; o++) {
                for (int i = 0; i < 9; i++) {
                    read = Math.max(read, Math.abs(weights.get(1).getDouble((o * 6L + c) * 9 + i)));
                }
            }
            assertThat(given / read).isBetween(0.49, 2.01);
        }
    }
}
