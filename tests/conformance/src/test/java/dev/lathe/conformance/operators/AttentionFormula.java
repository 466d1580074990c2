package dev.lathe.conformance.operators;

import static dev.lathe.conformance.operators.Indexed.at;
import static dev.lathe.conformance.operators.Indexed.tensor;

import dev.lathe.ir.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** The standard's Attention, versions 23 to 25, score by score. */
final class AttentionFormula {
    private final NodeModel node;
    private final boolean flat;
    private final Tensor q;
    private final Tensor k;
    private final Tensor v;
    private final long past;

    private AttentionFormula(NodeModel node) {
        this.node = node;
        flat = node.in(0).rank() == 3;
        q = heads(node.in(0), node.i("q_num_heads", 0));
        k = cached(node.opt(4).orElse(null), heads(node.in(1), node.i("kv_num_heads", 0)));
        v = cached(node.opt(5).orElse(null), heads(node.in(2), node.i("kv_num_heads", 0)));
        past = node.opt(4).map(t -> t.dim(2)).orElse(0L);
    }

    /** Y, present_key, present_value and qk_matmul_output. */
    static List<Tensor> apply(NodeModel node) {
        return new AttentionFormula(node).results();
    }

    /** {@code [B, S, heads * d]} as {@code [B, heads, S, d]}. */
    private Tensor heads(Tensor x, long heads) {
        if (!flat) {
            return x;
        }
        long depth = x.dim(2) / heads;
        return tensor(
                x.element(),
                new long[] {x.dim(0), heads, x.dim(1), depth},
                i -> at(x, i[0], i[2], i[1] * depth + i[3]));
    }

    private static Tensor cached(@org.jspecify.annotations.Nullable Tensor past, Tensor x) {
        if (past == null) {
            return x;
        }
        long before = past.dim(2);
        return tensor(
                x.element(),
                new long[] {x.dim(0), x.dim(1), before + x.dim(2), x.dim(3)},
                i -> i[2] < before ? at(past, i) : at(x, i[0], i[1], i[2] - before, i[3]));
    }

    private List<Tensor> results() {
        long[] scoreDims = {q.dim(0), q.dim(1), q.dim(2), k.dim(2)};
        int mode = (int) node.i("qk_matmul_output_mode", 0);
        Tensor debug = tensor(q.element(), scoreDims, i -> stages(i[0], i[1], i[2])[mode][(int) i[3]]);
        Tensor y = tensor(
                q.element(), new long[] {q.dim(0), q.dim(1), q.dim(2), v.dim(3)}, i -> result(i[0], i[1], i[2], i[3]));
        long width = v.dim(3);
        Tensor joined = tensor(
                q.element(),
                new long[] {q.dim(0), q.dim(2), q.dim(1) * width},
                i -> at(y, i[0], i[2] / width, i[1], i[2] % width));
        return List.of(flat ? joined : y, k, v, debug);
    }

    /** The head of keys and values that serves a head of queries. */
    private long group(long head) {
        return head / (q.dim(1) / k.dim(1));
    }

    private double result(long batch, long head, long query, long column) {
        double[] weights = stages(batch, head, query)[3];
        double sum = 0;
        for (int key = 0; key < weights.length; key++) {
            sum += weights[key] * at(v, batch, group(head), key, column);
        }
        return sum;
    }

    /** The scores of a query against all keys: raw, capped, masked, and as probabilities. */
    private double[][] stages(long batch, long head, long query) {
        int keys = (int) k.dim(2);
        double[][] stages = new double[4][keys];
        double scale = node.f("scale", 1 / Math.sqrt(q.dim(3)));
        double cap = node.f("softcap", 0);
        double best = Double.NEGATIVE_INFINITY;
        for (int key = 0; key < keys; key++) {
            double dot = 0;
            for (int d = 0; d < q.dim(3); d++) {
                dot += at(q, batch, head, query, d) * at(k, batch, group(head), key, d);
            }
            stages[0][key] = scale * dot;
            stages[1][key] = cap == 0 ? stages[0][key] : cap * Math.tanh(stages[0][key] / cap);
            stages[2][key] = stages[1][key]
                    + mask(batch, head, query, key)
                    + (visible(batch, query, key) ? 0 : Double.NEGATIVE_INFINITY);
            best = Math.max(best, stages[2][key]);
        }
        double sum = 0;
        for (int key = 0; key < keys && best > Double.NEGATIVE_INFINITY; key++) {
            stages[3][key] = Math.exp(stages[2][key] - best);
            sum += stages[3][key];
        }
        double total = sum;
        stages[3] =
                Arrays.stream(stages[3]).map(e -> total == 0 ? 0 : e / total).toArray();
        return stages;
    }

    /** What {@code attn_mask} adds to a score. */
    private double mask(long batch, long head, long query, long key) {
        if (node.opt(3).isEmpty()) {
            return 0;
        }
        Tensor mask = node.in(3);
        long last = mask.dim(mask.rank() - 1);
        if (key >= last && last > 1) {
            return Double.NEGATIVE_INFINITY;
        }
        double value = Indexed.broadcast(mask, batch, head, query, key);
        return mask.element().isBool() ? value == 0 ? Double.NEGATIVE_INFINITY : 0 : value;
    }

    /** Whether a key is within the causal frontier, the window and the keys that are no padding. */
    private boolean visible(long batch, long query, long key) {
        boolean external = node.opt(6).isPresent();
        long length = external ? (long) at(node.in(6), batch) : k.dim(2);
        long offset = external && node.opt(4).isEmpty() ? length - q.dim(2) : past;
        long position = query + offset;
        long left = node.i("left_window_size", -1);
        long right = node.i("right_window_size", -1);
        return key < length
                && (node.i("is_causal", 0) == 0 || key <= position)
                && (left < 0 || key >= position - left)
                && (right < 0 || key <= position + right);
    }
}
