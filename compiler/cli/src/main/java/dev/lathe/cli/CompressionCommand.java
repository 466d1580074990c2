package dev.lathe.cli;

import dev.lathe.backend.CompileOptions;
import dev.lathe.compress.Budget;
import dev.lathe.compress.Compressed;
import dev.lathe.compress.Compressor;
import dev.lathe.compress.Dataset;
import dev.lathe.compress.Fidelity;
import dev.lathe.compress.Metric;
import dev.lathe.compress.Point;
import dev.lathe.compress.Quantization;
import dev.lathe.compress.Report;
import dev.lathe.compress.ReportPage;
import dev.lathe.compress.Search;
import dev.lathe.compress.Strategy;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import dev.lathe.passes.weights.ChangedWeight;
import dev.lathe.report.Units;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** What the commands have that write a smaller model. */
abstract class CompressionCommand extends LatheCommand {
    private static final int WORST = 5;

    /** Metrics whose figures are always shown. */
    private static final Set<Metric> FIGURES = Set.of(Metric.COSINE, Metric.WORST_COSINE, Metric.MAX_ABS, Metric.TOP1);

    @Parameters(paramLabel = "MODEL", description = "An .onnx or .lir file.")
    private Path file = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            required = true,
            description = "Write the result: .onnx or .lir.")
    private Path output = Path.of("");

    @Option(
            names = {"--check", "--metric"},
            paramLabel = "METRIC",
            defaultValue = "cosine",
            converter = MetricName.class,
            description = "What is a loss: cosine (1 less the mean cosine of the outputs before and after),"
                    + " worst-cosine, max-abs (the largest difference, as a share of the largest element), top1 (the"
                    + " share of rows whose largest element is elsewhere), text (the share of lines that a recognizer"
                    + " reads otherwise), same-neighbour (of embeddings, the share whose nearest other one is another),"
                    + " or accuracy (what is lost of the accuracy on the data's labels). Default: cosine.")
    private Metric metric = Metric.COSINE;

    @Option(
            names = "--max-loss",
            paramLabel = "LOSS",
            description = "Write nothing, and exit with 1, if more is lost: a share such as 0.01, or 1%%.")
    private @Nullable String maxLoss;

    @Option(
            names = "--opset",
            paramLabel = "N",
            description = "Write this version of the standard's operators. Default: the model's, or the first that has"
                    + " what is needed.")
    private @Nullable Integer opset;

    @Mixin
    private DataFlags data = new DataFlags();

    @Mixin
    private ShapeFlags shapes = new ShapeFlags();

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private JsonFlag json = new JsonFlag();

    @Mixin
    private HtmlFlag html = new HtmlFlag();

    static final class MetricName implements ITypeConverter<Metric> {
        @Override
        public Metric convert(String text) {
            return Metric.named(text.toLowerCase(Locale.ROOT))
                    .orElseThrow(() -> new TypeConversionException("there is no metric " + text + "; "
                            + Suggestion.of(
                                    text,
                                    Metric.ALL.stream().map(Object::toString).toList())
                            + "there are "
                            + Metric.ALL.stream().map(Object::toString).collect(Collectors.joining(", "))));
        }
    }

    /** How the model is to be changed, one after the other. */
    abstract List<Strategy> strategies();

    /** {@code strategy} with what is found by trying on {@code compressor}, which comes before it. */
    Strategy settled(Strategy strategy, Compressor compressor, Consumer<Report.Choice> hearer) {
        return strategy;
    }

    /** Shows what else there is to know of a result. */
    void details(Compressed result) {}

    /** Whether weights that are mostly zeros are written without them, as ONNX. */
    boolean writesSparse() {
        return false;
    }

    /** What is looked for, where the strategies are not said but found. */
    Optional<Budget> budget(double mostLoss) {
        return Optional.empty();
    }

    /** What is tried before precisions are chosen, where there is a budget: each in turn. */
    List<List<Strategy>> firsts() {
        return List.of();
    }

    /** Whether there are data, so that ranges can come from them. */
    final boolean hasData() {
        return data.isGiven();
    }

    /** The precisions that weights may have, where there is a budget. */
    List<Quantization> precisions() {
        return Search.PRECISIONS;
    }

    @Override
    public Integer call() {
        json.require();
        requireOutput();
        html.require();
        double most = maxLoss == null ? Double.POSITIVE_INFINITY : loss(maxLoss);
        Optional<Budget> budget = budget(most);
        List<Strategy> strategies = budget.isPresent() ? List.of() : strategies();
        CompileOptions.Builder options = CompileOptions.builder();
        shapes.shapes().forEach(options::shape);
        dims.addTo(options);
        try (ProgressLine progress = new ProgressLine(terminal())) {
            Compressor compressor =
                    Compressor.of(file, options.progress(progress).build()).metric(metric);
            compressor = data.addTo(compressor, shapes.shapes());
            if (!data.isGiven()) {
                note("compared on " + Dataset.RANDOM_CALLS
                        + " random inputs, which say little; --data has better ones");
            }
            if (budget.isPresent()) {
                return search(compressor, budget.get(), progress);
            }
            for (Strategy strategy : strategies) {
                compressor = compressor.then(settled(strategy, compressor, c -> say(c, progress)));
            }
            Compressed result = compressor.run();
            progress.clear();
            if (!json.replacesText()) {
                report(result);
            }
            boolean fits = result.loss() <= most;
            tell(Report.of(modelName(), result, fits));
            if (fits) {
                write(result);
                return 0;
            }
            refuse(result, most, compressor.nearest(most));
            return 1;
        }
    }

    private String modelName() {
        return String.valueOf(file.getFileName());
    }

    private void tell(Report report) {
        json.write(terminal(), report);
        html.write(() -> ReportPage.of(report));
    }

    /** Finds the strategies, and says each step. */
    private int search(Compressor compressor, Budget budget, ProgressLine progress) {
        Search.Found found =
                compressor.search(modelName(), budget, firsts(), precisions(), choice -> say(choice, progress));
        progress.close();
        tell(found.report());
        if (found.best().isPresent()) {
            if (!json.replacesText()) {
                report(found.best().get());
            }
            write(found.best().get());
            return 0;
        }
        out().println(terminal().styled("31", "NOT WRITTEN") + " nothing that was tried holds " + budget);
        out().println("the nearest points:");
        Table table = new Table(terminal(), "way", ">size", ">" + found.report().metric(), ">median call", "");
        for (Point p : found.nearest()) {
            table.row(
                    p.name(),
                    Units.bytes(p.sizeBytes()),
                    String.format(Locale.ROOT, "%.4f", p.score()),
                    Units.millis(p.millis()),
                    "");
        }
        table.print();
        return 1;
    }

    private void say(Report.Choice choice, ProgressLine progress) {
        progress.close();
        terminal()
                .err()
                .println(terminal().bold(String.format(Locale.ROOT, "%-8s", choice.step())) + " " + choice.what()
                        + terminal().faint(" (" + choice.why() + ")"));
        terminal().err().flush();
    }

    private void write(Compressed result) {
        if (isOnnx()) {
            result.model()
                    .writeOnnx(output, opset == null ? OptionalInt.empty() : OptionalInt.of(opset), writesSparse());
        } else {
            IrText.write(result.model().graph(), output);
        }
        note("wrote " + output);
    }

    private void refuse(Compressed result, double most, Optional<Compressed> nearest) {
        out().println(terminal().styled("31", "NOT WRITTEN") + " the loss by " + metric.toString() + " is "
                + percent(result.loss()) + ", more than " + percent(most));
        out().println("the weights that were changed most:");
        Table table = new Table(terminal(), "weight", "use", ">bits", ">signal to noise");
        for (ChangedWeight w : result.worst(WORST)) {
            table.row(w.name(), w.use(), Integer.toString(w.bits()), decibels(w.sqnr()));
        }
        table.print();
        out().println(nearest.map(n -> "nearest that holds: " + words(n.strategies()) + ", with a loss of "
                        + percent(n.loss()) + " and weights of "
                        + Units.bytes(n.after().weightBytes()))
                .orElse("no milder way holds either; allow a larger loss"));
    }

    private void report(Compressed result) {
        ComparisonTable.print(terminal(), result.before(), result.after());
        Fidelity f = result.fidelity();
        out().println(String.format(
                Locale.ROOT,
                "cosine to the original's outputs: mean %.6f, least %.6f; largest difference %s; same top %s (%d"
                        + " calls)",
                f.meanCosine(),
                f.leastCosine(),
                percent(f.largestError()),
                percent(f.sameTop()),
                f.samples()));
        if (!FIGURES.contains(result.metric())) {
            out().println(String.format(
                    Locale.ROOT,
                    "%s: %.4f before, %.4f after",
                    result.metric(),
                    result.score().before(),
                    result.score().after()));
        }
        details(result);
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.3g %%", 100 * share);
    }

    static String decibels(double d) {
        return String.format(Locale.ROOT, "%.1f dB", d);
    }

    private static String words(List<Strategy> strategies) {
        return strategies.stream().map(Object::toString).collect(Collectors.joining(" "));
    }

    private static double loss(String text) {
        double share = share(text);
        if (share >= 0 && share <= 1) {
            return share;
        }
        throw usage(
                "usage.loss", "--max-loss " + text + " is no loss from 0 to 100 %", "give a share such as 0.01, or 1%");
    }

    /** {@code 0.5%} or {@code 0.005}; not a number if it is neither. */
    static double share(String text) {
        try {
            boolean isPercent = text.endsWith("%");
            double number = Double.parseDouble(isPercent ? text.substring(0, text.length() - 1) : text);
            return isPercent ? number / 100 : number;
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    private boolean isOnnx() {
        return output.toString().toLowerCase(Locale.ROOT).endsWith(".onnx");
    }

    private void requireOutput() {
        if (!isOnnx() && !output.toString().toLowerCase(Locale.ROOT).endsWith(".lir")) {
            throw usage(
                    "output.format",
                    output + " has a name that fits no known format",
                    "write to a file that ends in .onnx or .lir");
        }
        OutputFile.requireRegular(output);
    }

    static LatheException usage(String code, String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error(code, what, fix)));
    }
}
