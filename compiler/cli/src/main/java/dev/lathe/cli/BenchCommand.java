package dev.lathe.cli;

import dev.lathe.bench.Benchmark;
import dev.lathe.bench.Comparison;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lathe bench}. */
@Command(
        name = "bench",
        description = {
            "Measure how fast a model runs on this machine.",
            "",
            "It loads the model, runs it once (first), runs it until the JVM has compiled it (warm-up), and then"
                + " measures. The peak is how many floating-point operations a second this machine does at best on the"
                + " same threads, measured in the same run; the share of it says how much room is left. Inputs are"
                + " random, as for `lathe run`.",
            "",
            "Several targets take turns on the same inputs, and each is set beside the first. p50 is the median, and"
                    + " p99 the time that 99 of 100 runs do not exceed.",
        },
        footer = {
            "  lathe bench model.onnx",
            "  lathe bench minilm.onnx --shape input_ids=1x128 --threads 2 --json bench.json",
            "  lathe bench model.jar --seconds 10",
            "  lathe bench model.onnx --target java --target opencl",
            "  lathe bench minilm.onnx --shapes \"input_ids=1x7;1x128;8x64\"",
            "  lathe bench model.onnx --input image=photo.jpg --callers 8 --threads 1",
            "  lathe bench model.onnx --baseline bench.json --max-slowdown 5%%",
        })
final class BenchCommand extends LatheCommand {
    private static final int MOST_CALLERS = 4096;

    @Parameters(
            paramLabel = "MODEL",
            description = "An .onnx or .lir file, or a compiled .jar; - for the standard input.")
    private Path file = Path.of("");

    @Option(
            names = "--input",
            paramLabel = "NAME=VALUE",
            description = "A value for an input, as for `lathe run`. Others are random. Repeatable.")
    private List<String> inputs = new ArrayList<>();

    @Option(
            names = "--callers",
            paramLabel = "N",
            defaultValue = "1",
            description = "How many threads call at a time, each without a pause, as the requests of a server do."
                    + " --threads is of each call; calls beyond the number of processors wait. Default: 1.")
    private int callers;

    @Mixin
    private MeasureFlags measure = new MeasureFlags();

    @Mixin
    private ShapeFlags shapeFlags = new ShapeFlags();

    @Mixin
    private ShapeSetsFlag shapeSets = new ShapeSetsFlag();

    @Mixin
    private BaselineFlags baselineFlags = new BaselineFlags();

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private TargetFlags target = new TargetFlags();

    @Mixin
    private JsonFlag json = new JsonFlag();

    @Override
    public Integer call() {
        json.require();
        if (callers < 1 || callers > MOST_CALLERS) {
            throw usage("usage.callers", "--callers cannot be " + callers, "give a number from 1 to " + MOST_CALLERS);
        }
        BaselineFlags.Baseline baseline = baselineFlags.read();
        try (StandardInput stdin = new StandardInput(terminal())) {
            Path model = stdin.model(file);
            List<BenchReport.Rows> rows = measure(model, stdin.inputs(inputs), baseline);
            print(model, rows);
            return exit(rows, baseline);
        }
    }

    private List<BenchReport.Rows> measure(Path model, List<String> given, BaselineFlags.Baseline baseline) {
        Map<String, Shape> fixed = shapeFlags.shapes();
        List<ShapeSetsFlag.Named> sets = shapeSets.sets(fixed);
        List<TargetFlags> targets = target.each();
        if (targets.size() > 1 && OpenedModel.isArtifact(model)) {
            target.target(); // says that there are several
        }
        List<OpenedModel> sources = targets.stream()
                .map(one -> OpenedModel.open(model, one, fixed, dims, terminal()))
                .toList();
        List<BenchReport.Rows> rows = new ArrayList<>();
        for (ShapeSetsFlag.Named set : sets) {
            Benchmark.Setup setup = new Benchmark.Setup(set.shapes(), given, target.threads(), callers, measure.seed());
            List<Comparison.Side> sides = inTurns(sources, setup).stream()
                    .map(s -> new Comparison.Side(baseline.compared(s.result()), s.ratio(), s.difference()))
                    .toList();
            rows.add(new BenchReport.Rows(set.text(), sides));
        }
        return rows;
    }

    private List<Comparison.Side> inTurns(List<OpenedModel> sources, Benchmark.Setup setup) {
        List<Benchmark.Running> models = new ArrayList<>();
        try (ProgressLine progress = new ProgressLine(terminal())) {
            for (OpenedModel source : sources) {
                models.add(new Benchmark(source.model(), source.source(), setup, progress)
                        .start(source.nanos() / 1e6, measure.warmUp()));
            }
            return Comparison.inTurns(models, measure.seconds());
        } finally {
            models.forEach(Benchmark.Running::close);
        }
    }

    private void print(Path model, List<BenchReport.Rows> rows) {
        List<Comparison.Side> sides =
                rows.stream().flatMap(r -> r.sides().stream()).toList();
        boolean one = sides.size() == 1;
        json.write(terminal(), one ? sides.getFirst().result() : sides);
        if (!json.replacesText()) {
            BenchReport report = new BenchReport(terminal(), model.toString());
            if (one) {
                report.print(sides.getFirst().result());
            } else {
                report.print(rows);
            }
        }
    }

    private int exit(List<BenchReport.Rows> rows, BaselineFlags.Baseline baseline) {
        List<Benchmark.Result> results = rows.stream()
                .flatMap(r -> r.sides().stream())
                .map(Comparison.Side::result)
                .toList();
        if (baselineFlags.isGiven() && results.stream().allMatch(r -> r.baselineRatio() == null)) {
            throw new LatheException(Diagnostic.error(
                    "bench.baseline",
                    "the baseline has nothing that was measured now: no row has the same target, inputs, threads and"
                            + " callers",
                    "measure with the options that the baseline was made with"));
        }
        List<Benchmark.Result> slow =
                results.stream().filter(baseline::isTooSlow).toList();
        for (Benchmark.Result r : slow) {
            note(String.format(
                    Locale.ROOT,
                    "%s on %s takes %.3f times what it took before, more than %.3f",
                    String.join(", ", r.inputs().values()),
                    r.target(),
                    r.baselineRatio(),
                    baseline.limit()));
        }
        return slow.isEmpty() ? 0 : 1;
    }

    private static LatheException usage(String code, String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error(code, what, fix)));
    }
}
