package dev.lathe.compress;

import dev.lathe.ir.Graph;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * How many of a model's parameters are 0.
 *
 * @param parameters numbers in constants
 * @param zeros those of them that are 0
 */
public record Sparsity(long parameters, long zeros) {

    /** Of all constants of a graph and its regions, each counted once. */
    public static Sparsity of(Graph graph) {
        Set<Tensor> all = Collections.newSetFromMap(new IdentityHashMap<>());
        graph.allNodes().forEach(n -> {
            if (n.op() instanceof Constant(Tensor t) && t.element().isNumeric()) {
                all.add(t);
            }
        });
        return new Sparsity(
                all.stream().mapToLong(Tensor::size).sum(),
                all.stream().mapToLong(Sparsity::zeros).sum());
    }

    private static long zeros(Tensor t) {
        return LongStream.range(0, t.size()).filter(i -> t.getDouble(i) == 0).count();
    }

    /** The share that is 0. */
    public double ratio() {
        return parameters == 0 ? 0 : (double) zeros / parameters;
    }
}
