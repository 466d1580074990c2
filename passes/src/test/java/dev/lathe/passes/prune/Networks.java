package dev.lathe.passes.prune;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Statistic;
import dev.lathe.passes.Statistics;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;

/** Small networks to prune, and data for them. */
final class Networks {
    private Networks() {}

    static Tensor random(Random r, double deviation, long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) (deviation * r.nextGaussian()));
        }
        return t;
    }

    /** Two dense layers with a curve in between; takes {@code x}, f32[n, rows of first], and gives f32[n, …]. */
    static Graph dense(Tensor first, Tensor second) {
        Builder b = Builder.graph("dense");
        Value x = b.input("x", new TensorType(ElementType.F32, Shape.of(Dim.symbol("n"), Dim.of(first.dim(0)))));
        Value h = b.relu(b.matMul(x, b.constant(first, "first")));
        return b.build(List.of(b.matMul(h, b.constant(second, "second"))), List.of("y"));
    }

    /** Bottlenecks with residual sums, as ResNet-50 has them, and a dense layer; takes f32[1, 3, 8, 8]. */
    static Graph bottlenecks(int blocks, long width) {
        Random r = new Random(5);
        Builder b = Builder.graph("bottlenecks");
        Value h = b.input("x", TensorType.of(ElementType.F32, 1, 3, 8, 8));
        h = b.relu(conv(b, r, h, 4 * width, 3));
        for (int i = 0; i < blocks; i++) {
            Value f = b.relu(conv(b, r, h, width, 1));
            f = b.relu(conv(b, r, f, width, 3));
            h = b.relu(b.add(h, conv(b, r, f, 4 * width, 1)));
        }
        Value v = b.reduce(ReduceFunction.REDUCE_MEAN, h, List.of(2, 3), false);
        return b.build(List.of(b.matMul(v, b.constant(random(r, 0.1, 4 * width, 10)))), List.of("y"));
    }

    private static Value conv(Builder b, Random r, Value x, long out, long kernel) {
        long in = x.tensorType().dim(1).constant();
        Value y = b.add(new Conv(
                x,
                b.constant(random(r, 1 / Math.sqrt(in * kernel * kernel), out, in, kernel, kernel)),
                new Window(List.of(1L, 1L), Collections.nCopies(4, Dim.of(kernel / 2)), List.of(1L, 1L)),
                1,
                ChannelLayout.CHANNELS_FIRST));
        return b.add(y, b.constant(random(r, 0.1, out, 1, 1)));
    }

    static long parameters(Graph graph) {
        Set<Tensor> all = Collections.newSetFromMap(new IdentityHashMap<>());
        graph.allNodes().forEach(n -> {
            if (n.op() instanceof Constant(Tensor t)) {
                all.add(t);
            }
        });
        return all.stream().mapToLong(Tensor::size).sum();
    }

    /** The constant of this name. */
    static Tensor constant(Graph graph, String name) {
        return graph.nodes().stream()
                .filter(n -> n.op() instanceof Constant && n.result().name().equals(name))
                .map(n -> ((Constant) n.op()).value())
                .findFirst()
                .orElseThrow();
    }

    static Tensor run(Graph graph, Tensor x) {
        return Tensor.named(new ReferenceEvaluator(graph).run(Map.of("x", x)), "y");
    }

    /** The root of the mean square of differences of the results for {@code x}. */
    static double difference(Graph a, Graph b, Tensor x) {
        Tensor p = run(a, x);
        Tensor q = run(b, x);
        double sum = 0;
        for (long i = 0; i < p.size(); i++) {
            double d = p.getDouble(i) - q.getDouble(i);
            sum += d * d;
        }
        return Math.sqrt(sum / p.size());
    }

    /** Measures by the reference evaluator, on calls that have one input {@code x}. */
    static Statistics.Source data(List<Tensor> calls) {
        return (graph, wanted) -> {
            Builder b = Builder.graph("measured");
            graph.inputs().forEach(b::input);
            graph.nodes().forEach(b::reuse);
            List<Value> outputs = new ArrayList<>();
            List<String> names = new ArrayList<>();
            Map<Statistic<?>, Statistic.Accumulator<?>> sums = new HashMap<>();
            Map<Statistic<?>, List<String>> where = new HashMap<>();
            for (Statistic<?> s : wanted) {
                sums.put(s, s.accumulator());
                List<String> own = new ArrayList<>();
                for (Value v : s.observed(b)) {
                    own.add("o" + outputs.size());
                    names.add(own.getLast());
                    outputs.add(v);
                }
                where.put(s, own);
            }
            ReferenceEvaluator evaluator = new ReferenceEvaluator(b.build(outputs, names));
            for (Tensor x : calls) {
                Map<String, Datum> results = evaluator.run(Map.of("x", x));
                sums.forEach((s, sum) -> sum.add(Objects.requireNonNull(where.get(s), "no such statistic").stream()
                        .map(n -> Tensor.named(results, n))
                        .toList()));
            }
            Map<Statistic<?>, Object> all = new HashMap<>();
            sums.forEach((s, sum) -> all.put(s, sum.result()));
            return new Statistics(all);
        };
    }
}
