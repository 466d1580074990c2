package dev.lathe.compress;

import dev.lathe.Lathe;
import dev.lathe.OptimizedModel;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.clean.Canonicalize;
import dev.lathe.passes.clean.CommonSubexpressions;
import dev.lathe.passes.clean.DeadCode;
import dev.lathe.passes.quantize.ActivationRanges;
import dev.lathe.passes.quantize.CompressedWeight;
import dev.lathe.passes.quantize.QuantizeWeights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Compresses a model and says what that gained and lost:
 *
 * {@snippet :
 * Compressed small = new Compressor(Path.of("model.onnx"), CompileOptions.standard())
 *         .quantize(Quantization.DYNAMIC, data);
 * if (Metric.COSINE.loss(small.fidelity()) <= 0.01) {
 *     small.model().writeOnnx(Path.of("small.onnx"), OptionalInt.empty());
 * }
 * }
 *
 * <p>A compressor keeps the model and can be asked more than once.
 */
public final class Compressor {
    private final CompileOptions options;
    private final OptimizedModel original;

    /**
     * Reads a model and runs the passes of {@code options} on it.
     *
     * @throws dev.lathe.ir.diag.LatheException with every problem of the model, or of the options
     */
    public Compressor(Path model, CompileOptions options) {
        this.options = options;
        this.original = OptimizedModel.of(model, options);
    }

    /** The model before compression, after the target-independent passes. */
    public OptimizedModel original() {
        return original;
    }

    /**
     * The model with its numbers in fewer bits, compared with the original on {@code data}.
     *
     * @param data also what static quantization finds its ranges by
     */
    public Compressed quantize(Quantization quantization, Dataset data) {
        List<CompressedWeight> weights = Collections.synchronizedList(new ArrayList<>());
        PassContext context = options.passContext().with(CompressedWeight.LISTENER, weights::add);
        if (quantization.mode() == Quantization.Mode.STATIC) {
            context = context.with(ActivationRanges.KEY, ranges(data));
        }
        options.progress().report("quantize", 0, 0);
        Pipeline passes = Pipeline.of(quantization.passes().toArray(Pass[]::new))
                .then(new Canonicalize(), new CommonSubexpressions(), new DeadCode());
        return measured(original.then(passes, context), quantization, data, List.copyOf(weights));
    }

    /** The first of the milder ways that loses at most {@code most}; empty if none does. */
    public Optional<Compressed> nearest(Quantization quantization, Dataset data, Metric metric, double most) {
        for (Quantization milder : quantization.milder()) {
            Compressed result = quantize(milder, data);
            if (metric.loss(result.fidelity()) <= most) {
                return Optional.of(result);
            }
        }
        return Optional.empty();
    }

    private ActivationRanges ranges(Dataset data) {
        Graph graph = original.graph();
        long least = new QuantizeWeights().least();
        return Calibration.ranges(graph, ActivationRanges.wanted(graph, least), data, plain(), options.progress());
    }

    /** Options that run a graph as it is, on the target of the user. */
    private CompileOptions plain() {
        return CompileOptions.builder()
                .target(options.target())
                .threads(options.threads())
                .build();
    }

    private Compressed measured(
            OptimizedModel model, Quantization quantization, Dataset data, List<CompressedWeight> weights) {
        Fidelity.Meter meter = new Fidelity.Meter();
        double[] before = new double[data.size()];
        double[] after = new double[data.size()];
        options.progress().report("compile", 0, 0);
        try (Executable first = Lathe.compile(original.graph(), plain()).load();
                Executable second = Lathe.compile(model.graph(), plain()).load()) {
            for (int i = 0; i < data.size(); i++) {
                options.progress().report("compare", i, data.size());
                Map<String, ? extends Datum> sample = data.sample(i);
                long start = System.nanoTime();
                Map<String, Datum> expected = first.run(sample);
                long middle = System.nanoTime();
                Map<String, Datum> actual = second.run(sample);
                before[i] = (middle - start) / 1e6;
                after[i] = (System.nanoTime() - middle) / 1e6;
                meter.add(expected, actual);
            }
        }
        return new Compressed(
                model,
                quantization,
                measure(original.graph(), before),
                measure(model.graph(), after),
                meter.result(),
                weights);
    }

    private static Compressed.Measure measure(Graph graph, double[] millis) {
        double[] warm = Arrays.copyOfRange(millis, millis.length / 2, millis.length);
        Arrays.sort(warm);
        return new Compressed.Measure(
                weightBytes(graph), graph.allNodes().size(), warm.length == 0 ? 0 : warm[warm.length / 2]);
    }

    private static long weightBytes(Graph graph) {
        Set<Tensor> all = Collections.newSetFromMap(new IdentityHashMap<>());
        graph.allNodes().forEach(n -> {
            if (n.op() instanceof Constant(Tensor t)) {
                all.add(t);
            }
        });
        return all.stream().mapToLong(Tensor::byteSize).sum();
    }
}
