package dev.lathe.cli;

import dev.lathe.Lathe;
import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.onnx.OnnxSummary;
import dev.lathe.ir.Graph;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.passes.PassManager;
import dev.lathe.report.JarReport;
import dev.lathe.report.ModelDiff;
import dev.lathe.report.ModelReport;
import dev.lathe.report.ModelReport.Layer;
import dev.lathe.report.ModelReport.PortText;
import dev.lathe.report.Units;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lathe inspect}. */
@Command(
        name = "inspect",
        description = {
            "Show what is in a model: inputs, outputs, weights, operations, memory, and its ops.",
            "",
            "Symbolic dimensions are shown by name. Operations and memory are for the sizes that --shape gives them;"
                + " those that it does not give are assumed, and the assumption is printed. Ops and layers are those"
                + " after the target-independent passes.",
            "",
            "Of a compiled jar it shows what the jar holds, after comparing all checksums. Nothing of the jar runs, so"
                    + " this is how to look at a jar before it is opened.",
        },
        footer = {
            "  lathe inspect model.onnx",
            "  lathe inspect minilm.onnx --shape input_ids=1x128 --layers",
            "  lathe inspect model.onnx --plan java",
            "  lathe inspect model.onnx --json -",
            "  lathe inspect model.onnx --diff quantized.onnx",
            "  lathe inspect model.jar",
        })
final class InspectCommand extends LatheCommand {
    @Parameters(
            paramLabel = "MODEL",
            description = "An .onnx or .lir file, or a compiled .jar; - for the standard input.")
    private Path file = Path.of("");

    @Option(
            names = "--layers",
            description = "Also print a table of all layers, with the kernels that the target java runs for each.")
    private boolean layers;

    @Option(
            names = "--plan",
            paramLabel = "TARGET",
            description = "Also print the steps that a target takes, and when the buffers between them live.")
    private @Nullable String plan;

    @Option(
            names = "--diff",
            paramLabel = "OTHER",
            description = "Print what differs in another model instead: inputs, outputs, opsets, operators, weights and"
                    + " nodes, as they were read; exit with 1 if anything does.")
    private @Nullable Path other;

    @Option(
            names = "-O",
            paramLabel = "0|1|2|3",
            defaultValue = "2",
            converter = TargetFlags.Level.class,
            description = "How much to optimize first, written as -O0 to -O3. Default: -O2.")
    private OptimizationLevel level = OptimizationLevel.O2;

    @Mixin
    private ShapeFlags shapeFlags = new ShapeFlags();

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private JsonFlag json = new JsonFlag();

    @Override
    public Integer call() {
        try (StandardInput stdin = new StandardInput(terminal())) {
            file = stdin.model(file);
            return execute();
        }
    }

    private int execute() {
        json.require();
        Map<String, Shape> shapes = shapeFlags.shapes();
        if (file.toString().endsWith(".jar")) {
            return inspectJar(shapes);
        }
        CompileOptions.Builder options = CompileOptions.builder().level(level);
        shapes.forEach(options::shape);
        dims.addTo(options);
        if (other != null) {
            return diff(other, options.build());
        }
        Backend target = plan == null ? null : Backends.named(plan);
        CompileOptions built = options.build();
        Graph imported = Lathe.read(file, built);
        Graph optimized = PassManager.run(imported, Lathe.canonicalPipeline(built), built.passContext());
        ModelReport report = ModelReport.of(imported, optimized, shapes, layers ? steps(optimized, built) : List.of());
        json.write(terminal(), report);
        if (!json.replacesText()) {
            print(report);
            if (target != null) {
                Graph lowered = PassManager.run(optimized, target.pipeline(built), built.passContext());
                out().println();
                out().print(target.plan(lowered, built).orElseThrow(() -> noPlan(target)));
            }
        }
        return 0;
    }

    private int diff(Path second, CompileOptions options) {
        if (layers || plan != null) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.inspect",
                            "--layers and --plan are for one model, and --diff is for two",
                            "leave them out, or leave out --diff")));
        }
        ModelDiff diff = ModelDiff.of(side(file, options), side(second, options));
        json.write(terminal(), diff);
        if (!json.replacesText()) {
            out().println(terminal().bold(file + " → " + second));
            new ModelDiffText(terminal()).print(diff);
        }
        return diff.isEmpty() ? 0 : 1;
    }

    private static ModelDiff.Side side(Path model, CompileOptions options) {
        Graph graph = Lathe.read(model, options);
        return new ModelDiff.Side(
                graph, model.toString().endsWith(".lir") ? Optional.empty() : Optional.of(OnnxSummary.of(model)));
    }

    /** The steps of the target java; none, and a note, where it refuses the model. */
    private List<ModelStep> steps(Graph optimized, CompileOptions options) {
        try {
            return Lathe.compile(optimized, options).steps();
        } catch (LatheException e) {
            note("without kernels: " + e.getMessage());
            return List.of();
        }
    }

    private static LatheException noPlan(Backend target) {
        return new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error(
                        "usage.inspect",
                        "the target " + target.name() + " makes no plan",
                        "name another target, such as java")));
    }

    private int inspectJar(Map<String, Shape> shapes) {
        dims.requireAbsent();
        if (layers || plan != null || other != null || !shapes.isEmpty()) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.inspect",
                            "--layers, --plan, --diff and --shape are for models, not for a compiled jar",
                            "leave them out, or inspect the model that the jar was compiled from")));
        }
        if (!Files.isRegularFile(file)) {
            throw new LatheException(Diagnostic.error("artifact.file", "there is no file " + file, "check the path"));
        }
        JarReport report = JarReport.of(file);
        json.write(terminal(), report);
        if (!json.replacesText()) {
            print(report);
        }
        return 0;
    }

    private void print(JarReport r) {
        out().println(terminal().bold(r.name()));
        ports("inputs", r.inputs());
        ports("outputs", r.outputs());
        weights(r.parameters(), r.parameterBytes(), r.parameterTypes());
        fact("class", r.modelClass());
        fact(
                "holds",
                r.classes() + " classes of the model, " + r.runtimeClasses() + " of the runtime, " + r.sources()
                        + " sources, " + r.weights() + " weights, " + Units.bytes(r.bytes()) + " in all");
        fact("made by", "Lathe " + r.version());
        fact("checksums", r.checksums() + ", all right");
    }

    private void print(ModelReport r) {
        out().println(terminal().bold(r.name()));
        ports("inputs", r.inputs());
        ports("outputs", r.outputs());
        weights(r.parameters(), r.parameterBytes(), r.parameterTypes());
        String at = r.sizes().isEmpty()
                ? ""
                : " with "
                        + r.sizes().entrySet().stream()
                                .map(e -> e.getKey() + "=" + e.getValue())
                                .collect(Collectors.joining(", "));
        if (!r.symbolicFlops().isEmpty() && !r.sizes().isEmpty()) {
            fact("operations", r.symbolicFlops());
            fact("", Units.flops(r.flops()) + at);
        } else {
            fact("operations", Units.flops(r.flops()) + at);
        }
        fact("memory", Units.bytes(r.peakActivationBytes()) + " of activations at the peak" + at);
        if (!r.operators().isEmpty()) {
            fact("operators", histogram(r.operators()));
        }
        fact("ops", histogram(r.ops()));
        if (layers) {
            out().println();
            layers(r);
        }
    }

    private void weights(long parameters, double bytes, Map<String, Double> types) {
        fact(
                "weights",
                Units.count(parameters) + " parameters, " + Units.bytes(bytes) + " ("
                        + types.entrySet().stream()
                                .sorted((a, b) -> Double.compare(b.getValue(), a.getValue()))
                                .map(e -> e.getKey() + " " + Units.bytes(e.getValue()))
                                .collect(Collectors.joining(", "))
                        + ")");
    }

    private void ports(String title, List<PortText> ports) {
        String label = title;
        for (PortText p : ports) {
            fact(label, p.name() + ": " + p.type());
            label = "";
        }
    }

    private void fact(String label, String text) {
        out().println("  " + terminal().faint(String.format(Locale.ROOT, "%-11s", label)) + wrapped(text));
    }

    /** Lines of at most some ninety characters, broken at commas. */
    private static String wrapped(String text) {
        StringBuilder all = new StringBuilder();
        int column = 0;
        for (String part : text.split("(?<=, )", -1)) {
            if (column > 0 && column + part.length() > 88) {
                all.append("\n").append(" ".repeat(13));
                column = 0;
            }
            all.append(part);
            column += part.length();
        }
        return all.toString();
    }

    private static String histogram(Map<String, Integer> counts) {
        return counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(e -> e.getValue() + " " + e.getKey())
                .collect(Collectors.joining(", "));
    }

    private void layers(ModelReport r) {
        Table table = new Table(
                terminal(),
                ">#",
                "op",
                "layer",
                "result",
                ">parameters",
                "stored as",
                "kernel",
                ">operations",
                ">share",
                ">memory",
                ">traffic");
        for (int i = 0; i < r.layers().size(); i++) {
            Layer layer = r.layers().get(i);
            table.row(
                    Integer.toString(i),
                    layer.op(),
                    layer.name(),
                    layer.result(),
                    layer.parameters() == 0 ? "" : Units.count(layer.parameters()),
                    layer.storage(),
                    layer.kernels(),
                    layer.flops() == 0 ? "" : Units.flops(layer.flops()),
                    r.flops() > 0 && layer.flops() >= 0.0005 * r.flops()
                            ? String.format(Locale.ROOT, "%.1f %%", 100 * layer.flops() / r.flops())
                            : "",
                    Units.bytes(layer.bytes()),
                    Units.bytes(layer.trafficBytes()));
        }
        table.print();
    }
}
