package dev.lathe.cli;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.debug.Case;
import dev.lathe.debug.Failure;
import dev.lathe.debug.FailureCheck;
import dev.lathe.debug.GuiltyRewrite;
import dev.lathe.debug.Reducer;
import dev.lathe.debug.Sanitizer;
import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.tensor.WholeFile;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.report.Units;
import dev.lathe.runtime.input.InputValues;
import dev.lathe.runtime.input.Npz;
import dev.lathe.verify.ResultComparison;
import dev.lathe.verify.TestDirectory;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lathe repro}. */
@Command(
        name = "repro",
        description = {
            "Make the smallest model that still fails, to be shared with a report.",
            "",
            "A failure is an error or a fault while a model is compiled or run, a result that differs from the"
                + " reference's, or else one that is NaN or infinite. Outputs, nodes and inputs that the failure does"
                + " not need are left out, by bisection; weights and inputs become seeded random numbers with the same"
                + " mean and spread, and those that must stay as they are are named. If passes are guilty, the rewrite"
                + " with which the failure begins is named too.",
            "",
            "OUT is a folder, a test in ONNX's layout that `lathe verify` and other runtimes run; or a .lir file, with"
                    + " its inputs in a .npz file beside it. It exits with 1 if the model does not fail.",
        },
        footer = {
            "  lathe repro model.onnx -o repro",
            "  lathe repro model.onnx --target opencl --input image=photo.jpg --anonymize -o repro",
            "  lathe repro model.onnx --passes fold-constants,canonicalize -o small.lir",
        })
final class ReproCommand extends LatheCommand {
    @Parameters(paramLabel = "MODEL", description = "An .onnx or .lir file; - for the standard input.")
    private Path file = Path.of("");

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "OUT",
            description = "What to write: a new folder, or a file that ends in .lir.")
    private Path output = Path.of("");

    @Option(
            names = "--anonymize",
            description = "Give values, inputs, outputs and symbols names that say nothing, and leave out where nodes"
                    + " come from.")
    private boolean anonymize;

    @Option(names = "--keep-weights", description = "Leave weights and inputs as they are.")
    private boolean keepWeights;

    @Mixin
    private InputFlags inputs = new InputFlags();

    @Mixin
    private ToleranceFlags tolerance = new ToleranceFlags();

    @Mixin
    private ShapeFlags shapeFlags = new ShapeFlags();

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private TargetFlags target = new TargetFlags();

    @Mixin
    private PassFlags passes = new PassFlags();

    @Override
    public Integer call() {
        if (isText()) {
            OutputFile.requireRegular(output);
        } else {
            TestDirectory.requireNew(output);
            OutputFile.require(output.resolveSibling(output.getFileName() + ".part"));
        }
        Map<String, Shape> shapes = shapeFlags.shapes();
        CompileOptions.Builder options = target.options();
        shapes.forEach(options::shape);
        dims.addTo(options);
        passes.addTo(options, terminal());
        CompileOptions built = options.build();
        Lathe.requireTarget(built);
        try (StandardInput stdin = new StandardInput(terminal());
                ProgressLine progress = new ProgressLine(terminal())) {
            Graph graph = Lathe.read(stdin.model(file), built);
            Map<String, Datum> values = inputs.read(graph, shapes, stdin.inputs(inputs.texts()), this::note);
            // A part of the model may not have the inputs that the shapes are for; the values have these shapes anyway.
            CompileOptions free = withoutShapes(built);
            FailureCheck check = new FailureCheck(free, new ResultComparison(tolerance.of(graph, target)));
            return run(new Case(graph, List.of(values)), check, progress);
        }
    }

    private static CompileOptions withoutShapes(CompileOptions o) {
        return new CompileOptions(
                o.target(),
                o.level(),
                o.passes(),
                Map.of(),
                o.ranges(),
                o.roles(),
                o.independentDims(),
                o.threads(),
                o.maxConcurrentCalls(),
                o.numerics(),
                o.name(),
                o.targetOptions(),
                o.allowFallback(),
                o.stepLimit(),
                o.listeners(),
                o.progress());
    }

    private int run(Case model, FailureCheck check, ProgressLine progress) {
        progress.report("check", 0, 0);
        Optional<Failure> found = check.of(model);
        if (found.isEmpty()) {
            progress.clear();
            out().println("the model does not fail on these inputs: its results are those of the reference, and"
                    + " finite");
            return 1;
        }
        Failure failure = found.get();
        Predicate<Case> fails = c -> check.fails(c, failure);
        progress.report("reduce", 0, 0);
        Case small = Reducer.reduce(model, fails);
        progress.report("random numbers", 0, 0);
        Sanitizer.Result safe = keepWeights
                ? new Sanitizer.Result(small, 0, List.of())
                : Sanitizer.randomized(small, InputValues.DEFAULT_SEED, fails);
        Case result = safe.result();
        if (anonymize) {
            Case bare = Sanitizer.anonymized(result);
            if (!fails.test(bare)) {
                throw new LatheException(Diagnostic.error(
                        "repro.names",
                        "the failure needs a name: with others the model does not fail",
                        "leave out --anonymize, and rename what must not be shared yourself"));
            }
            result = bare;
        }
        progress.report("guilty rewrite", 0, 0);
        Optional<GuiltyRewrite> guilty = GuiltyRewrite.of(result, failure, check);
        progress.clear();
        out().println(terminal().bold("the failure") + "  " + failure.message());
        fact(
                "nodes",
                size(model) + " before, " + size(result) + " now; weights of " + Units.bytes(weightBytes(model))
                        + " before, " + Units.bytes(weightBytes(result)) + " now");
        if (!keepWeights) {
            fact(
                    "numbers",
                    safe.replaced() + " weights and inputs are random now"
                            + (safe.kept().isEmpty()
                                    ? ""
                                    : "; kept, as the failure needs them: " + String.join(", ", safe.kept())));
        }
        guilty.ifPresent(g -> fact(
                "begins with",
                "rewrite " + g.number() + (g.what().isEmpty() ? "" : ", rule " + g.what()) + "; --stop-after "
                        + (g.number() - 1) + " passes"));
        write(result, failure, fails);
        return 0;
    }

    private void write(Case result, Failure failure, Predicate<Case> fails) {
        Map<String, Datum> values = result.inputs().getFirst();
        if (isText()) {
            IrText.write(result.graph(), output);
            note("wrote " + output);
            Path beside = Path.of(output.toString().replaceAll("\\.lir$", ".npz"));
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            values.forEach((name, value) -> {
                if (value instanceof Tensor t) {
                    tensors.put(name, t);
                }
            });
            WholeFile.write(beside, channel -> Npz.write(tensors, Channels.newOutputStream(channel)));
            note("wrote " + beside);
            out().println("run it with: " + command(failure, output.toString(), List.of(beside.toString())));
            return;
        }
        TestDirectory.write(
                output, to -> OnnxExporter.write(result.graph(), to), values, FailureCheck.expected(result));
        note("wrote " + output);
        Path model = output.resolve("model.onnx");
        if (!fails.test(new Case(OnnxImporter.read(model), List.of(values)))) {
            note("note: the model does not fail when it is read from ONNX again, which says some ops in another way;"
                    + " -o OUT.lir keeps it as it is");
        }
        List<String> given = new ArrayList<>();
        int k = 0;
        for (String name : values.keySet()) {
            given.add(name + "=" + output.resolve("test_data_set_0/input_" + k++ + ".pb"));
        }
        out().println("run it with: "
                + (failure.kind() == Failure.Kind.NOT_FINITE || passes.isChosen()
                        ? command(failure, model.toString(), given)
                        : "lathe verify " + output + targetText()));
    }

    private String command(Failure failure, String model, List<String> given) {
        StringBuilder s = new StringBuilder("lathe ")
                .append(failure.kind() == Failure.Kind.NOT_FINITE ? "run " : "diff ")
                .append(model);
        given.forEach(
                g -> s.append(" --input '").append(g.replace("'", "'\\''")).append('\''));
        s.append(targetText());
        return (failure.kind() == Failure.Kind.NOT_FINITE ? s.append(" --check-finite") : s.append(passes.text()))
                .toString();
    }

    private String targetText() {
        return (target.target().equals("java") ? "" : " --target " + target.target())
                + (target.level() == OptimizationLevel.O2 ? "" : " -" + target.level());
    }

    private boolean isText() {
        return output.toString().endsWith(".lir");
    }

    private static long size(Case c) {
        return c.graph().allNodes().stream()
                .filter(n -> !(n.op() instanceof Constant))
                .count();
    }

    private static double weightBytes(Case c) {
        return c.graph().allNodes().stream()
                .mapToDouble(n -> n.op() instanceof Constant(Tensor t) ? t.byteSize() : 0)
                .sum();
    }

    private void fact(String label, String text) {
        out().println("  " + terminal().faint(String.format(Locale.ROOT, "%-13s", label)) + text);
    }
}
