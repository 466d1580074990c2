package dev.lathe.cli;

import dev.lathe.backend.Roofline;
import dev.lathe.ir.type.Shape;
import dev.lathe.profile.Profile;
import dev.lathe.profile.ProfilePage;
import dev.lathe.profile.Profiler;
import dev.lathe.report.Units;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lathe profile}. */
@Command(
        name = "profile",
        description = {
            "Tell where the time of a call goes: each step, and its place under this machine's roofline.",
            "",
            "A jar needs no preparation. It is run until the JVM has compiled it, and then measured; times are medians"
                + " of calls. The roofline is measured in the same run: the peak of f32 multiply-adds, and the"
                + " bandwidth of memory and caches. A step cannot take less than its operations at the peak, nor than"
                + " its bytes at the bandwidth of where they are; the greater of the two is what bounds it, and what"
                + " it takes beyond that is lost. The steps that lose most stand first. Operations are those of the"
                + " definition, so an algorithm that needs fewer may be above the peak. Inputs are random, as for"
                + " `lathe run`.",
        },
        footer = {
            "  lathe profile model.jar",
            "  lathe profile minilm.onnx --shape input_ids=1x128 --threads 1 --top 10",
            "  lathe profile model.onnx --html profile.html --json profile.json",
        })
final class ProfileCommand extends LatheCommand {
    @Parameters(
            paramLabel = "MODEL",
            description = "An .onnx or .lir file, or a compiled .jar; - for the standard input.")
    private Path file = Path.of("");

    @Option(
            names = "--top",
            paramLabel = "N",
            defaultValue = "20",
            description = "Print the N steps that lose most; 0 for all. Default: 20.")
    private int top;

    @Mixin
    private MeasureFlags measure = new MeasureFlags();

    @Mixin
    private ShapeFlags shapeFlags = new ShapeFlags();

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private TargetFlags target = new TargetFlags();

    @Mixin
    private HtmlFlag html = new HtmlFlag();

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
        html.require();
        Map<String, Shape> shapes = shapeFlags.shapes();
        OpenedModel source = OpenedModel.open(file, target, shapes, dims, terminal());
        Profile profile;
        try (ProgressLine progress = new ProgressLine(terminal())) {
            profile = new Profiler(
                            String.valueOf(file.getFileName()),
                            source.model(),
                            source::roles,
                            source.likely(shapes, List.of()),
                            target.threads(),
                            measure.seed(),
                            progress)
                    .run(measure.warmUp(), measure.seconds());
        }
        html.write(() -> ProfilePage.of(profile));
        json.write(terminal(), profile);
        if (!json.replacesText()) {
            print(profile);
        }
        return 0;
    }

    private void print(Profile p) {
        out().println(terminal().bold(file.toString()) + " on " + p.target() + ", " + p.threads()
                + (p.threads() == 1 ? " thread" : " threads"));
        p.inputs().forEach((name, type) -> fact("input", name + ": " + type));
        fact(
                "call",
                Units.millis(p.medianMs()) + " median of " + p.calls() + " calls, of which "
                        + Units.millis(p.outsideMs()) + " outside of steps");
        Roofline r = p.roofline();
        double rate = p.flops() / p.medianMs() * 1e3;
        fact("rate", Units.flops(rate) + "/s, " + percent(rate / r.flopsPerSecond()) + " of the peak");
        fact(
                "roofline",
                Units.flops(r.flopsPerSecond()) + "/s, " + Units.bytes(r.memoryBandwidth()) + "/s from memory, "
                        + Units.bytes(r.cacheBandwidth()) + "/s from the nearest cache; by it a call takes "
                        + Units.millis(p.leastMs()) + " at least");
        out().println();
        kernels(p);
        out().println();
        steps(p);
    }

    private void kernels(Profile p) {
        Table table = new Table(terminal(), "kernel", ">steps", ">time", ">share", ">lost");
        for (Profile.Kernel k : p.kernels()) {
            table.row(
                    k.kernel(),
                    Integer.toString(k.steps()),
                    Units.millis(k.ms()),
                    percent(k.share()),
                    Units.millis(k.lostMs()));
        }
        table.print();
    }

    private void steps(Profile p) {
        Table table = new Table(
                terminal(),
                ">#",
                "kernel",
                "value",
                ">runs",
                ">time",
                ">share",
                ">operations",
                ">traffic",
                ">GFLOP/s",
                ">GB/s",
                ">place",
                ">lost",
                "nodes");
        List<Profile.Step> sorted = p.byLoss();
        int shown = top <= 0 ? sorted.size() : Math.min(top, sorted.size());
        for (Profile.Step s : sorted.subList(0, shown)) {
            table.row(
                    Integer.toString(s.number()),
                    s.kernel(),
                    s.value(),
                    Integer.toString(s.runs()),
                    Units.millis(s.ms()),
                    percent(s.share()),
                    s.flops() == null ? "?" : Units.flops(s.flops()),
                    s.bytes() == null ? "?" : Units.bytes(s.bytes()),
                    number(s.gflopsPerSecond()),
                    number(s.gbPerSecond()),
                    s.place(),
                    Units.millis(s.lostMs()),
                    nodes(s));
        }
        table.print();
        if (shown < sorted.size()) {
            note((sorted.size() - shown) + " more steps; --top 0 shows all");
        }
    }

    private static String nodes(Profile.Step s) {
        return s.nodes().isEmpty()
                ? ""
                : s.nodes().getFirst()
                        + (s.nodes().size() == 1 ? "" : " and " + (s.nodes().size() - 1) + " more");
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private static String number(@Nullable Double x) {
        return x == null ? "" : String.format(Locale.ROOT, "%.3g", x);
    }

    private void fact(String label, String text) {
        out().println("  " + terminal().faint(String.format(Locale.ROOT, "%-11s", label)) + text);
    }
}
