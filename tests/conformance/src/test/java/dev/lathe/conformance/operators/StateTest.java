package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;
import static dev.lathe.conformance.operators.Indexed.at;
import static dev.lathe.conformance.operators.Indexed.tensor;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Operators that carry a state from call to call, against the standard's text: LinearAttention, CausalConvWithState,
 * TensorScatter.
 */
class StateTest extends OperatorTest {
    @TestFactory
    Stream<DynamicTest> linearAttention() {
        for (String rule : List.of("linear", "gated", "delta", "gated_delta")) {
            AttributeProto update = attribute("update_rule", rule);
            boolean decays = rule.startsWith("gated");
            boolean corrects = rule.endsWith("delta");
            for (int[] heads : new int[][] {{2, 2}, {4, 2}, {3, 1}}) {
                AttributeProto q = attribute("q_num_heads", heads[0]);
                AttributeProto kv = attribute("kv_num_heads", heads[1]);
                for (int tokens : List.of(1, 5)) {
                    for (boolean perHead : List.of(true, false)) {
                        long h = heads[1];
                        Object decay = decays ? negative(2, tokens, perHead ? h : h * 4) : "";
                        Object beta = corrects ? negative(2, tokens, perHead ? h : 1) : "";
                        Tensor query = random(2, tokens, 4L * heads[0]);
                        Tensor key = random(2, tokens, h * 4);
                        Tensor value = random(2, tokens, h * 3);
                        Object past = perHead ? "" : random(2, h, 4, 3);
                        String name = rule + " " + List.of(heads[0], h, tokens, perHead);
                        linear(name, query, key, value, past, decay, beta, update, q, kv);
                    }
                }
            }
        }
        AttributeProto two = attribute("q_num_heads", 2);
        AttributeProto alike = attribute("kv_num_heads", 2);
        for (ElementType type : List.of(ElementType.F16, ElementType.BF16)) {
            for (ElementType state : List.of(ElementType.F32, type)) {
                Tensor x = random(type, 1, 4, 8);
                Tensor decay = Indexed.tensor(type, new long[] {1, 4, 2}, _ -> -random.nextDouble());
                Tensor beta = Indexed.tensor(type, new long[] {1, 4, 2}, _ -> random.nextDouble() / 8);
                Tensor past = random(state, 1, 2, 4, 4);
                linear(type.text() + " on " + state.text(), x, x, x, past, decay, beta, two, alike);
            }
        }
        Tensor x = random(1, 3, 8);
        linear("scaled", x, x, x, "", negative(1, 3, 2), negative(1, 3, 2), two, alike, attribute("scale", 0.3f));
        linear("chunks", x, x, x, "", negative(1, 3, 2), negative(1, 3, 2), two, alike, attribute("chunk_size", 2));
        linear(
                "no tokens",
                random(1, 0, 8),
                random(1, 0, 8),
                random(1, 0, 8),
                random(1, 2, 4, 4),
                two,
                alike,
                attribute("update_rule", "linear"));
        return tests();
    }

    private Tensor negative(long... dims) {
        return tensor(ElementType.F32, dims, _ -> -random.nextDouble());
    }

    private void linear(String name, Object... parts) {
        formula(StateTest::recurrence, name, "LinearAttention-27", "y state", parts);
    }

    /** Token by token. */
    private static List<Tensor> recurrence(NodeModel n) {
        String rule = n.s("update_rule", "gated_delta");
        Tensor q = n.in(0);
        Tensor k = n.in(1);
        Tensor v = n.in(2);
        int queryHeads = (int) n.i("q_num_heads", 0);
        int heads = (int) n.i("kv_num_heads", 0);
        int depth = (int) k.dim(2) / heads;
        int width = (int) v.dim(2) / heads;
        double scale = n.f("scale", 0) == 0 ? 1 / Math.sqrt(depth) : n.f("scale", 0);
        long[] stateDims = {q.dim(0), heads, depth, width};
        Tensor state = tensor(
                ElementType.F64, stateDims, i -> n.opt(3).map(p -> at(p, i)).orElse(0.0));
        Tensor y = Tensor.zeros(q.element(), q.dim(0), q.dim(1), (long) queryHeads * width);
        for (long batch = 0; batch < q.dim(0); batch++) {
            for (long t = 0; t < q.dim(1); t++) {
                for (int h = 0; h < heads; h++) {
                    step(n, rule, state, batch, t, h);
                }
                for (int h = 0; h < queryHeads; h++) {
                    for (int j = 0; j < width; j++) {
                        double sum = 0;
                        for (int i = 0; i < depth; i++) {
                            sum += at(q, batch, t, (long) h * depth + i)
                                    * at(state, batch, h / (queryHeads / heads), i, j);
                        }
                        y.setDouble(Indexed.flat(y, batch, t, (long) h * width + j), scale * sum);
                    }
                }
            }
        }
        ElementType stateType = n.opt(3).map(Tensor::element).orElse(q.element());
        return List.of(y, tensor(stateType, stateDims, i -> at(state, i)));
    }

    /** The state of a head after a token. */
    private static void step(NodeModel n, String rule, Tensor state, long batch, long t, int h) {
        int depth = (int) state.dim(2);
        int width = (int) state.dim(3);
        double[][] before = new double[depth][width];
        for (int i = 0; i < depth; i++) {
            double g = 0;
            if (rule.startsWith("gated")) {
                boolean scalar = n.in(4).dim(2) == state.dim(1);
                g = at(n.in(4), batch, t, scalar ? h : (long) h * depth + i);
            }
            for (int j = 0; j < width; j++) {
                before[i][j] = Math.exp(g) * at(state, batch, h, i, j);
            }
        }
        for (int j = 0; j < width; j++) {
            double value = at(n.in(2), batch, t, (long) h * width + j);
            if (rule.endsWith("delta")) {
                double known = 0;
                for (int i = 0; i < depth; i++) {
                    known += before[i][j] * at(n.in(1), batch, t, (long) h * depth + i);
                }
                value = at(n.in(5), batch, t, n.in(5).dim(2) == 1 ? 0 : h) * (value - known);
            }
            for (int i = 0; i < depth; i++) {
                double next = before[i][j] + at(n.in(1), batch, t, (long) h * depth + i) * value;
                state.setDouble(Indexed.flat(state, batch, h, i, j), next);
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> causalConvolution() {
        for (ElementType type : List.of(ElementType.F32, ElementType.F16, ElementType.BF16)) {
            for (int kernel : List.of(1, 2, 4)) {
                for (int length : List.of(1, 2, 7)) {
                    for (String activation : List.of("none", "silu", "swish")) {
                        Tensor x = random(type, 2, 3, length);
                        Tensor w = random(type, 3, 1, kernel);
                        String name = type.text() + " " + List.of(kernel, length, activation);
                        AttributeProto a = attribute("activation", activation);
                        boolean all = !activation.equals("silu");
                        Object bias = all ? random(type, 3) : "";
                        Object past = all ? random(type, 2, 3, kernel - 1) : "";
                        formula(StateTest::convolution, name, "CausalConvWithState-27", "y state", x, w, bias, past, a);
                    }
                }
            }
        }
        return tests();
    }

    private static List<Tensor> convolution(NodeModel n) {
        Tensor x = n.in(0);
        Tensor w = n.in(1);
        long carried = w.dim(2) - 1;
        long[] dims = {x.dim(0), x.dim(1), carried + x.dim(2)};
        Tensor all = tensor(
                x.element(),
                dims,
                i -> i[2] >= carried
                        ? at(x, i[0], i[1], i[2] - carried)
                        : n.opt(3).map(p -> at(p, i)).orElse(0.0));
        Tensor y = tensor(x.element(), x.dims(), i -> {
            double sum = n.opt(2).map(b -> at(b, i[1])).orElse(0.0);
            for (int k = 0; k <= carried; k++) {
                sum += at(w, i[1], 0, k) * at(all, i[0], i[1], i[2] + k);
            }
            return n.s("activation", "none").equals("none") ? sum : sum / (1 + Math.exp(-sum));
        });
        Tensor state = tensor(
                x.element(), new long[] {x.dim(0), x.dim(1), carried}, i -> at(all, i[0], i[1], x.dim(2) + i[2]));
        return List.of(y, state);
    }

    @TestFactory
    Stream<DynamicTest> tensorScatter() {
        for (ElementType type : List.of(
                ElementType.F32,
                ElementType.F16,
                ElementType.I64,
                ElementType.BOOL,
                ElementType.F8E4M3FN,
                ElementType.I4)) {
            scatter(type.text(), random(type, 2, 3, 6, 4), random(type, 2, 3, 2, 4), longs(1, 4));
        }
        AttributeProto circular = attribute("mode", "circular");
        Tensor cache = random(2, 3, 6, 4);
        scatter("circular", cache, random(2, 3, 4, 4), longs(5, 3), circular);
        scatter("circular far", cache, random(2, 3, 4, 4), longs(15, 6), circular);
        scatter("circular whole", cache, random(2, 3, 6, 4), longs(2, 0), circular);
        scatter("no indices", cache, random(2, 3, 2, 4));
        scatter("nothing", cache, random(2, 3, 0, 4), longs(1, 2));
        scatter("3d", random(2, 6, 4), random(2, 1, 4), longs(5, 0));
        scatter("2d", random(2, 6), random(2, 3), longs(3, 0), attribute("axis", -1));
        scatter("first", random(2, 6, 3, 4), random(2, 2, 3, 4), longs(1, 4), attribute("axis", 1));
        scatter("last", random(2, 3, 4, 6), random(2, 3, 4, 2), longs(5, 4), attribute("axis", 3), circular);
        scatter("5d", random(2, 2, 3, 6, 4), random(2, 2, 3, 2, 4), longs(1, 4));
        return tests();
    }

    private void scatter(String name, Object... parts) {
        formula(StateTest::scattered, "scatter " + name, "TensorScatter-24", "cache", parts);
    }

    private static List<Tensor> scattered(NodeModel n) {
        Tensor cache = n.in(0);
        Tensor update = n.in(1);
        int axis = (int) (n.i("axis", -2) + cache.rank()) % cache.rank();
        long size = cache.dim(axis);
        return List.of(tensor(cache.element(), cache.dims(), index -> {
            for (long s = 0; s < update.dim(axis); s++) {
                long place = s + n.opt(2).map(w -> (long) at(w, index[0])).orElse(0L);
                if ((n.s("mode", "linear").equals("circular") ? place % size : place) == index[axis]) {
                    long[] from = index.clone();
                    from[axis] = s;
                    return at(update, from);
                }
            }
            return at(cache, index);
        }));
    }
}
