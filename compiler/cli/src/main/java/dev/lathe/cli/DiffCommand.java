package dev.lathe.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.debug.DifferenceSearch;
import dev.lathe.debug.DifferenceSearch.First;
import dev.lathe.debug.DifferenceSearch.Report;
import dev.lathe.debug.DifferenceSearch.Side;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.verify.ResultComparison;
import dev.lathe.verify.ValueDifference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lathe diff}. */
@Command(
        name = "diff",
        description = {
            "Find the first value that two ways of running a model do not agree on.",
            "",
            "It runs one model on two targets or optimization levels, or two models, such as one and what quantization"
                + " made of it, on the same inputs. Values are compared by their names, in the order in which they are"
                + " computed. If the outputs differ but no value inside does when all are outputs, each is computed"
                + " alone, by bisection, since passes fuse what is no output. It exits with 1 if anything differs.",
            "",
            "Without --target or a second model, the reference at -O0 is what the target java must agree with. The"
                    + " first way is the one that is expected; --passes and the options below it are of the second.",
        },
        footer = {
            "  lathe diff model.onnx",
            "  lathe diff model.onnx --target java --target opencl",
            "  lathe diff model.onnx -O0 -O2 --input image=photo.jpg",
            "  lathe diff model.onnx quantized.onnx --atol 0.05",
            "  lathe diff model.onnx --passes fold-constants,canonicalize --stop-after 40",
        })
final class DiffCommand extends LatheCommand {
    /** Values that are printed before and after the first that differs. */
    private static final int AROUND = 3;

    @Parameters(index = "0", paramLabel = "A", description = "An .onnx or .lir file; - for the standard input.")
    private Path file = Path.of("");

    @Parameters(index = "1", arity = "0..1", paramLabel = "B", description = "Another model, with the same inputs.")
    private @Nullable Path other;

    @Option(
            names = "--target",
            paramLabel = "TARGET",
            description = "Where to run: of the second way, or first of one and then of the other. Repeatable.")
    private List<String> targets = new ArrayList<>();

    @Option(
            names = "-O",
            paramLabel = "0|1|2|3",
            converter = TargetFlags.Level.class,
            description = "How much to optimize, written as -O0 to -O3: of the second way, or of one and then of the"
                    + " other. Default: -O2.")
    private List<OptimizationLevel> levels = new ArrayList<>();

    @Option(
            names = "--all",
            description = "Print all values that are compared, not those around the first that differs alone.")
    private boolean all;

    @Mixin
    private InputFlags inputs = new InputFlags();

    @Mixin
    private ToleranceFlags tolerance = new ToleranceFlags();

    @Mixin
    private ShapeFlags shapeFlags = new ShapeFlags();

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private PassFlags passes = new PassFlags();

    @Mixin
    private JsonFlag json = new JsonFlag();

    /** What {@code --json} writes. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Found(
            String expected,
            String actual,
            boolean agrees,
            @Nullable First first,
            List<ValueDifference> outputs,
            List<ValueDifference> values) {}

    @Override
    public Integer call() {
        json.require();
        if (targets.size() > 2 || levels.size() > 2) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.diff",
                            "two ways are compared, and more than two " + (targets.size() > 2 ? "targets" : "levels")
                                    + " are given",
                            "give two at most")));
        }
        try (StandardInput stdin = new StandardInput(terminal());
                ProgressLine progress = new ProgressLine(terminal())) {
            Path model = stdin.model(file);
            Map<String, Shape> shapes = shapeFlags.shapes();
            Side expected = side(model, 0, shapes);
            Side actual = other == null
                    ? new Side(name(model, 1), expected.graph(), options(1, shapes))
                    : side(other, 1, shapes);
            Map<String, Datum> values = inputs.read(expected.graph(), shapes, stdin.inputs(inputs.texts()), this::note);
            progress.report("compare", 0, 0);
            ResultComparison comparison = new ResultComparison(tolerance.of(expected.graph()));
            Report report = new DifferenceSearch(expected, actual, comparison).run(values);
            passes.finish(terminal());
            progress.clear();
            json.write(
                    terminal(),
                    new Found(
                            expected.name(),
                            actual.name(),
                            report.agrees(),
                            report.first(),
                            report.outputs(),
                            report.values()));
            if (!json.replacesText()) {
                print(expected, actual, report);
            }
            return report.agrees() ? 0 : 1;
        }
    }

    private Side side(Path model, int which, Map<String, Shape> shapes) {
        CompileOptions options = options(which, shapes);
        return new Side(name(model, which), Lathe.read(model, options), options);
    }

    private CompileOptions options(int which, Map<String, Shape> shapes) {
        CompileOptions.Builder options =
                CompileOptions.builder().target(target(which)).level(level(which));
        shapes.forEach(options::shape);
        dims.addTo(options);
        if (which == 1) {
            passes.addTo(options, terminal());
        }
        CompileOptions built = options.build();
        Lathe.requireTarget(built);
        return built;
    }

    private boolean isAgainstReference() {
        return other == null && targets.size() < 2 && levels.size() < 2;
    }

    private String target(int which) {
        if (targets.size() == 2) {
            return targets.get(which);
        }
        String only = targets.isEmpty() ? "java" : targets.getFirst();
        return which == 0 && isAgainstReference() ? "reference" : only;
    }

    private OptimizationLevel level(int which) {
        if (levels.size() == 2) {
            return levels.get(which);
        }
        OptimizationLevel only = levels.isEmpty() ? OptimizationLevel.O2 : levels.getFirst();
        return which == 0 && isAgainstReference() ? OptimizationLevel.O0 : only;
    }

    private String name(Path model, int which) {
        return (other == null ? "" : model + " on ") + target(which) + " -" + level(which);
    }

    private void print(Side expected, Side actual, Report report) {
        out().println(terminal().bold(file.toString()) + ": " + actual.name() + ", where " + expected.name()
                + " is expected");
        List<ValueDifference> values = report.values();
        First first = report.first();
        if (first == null) {
            out().println("  all " + values.size() + " values of the same name agree");
            DifferenceTable.print(terminal(), out(), all ? values : report.outputs());
            return;
        }
        int place = 0;
        while (place < values.size()
                && !values.get(place).name().equals(first.value().name())) {
            place++;
        }
        out().println("  " + terminal().styled("31", "the first value that differs") + " is \""
                + first.value().name() + "\", after " + place + " that agree"
                + (first.node().isEmpty() ? "" : ", computed by " + first.node()));
        out().println("  " + first.value().reason());
        if (first.isAlone()) {
            out().println("  it agrees when all values are outputs, and so are not fused: a pass that fuses is guilty");
        }
        out().println();
        DifferenceTable.print(
                terminal(),
                out(),
                all
                        ? values
                        : values.subList(
                                Math.max(0, Math.min(place, values.size()) - AROUND),
                                Math.min(values.size(), place + AROUND + 1)));
        out().println();
        DifferenceTable.print(terminal(), out(), report.outputs());
    }
}
