package dev.lathe.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.tensor.WholeFile;
import dev.lathe.ir.type.Shape;
import dev.lathe.report.DatumText;
import dev.lathe.runtime.input.InputValues;
import dev.lathe.runtime.input.PictureReader;
import dev.lathe.verify.TestDirectory;
import java.io.PrintWriter;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lathe run}. */
@Command(
        name = "run",
        description = {
            "Run a model once and print its outputs.",
            "",
            "Inputs that are not given are random, but valid for their role: token ids are within the embedding table"
                + " they index, masks are ones, optional inputs absent, other numbers normally distributed. The same"
                + " --seed gives the same values. Symbolic dimensions get the sizes that --shape or the given inputs"
                + " have; else 1 for a batch, 224 for an image's height and width, and 16 otherwise.",
        },
        footer = {
            "  lathe run model.onnx",
            "  lathe run minilm.onnx --input 'input_ids=[[101, 7592, 102]]' --input attention_mask=mask.npy",
            "  lathe run classifier.onnx --input cat.jpg --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225",
            "  lathe run churn.onnx --input '{\"age\": 41, \"country\": 7}' --json -",
            "  lathe run model.jar --output results --target java",
            "  lathe run model.onnx --compare reference --check-finite",
            "  lathe run model.onnx --outputs all --output values.npz",
            "  lathe run model.onnx --input x.npy --save-inputs tests/first",
            "  cat x.npy | lathe run model.onnx --input - --output - > y.npz",
        })
final class RunCommand extends LatheCommand {
    @Parameters(
            paramLabel = "MODEL",
            description = "An .onnx or .lir file, or a compiled .jar; - for the standard input.")
    private Path file = Path.of("");

    @Option(
            names = "--input",
            paramLabel = "NAME=VALUE",
            description =
                    "A value for an input: a file that ends in .npy, .npz[:ENTRY], .pb, .safetensors[:ENTRY], .bin or"
                        + " .raw (bare little-endian elements of the input's type and shape), an image (.png .jpg .gif"
                        + " .bmp), random, numbers such as \"[1, 2, 3]\", or a map such as '{\"age\": 41}'. NAME= may"
                        + " be left out for a model with one input, and for an archive with an entry for each. f64"
                        + " arrays are rounded to the input's float type. - is the standard input. Repeatable.")
    private List<String> inputs = new ArrayList<>();

    @Option(
            names = "--output",
            paramLabel = "DIR|FILE.npz|-",
            description =
                    "Write the outputs: to DIR, which is made if it does not exist, each as a .npy file; or to one"
                            + " .npz file; - writes .npz to the standard output, in place of text.")
    private @Nullable Path output;

    @Mixin
    private OutputsFlag outputs = new OutputsFlag();

    @Option(
            names = "--compare",
            paramLabel = "TARGET",
            description = "Run TARGET on the same inputs too, and tell how far each output is from its; exit with 1 if"
                    + " one differs by more than --rtol and --atol, or what the ops allow.")
    private @Nullable String compare;

    @Mixin
    private ToleranceFlags tolerance = new ToleranceFlags();

    @Option(
            names = "--check-finite",
            description = "If an output has NaN or Inf, name the first value that has one, and the node that computes"
                    + " it; exit with 1.")
    private boolean checkFinite;

    @Option(
            names = "--save-inputs",
            paramLabel = "DIR",
            description =
                    "Write the model, the inputs and the outputs to DIR, a new folder, as a test in ONNX's layout,"
                            + " which `lathe verify` and other runtimes run.")
    private @Nullable Path saveInputs;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "The seed of random inputs. Default: 1.")
    private long seed;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "Stop the call after so many seconds, such as 2.5; compiling does not count. Default: never.")
    private @Nullable Double timeout;

    @Mixin
    private ShapeFlags shapeFlags = new ShapeFlags();

    @Mixin
    private PictureFlags pictures = new PictureFlags();

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private TargetFlags target = new TargetFlags();

    @Mixin
    private JsonFlag json = new JsonFlag();

    @Override
    public Integer call() {
        json.require();
        deadline(); // a wrong one is told before the model is compiled
        Optional<ResultFiles> files = Optional.ofNullable(output).map(ResultFiles::new);
        files.ifPresent(ResultFiles::require);
        if (saveInputs != null) {
            TestDirectory.requireNew(saveInputs);
        }
        requireAgreement(files);
        try (StandardInput stdin = new StandardInput(terminal())) {
            return run(stdin.model(file), stdin.inputs(inputs), files);
        }
    }

    private int run(Path model, List<String> given, Optional<ResultFiles> files) {
        Map<String, Shape> shapes = shapeFlags.shapes();
        PictureReader picture = pictures.reader();
        if (OpenedModel.isArtifact(model)) {
            requireNoGraph();
        }
        List<TargetFlags> targets = compare == null ? List.of(target) : target.beside(compare);
        OpenedModel source = OpenedModel.open(model, targets.getFirst(), shapes, dims, terminal(), outputs::of);
        Map<String, Datum> values;
        Map<String, Datum> results;
        double millis;
        try (Executable run = source.model().load()) {
            InputValues reader = new InputValues(run.inputs(), source.roles(run))
                    .seed(seed)
                    .shapes(source.likely(shapes, given))
                    .pictures(picture);
            values = reader.read(given);
            reader.notes().forEach(n -> note("note: " + n));
            long start = System.nanoTime();
            results = run.run(values, deadline());
            millis = (System.nanoTime() - start) / 1e6;
        }
        boolean printed =
                !json.replacesText() && !files.filter(ResultFiles::replacesText).isPresent();
        if (printed) {
            results.forEach(this::print);
        }
        files.ifPresent(f -> f.write(results, terminal(), this::note));
        if (saveInputs != null) {
            save(model, source, values, results, saveInputs);
        }
        RunChecks checks = new RunChecks(source, values, results, shapes, dims, terminal());
        Optional<RunChecks.Finite> finite =
                checkFinite ? Optional.of(checks.finite(target, deadline())) : Optional.empty();
        Optional<RunChecks.Compared> compared = targets.size() == 1
                ? Optional.empty()
                : Optional.of(checks.compared(targets.getLast(), tolerance, deadline()));
        json.write(terminal(), report(results, millis, finite, compared));
        // What - sends to the standard output stays alone there.
        PrintWriter to = printed ? out() : terminal().err();
        if (!json.replacesText()) {
            finite.ifPresent(f -> f.print(terminal(), to));
            compared.ifPresent(c -> c.print(terminal(), to));
        }
        note(String.format(
                Locale.ROOT,
                "ran once in %.1f ms on %s; `lathe bench` measures more",
                millis,
                source.model().target()));
        return finite.map(RunChecks.Finite::isFinite).orElse(true)
                        && compared.map(RunChecks.Compared::agrees).orElse(true)
                ? 0
                : 1;
    }

    private void requireAgreement(Optional<ResultFiles> files) {
        if (json.replacesText() && files.filter(ResultFiles::replacesText).isPresent()) {
            throw usage("--json - and --output - would both write to the standard output", "give one of them a file");
        }
        if (compare == null && tolerance.isGiven()) {
            throw usage("--rtol and --atol are for a comparison, and there is none", "add --compare reference");
        }
    }

    /** Of an artifact there is no graph. */
    private void requireNoGraph() {
        if (outputs.isGiven() || compare != null || saveInputs != null) {
            throw usage(
                    "--outputs, --compare and --save-inputs need the model, and a compiled jar does not hold it",
                    "give the model that the jar was compiled from");
        }
    }

    private static LatheException usage(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("usage.run", what, fix)));
    }

    /** A model of one file is copied as it is, unless it has other outputs here. */
    private void save(
            Path model, OpenedModel source, Map<String, Datum> values, Map<String, Datum> results, Path folder) {
        Graph graph = Objects.requireNonNull(source.source(), "artifacts were refused");
        boolean copy = !outputs.isGiven() && !model.toString().endsWith(".lir") && OnnxImporter.isOneFile(model);
        TestDirectory.write(
                folder,
                to -> {
                    if (copy) {
                        WholeFile.write(to, channel -> Files.copy(model, Channels.newOutputStream(channel)));
                    } else {
                        OnnxExporter.write(graph, to);
                    }
                },
                values,
                results);
        note("wrote " + folder + "; `lathe verify " + folder + "` runs it");
    }

    private Deadline deadline() {
        return timeout == null ? Deadline.NONE : Deadline.afterSeconds(timeout);
    }

    private void print(String name, Datum value) {
        out().println(terminal().bold(name) + ": " + DatumText.type(value) + DatumText.statistics(value));
        out().println("  " + DatumText.values(value));
    }

    /** What {@code --json} writes. */
    @JsonInclude(JsonInclude.Include.NON_ABSENT)
    private record Report(
            double millis,
            List<Output> outputs,
            RunChecks.@Nullable Finite finite,
            RunChecks.@Nullable Compared comparison) {}

    private record Output(
            String name,
            String type,
            List<Long> shape,
            @Nullable Object values) {}

    private static Report report(
            Map<String, Datum> results,
            double millis,
            Optional<RunChecks.Finite> finite,
            Optional<RunChecks.Compared> compared) {
        List<Output> outputs = new ArrayList<>();
        results.forEach((name, value) -> outputs.add(
                value instanceof Tensor t
                        ? new Output(name, t.element().text(), boxed(t.dims()), DatumText.elements(t))
                        : new Output(name, value.type().toString(), List.of(), DatumText.json(value))));
        return new Report(millis, outputs, finite.orElse(null), compared.orElse(null));
    }

    private static List<Long> boxed(long[] dims) {
        return Arrays.stream(dims).boxed().toList();
    }
}
