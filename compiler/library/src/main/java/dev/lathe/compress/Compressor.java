package dev.lathe.compress;

import dev.lathe.Lathe;
import dev.lathe.OptimizedModel;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.Statistics;
import dev.lathe.passes.clean.Canonicalize;
import dev.lathe.passes.clean.CommonSubexpressions;
import dev.lathe.passes.clean.DeadCode;
import dev.lathe.passes.weights.ChangedWeight;
import dev.lathe.passes.weights.LiftWeights;
import dev.lathe.passes.weights.NameValues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * Compresses a model and says what that gained and lost:
 *
 * {@snippet :
 * Compressed small = Compressor.of(Path.of("model.onnx"))
 *         .data(samples)
 *         .quantize(Quantization.STATIC)
 *         .run();
 * if (small.loss() <= 0.01) {
 *     small.model().writeOnnx(Path.of("small.onnx"), OptionalInt.empty());
 * }
 * }
 *
 * <p>A compressor never changes: each method gives another one, so a compressor can be the start of many.
 */
public final class Compressor {
    private final CompileOptions options;
    private final OptimizedModel original;
    private final Optional<Dataset> data;
    private final Metric metric;
    private final List<Strategy> strategies;

    private Compressor(
            CompileOptions options,
            OptimizedModel original,
            Optional<Dataset> data,
            Metric metric,
            List<Strategy> strategies) {
        this.options = options;
        this.original = original;
        this.data = data;
        this.metric = metric;
        this.strategies = List.copyOf(strategies);
    }

    private Compressor(CompileOptions options, OptimizedModel original) {
        this(
                options,
                original.then(Pipeline.of(new LiftWeights(), new NameValues()), options.passContext()),
                Optional.empty(),
                Metric.COSINE,
                List.of());
    }

    /** Reads a model, and runs the standard target-independent passes on it. */
    public static Compressor of(Path model) {
        return of(model, CompileOptions.standard());
    }

    /**
     * Reads a model and runs the target-independent passes of {@code options} on it.
     *
     * @throws dev.lathe.ir.diag.LatheException with every problem of the model, or of the options
     */
    public static Compressor of(Path model, CompileOptions options) {
        return new Compressor(options, OptimizedModel.of(model, options));
    }

    /** Starts from a graph, with the target-independent passes of {@code options}. */
    public static Compressor of(Graph graph, CompileOptions options) {
        return new Compressor(options, OptimizedModel.of(graph, options));
    }

    /**
     * Inputs like those of practice: what ranges and other statistics come from, and what the result is compared on.
     * Without them it is compared on a few random inputs, and what needs statistics is refused. So is a call with a
     * NaN among its inputs, when it is reached.
     */
    public Compressor data(Dataset calls) {
        return new Compressor(options, original, Optional.of(new CheckedDataset(calls)), metric, strategies);
    }

    /** What a loss is. Default: {@link Metric#COSINE}. */
    public Compressor metric(Metric newMetric) {
        return new Compressor(options, original, data, newMetric, strategies);
    }

    /** Quantizes, after what was asked for before. */
    public Compressor quantize(Quantization quantization) {
        return then(quantization);
    }

    /** Makes weights 0, after what was asked for before. */
    public Compressor prune(Pruning pruning) {
        return then(pruning);
    }

    /** Makes the model smaller in one more way, after those that were asked for before. */
    public Compressor then(Strategy strategy) {
        List<Strategy> more = new ArrayList<>(strategies);
        more.add(strategy);
        return new Compressor(options, original, data, metric, more);
    }

    /** The model before compression, after the target-independent passes. */
    public OptimizedModel original() {
        return original;
    }

    /**
     * Compresses the model, and compares the result with the original.
     *
     * @throws dev.lathe.ir.diag.LatheException if a strategy needs data and there are none, or if the strategies find
     *     nothing that they can change
     */
    public Compressed run() {
        try (Baseline baseline = baseline()) {
            Compressed result = run(baseline);
            if (!strategies.isEmpty() && result.model().graph() == original.graph()) {
                throw new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "compress.nothing",
                                "there is nothing in the model that this can make smaller",
                                "see how its weights are stored: lathe inspect --layers; those of fewer than 1,024"
                                        + " numbers stay as they are")));
            }
            return result;
        }
    }

    private Compressed run(Baseline baseline) {
        return measured(baseline, List.of(metric)).result();
    }

    /** The model after the strategies, not measured. */
    private OptimizedModel apply(PassContext context) {
        OptimizedModel model = original;
        for (Strategy strategy : strategies) {
            options.progress().report("compress", 0, 0);
            model = model.then(Pipeline.of(strategy.preparation().toArray(Pass[]::new)), context);
            Pipeline passes = Pipeline.of(strategy.passes().toArray(Pass[]::new))
                    .then(new Canonicalize(), new CommonSubexpressions(), new DeadCode());
            model = model.then(passes, context.with(PassContext.ORIGINAL, model.graph()));
        }
        return model;
    }

    /** What passes know; {@code hearer} is told of the weights that they change. */
    PassContext context(Consumer<ChangedWeight> hearer) {
        PassContext context = options.passContext().with(ChangedWeight.LISTENER, hearer);
        return data.isPresent() ? context.with(Statistics.SOURCE, new Calibration(data.get(), plain())) : context;
    }

    /** The graph after the strategies. */
    Graph compressedGraph() {
        return strategies.isEmpty() ? original.graph() : apply(context(_ -> {})).graph();
    }

    /** The original, loaded, to be compared with. */
    Baseline baseline() {
        return new Baseline(original.graph(), calls(), plain());
    }

    /** Whether nothing is to be changed. */
    boolean isPlain() {
        return strategies.isEmpty();
    }

    /** Whether statistics can be measured. */
    boolean hasData() {
        return data.isPresent();
    }

    Metric metric() {
        return metric;
    }

    /**
     * Looks for the least change that holds a budget: what precision each weight has, after each of {@code firsts}, or
     * after none.
     *
     * @param name of the model, for the report
     * @param firsts strategies that are tried before, such as pruning, in the order of preference
     * @param precisions what each weight may become, such as {@link Search#PRECISIONS}
     * @param hearer hears each decision when it is made
     */
    public Search.Found search(
            String name,
            Budget budget,
            List<? extends List<? extends Strategy>> firsts,
            List<? extends Strategy> precisions,
            Consumer<Report.Choice> hearer) {
        return new Search(this, budget, firsts, precisions, hearer).run(name);
    }

    /** Looks for the least change that holds a budget, with a precision for each weight. */
    public Search.Found search(Budget budget) {
        return search(original.graph().name(), budget, List.of(), Search.PRECISIONS, _ -> {});
    }

    /**
     * What the outputs lose if one weight alone is changed, for each weight and each of {@code ways}. If these contain
     * {@link Search#PER_TENSOR}, rows of operands follow, which then have 8 bits and one scale, too.
     */
    public Sensitivity sensitivity(List<? extends Strategy> ways) {
        Graph graph = compressedGraph();
        SensitivityScan scan = new SensitivityScan(graph, calls(), plain());
        List<Candidates> candidates = scan.candidates(ways, context(_ -> {}));
        try (Baseline baseline = new Baseline(graph, calls(), plain())) {
            Sensitivity weights = scan.run(ways, candidates, baseline);
            int column = ways.indexOf(Search.PER_TENSOR);
            if (column < 0) {
                return weights;
            }
            OperandScan operands = new OperandScan(graph, calls(), plain());
            return weights.with(operands.rows(baseline, scan, column, ways.size()));
        }
    }

    /**
     * {@code quantization} with the cures that pay on the data: each is tried after those that were kept.
     *
     * @param hearer hears of each cure what became of it
     * @throws dev.lathe.ir.diag.LatheException of the user's fault if there are no data
     */
    public Quantization withCures(Quantization quantization, Consumer<Report.Choice> hearer) {
        if (!hasData()) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "compress.no-data", "cures are chosen by what they recover on data", "add --data")));
        }
        try (Baseline baseline = baseline()) {
            return new CureSearch(this, baseline, hearer).run(quantization);
        }
    }

    /** What is lost on the data; {@code weights} hears of those that change. */
    double loss(Baseline baseline, Consumer<ChangedWeight> weights) {
        OptimizedModel model = apply(context(weights));
        options.progress().report("compile", 0, 0);
        try (Executable other = Lathe.compile(model.graph(), plain()).load()) {
            return baseline.compare(other, List.of(metric)).score(metric).loss();
        }
    }

    /** Bytes of the file that the model is after the strategies. */
    long fileBytes() {
        return fileBytes(strategies.isEmpty() ? original : apply(context(_ -> {})));
    }

    /** Bytes of an ONNX file of {@code model}; of its weights, if it cannot be one. */
    long fileBytes(OptimizedModel model) {
        try {
            Path file = Files.createTempFile("lathe", ".onnx");
            try {
                model.writeOnnx(file, OptionalInt.empty());
                return Files.size(file);
            } catch (LatheException e) {
                return Measure.weightBytes(model.graph());
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            return Measure.weightBytes(model.graph());
        }
    }

    /** With the first of the milder ways, in place of the last strategy, that loses at most {@code most}. */
    public Optional<Compressed> nearest(double most) {
        if (strategies.isEmpty()) {
            return Optional.empty();
        }
        List<Strategy> before = strategies.subList(0, strategies.size() - 1);
        try (Baseline baseline = baseline()) {
            for (Strategy milder : strategies.getLast().milder()) {
                Compressed result = new Compressor(options, original, data, metric, before)
                        .then(milder)
                        .run(baseline);
                if (result.loss() <= most) {
                    return Optional.of(result);
                }
            }
        }
        return Optional.empty();
    }

    /** Options that run a graph as it is, on the target of the user. */
    CompileOptions plain() {
        return CompileOptions.builder()
                .target(options.target())
                .threads(options.threads())
                .progress(options.progress())
                .build();
    }

    /** A result, and its scores by several metrics. */
    record Measured(Compressed result, Baseline.Outcome outcome) {}

    /** Compresses, and compares by all of {@code metrics}, of which {@link #metric} is one. */
    Measured measured(Baseline baseline, List<Metric> metrics) {
        List<ChangedWeight> weights = Collections.synchronizedList(new ArrayList<>());
        OptimizedModel model = apply(context(weights::add));
        Dataset calls = calls();
        options.progress().report("compile", 0, 0);
        try (Executable other = Lathe.compile(model.graph(), plain()).load()) {
            Baseline.Outcome outcome = baseline.compare(other, metrics);
            options.progress().report("measure", 0, 0);
            List<Timing> timings = Timing.of(List.of(baseline.model(), other), calls);
            Map<String, ? extends Datum> sample = calls.size() == 0 ? Map.of() : calls.sample(0);
            Compressed result = new Compressed(
                    model,
                    strategies,
                    Measure.of(original.graph(), sample, timings.getFirst()),
                    Measure.of(model.graph(), sample, timings.getLast()),
                    outcome.fidelity(),
                    metric,
                    outcome.score(metric),
                    List.copyOf(weights));
            return new Measured(result, outcome);
        }
    }

    Dataset calls() {
        return data.orElseGet(() -> Dataset.random(original.graph(), options.shapes()));
    }
}
