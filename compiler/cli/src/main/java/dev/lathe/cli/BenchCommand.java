package dev.lathe.cli;

import dev.lathe.bench.Benchmark;
import dev.lathe.bench.Comparison;
import dev.lathe.ir.type.Shape;
import dev.lathe.report.Units;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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
            "Several targets take turns on the same inputs, and each is set beside the first.",
        },
        footer = {
            "  lathe bench model.onnx",
            "  lathe bench minilm.onnx --shape input_ids=1x128 --threads 2 --json bench.json",
            "  lathe bench model.jar --seconds 10",
            "  lathe bench model.onnx --target java --target opencl",
        })
final class BenchCommand extends LatheCommand {
    @Parameters(paramLabel = "MODEL", description = "An .onnx or .lir file, or a compiled .jar.")
    private Path file = Path.of("");

    @Mixin
    private MeasureFlags measure = new MeasureFlags();

    @Mixin
    private ShapeFlags shapeFlags = new ShapeFlags();

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private TargetFlags target = new TargetFlags();

    @Mixin
    private JsonFlag json = new JsonFlag();

    @Override
    public Integer call() {
        json.require();
        Map<String, Shape> shapes = shapeFlags.shapes();
        List<TargetFlags> targets = target.each();
        if (targets.size() > 1) {
            return compare(targets, shapes);
        }
        OpenedModel source = OpenedModel.open(file, target, shapes, dims, terminal());
        Benchmark.Result result;
        try (ProgressLine progress = new ProgressLine(terminal())) {
            Benchmark benchmark =
                    new Benchmark(source.model(), source.source(), shapes, target.threads(), measure.seed(), progress);
            result = benchmark.run(source.nanos() / 1e6, measure.warmUp(), measure.seconds());
        }
        json.write(terminal(), result);
        if (!json.replacesText()) {
            print(result);
        }
        return 0;
    }

    private int compare(List<TargetFlags> targets, Map<String, Shape> shapes) {
        if (OpenedModel.isArtifact(file)) {
            target.target(); // says that there are several
        }
        List<OpenedModel> sources = targets.stream()
                .map(one -> OpenedModel.open(file, one, shapes, dims, terminal()))
                .toList();
        List<Benchmark.Running> models = new ArrayList<>();
        List<Comparison.Side> sides;
        try (ProgressLine progress = new ProgressLine(terminal())) {
            for (OpenedModel source : sources) {
                models.add(new Benchmark(
                                source.model(), source.source(), shapes, target.threads(), measure.seed(), progress)
                        .start(source.nanos() / 1e6, measure.warmUp()));
            }
            sides = Comparison.inTurns(models, measure.seconds());
        } finally {
            models.forEach(Benchmark.Running::close);
        }
        json.write(terminal(), sides);
        if (!json.replacesText()) {
            print(sides);
        }
        return 0;
    }

    private void print(List<Comparison.Side> sides) {
        Benchmark.Result first = sides.getFirst().result();
        out().println(terminal().bold(file.toString()) + " in turns, " + first.threads()
                + (first.threads() == 1 ? " thread" : " threads"));
        first.inputs().forEach((name, type) -> fact("input", name + ": " + type));
        out().println();
        out().println(terminal()
                .bold(String.format(
                        Locale.ROOT,
                        "  %-12s %10s %10s %10s %10s %10s %8s  %s",
                        "target",
                        "compile",
                        "load",
                        "first",
                        "median",
                        "best",
                        "ratio",
                        "difference")));
        for (Comparison.Side s : sides) {
            Benchmark.Result r = s.result();
            out().println(String.format(
                    Locale.ROOT,
                    "  %-12s %10s %10s %10s %10s %10s %8.2f  %s",
                    r.target(),
                    Units.millis(r.compileMs()),
                    Units.millis(r.loadMs()),
                    Units.millis(r.firstMs()),
                    Units.millis(r.medianMs()),
                    Units.millis(r.minMs()),
                    s.ratio(),
                    s.difference() == null ? "-" : String.format(Locale.ROOT, "%.2g", s.difference())));
        }
    }

    private void print(Benchmark.Result r) {
        out().println(terminal().bold(file.toString()) + " on " + r.target() + ", " + r.threads()
                + (r.threads() == 1 ? " thread" : " threads"));
        r.inputs().forEach((name, type) -> fact("input", name + ": " + type));
        fact("compile", Units.millis(r.compileMs()));
        fact("load", Units.millis(r.loadMs()));
        fact("first", Units.millis(r.firstMs()));
        fact(
                "steady",
                Units.millis(r.medianMs()) + " median, " + Units.millis(r.minMs()) + " best, " + Units.millis(r.p99Ms())
                        + " p99 of " + r.runs() + " runs");
        fact("throughput", String.format(Locale.ROOT, "%.4g runs a second", r.perSecond()));
        if (r.peakRssMb() != null) {
            fact("memory", Units.bytes(r.peakRssMb() * 1e6) + " resident at the peak");
        }
        if (r.allocatedBytes() != null) {
            fact("allocation", Units.bytes(r.allocatedBytes()) + " a run");
        }
        if (r.gflops() != null && r.peakShare() != null) {
            fact(
                    "rate",
                    String.format(
                            Locale.ROOT,
                            "%.4g GFLOP/s, %.1f %% of this machine's peak of %.4g GFLOP/s",
                            r.gflops(),
                            100 * r.peakShare(),
                            r.peakGflops()));
        }
    }

    private void fact(String label, String text) {
        out().println("  " + terminal().faint(String.format(Locale.ROOT, "%-11s", label)) + text);
    }
}
