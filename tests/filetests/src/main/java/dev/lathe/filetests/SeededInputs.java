package dev.lathe.filetests;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.TensorType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Seeded values for the inputs of a graph: normal floats, integers 0 and 1, and for symbols without a size 2, 3, 4 and
 * so on.
 */
final class SeededInputs {
    private final Random random;
    private final Map<String, Long> symbols;

    SeededInputs(FileTest.Run run) {
        this.random = new Random(run.seed());
        this.symbols = new TreeMap<>(run.symbols());
    }

    Map<String, Datum> of(Graph graph) {
        Map<String, Datum> inputs = new LinkedHashMap<>();
        for (Value v : graph.inputs()) {
            inputs.put(v.name(), tensor(v.tensorType()));
        }
        return inputs;
    }

    private Tensor tensor(TensorType type) {
        type.symbols().forEach(s -> symbols.computeIfAbsent(s, _ -> 2L + symbols.size()));
        long[] dims = type.shape().dims().stream()
                .mapToLong(d -> d.evaluate(s -> symbols.getOrDefault(s, 0L)))
                .toArray();
        Tensor t = Tensor.zeros(type.element(), dims);
        for (long i = 0; i < t.size(); i++) {
            switch (type.element().kind()) {
                case FLOAT -> t.setDouble(i, random.nextGaussian());
                case SIGNED, UNSIGNED, BOOLEAN -> t.setLong(i, random.nextInt(2));
                case COMPLEX -> t.setComplex(i, random.nextGaussian(), random.nextGaussian());
                case TEXT -> t.setString(i, "s" + random.nextInt(3));
            }
        }
        return t;
    }
}
