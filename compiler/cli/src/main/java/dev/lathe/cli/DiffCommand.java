package dev.lathe.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.debug.DifferenceSearch;
import dev.lathe.debug.DifferenceSearch.First;
import dev.lathe.debug.DifferenceSearch.Report;
import dev.lathe.debug.DifferenceSearch.Side;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.verify.ResultComparison;
import dev.lathe.verify.ValueDifference;
import java.nio.file.Path;
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
            "Of --target, -O and --numerics, what is given twice is of the first way and of the second, and what is"
                + " given once of both. Where nothing is given twice and there is one model, the first way is the"
                + " reference at -O0. The first is the one that is expected; --passes and the options below it are of"
                + " the second.",
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
    private TargetFlags target = new TargetFlags();

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
        List<TargetFlags> ways = target.pair(other == null);
        try (StandardInput stdin = new StandardInput(terminal());
                ProgressLine progress = new ProgressLine(terminal())) {
            Path model = stdin.model(file);
            Map<String, Shape> shapes = shapeFlags.shapes();
            Side expected = side(model, ways.getFirst(), shapes, false);
            TargetFlags second = ways.getLast();
            Side actual = other == null
                    ? new Side(name(model, second), expected.graph(), options(second, shapes, true))
                    : side(other, second, shapes, true);
            Map<String, Datum> values = inputs.read(expected.graph(), shapes, stdin.inputs(inputs.texts()), this::note);
            progress.report("compare", 0, 0);
            ResultComparison comparison = new ResultComparison(tolerance.of(expected.graph(), ways.getFirst(), second));
            Report report = new DifferenceSearch(expected, actual, comparison).run(values);
            passes.finish(terminal());
            progress.clear();
            report.placements().forEach((way, placement) -> note(way + ":\n" + placement));
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

    private Side side(Path model, TargetFlags way, Map<String, Shape> shapes, boolean isSecond) {
        CompileOptions options = options(way, shapes, isSecond);
        return new Side(name(model, way), Lathe.read(model, options), options);
    }

    private CompileOptions options(TargetFlags way, Map<String, Shape> shapes, boolean isSecond) {
        CompileOptions.Builder options = way.options();
        shapes.forEach(options::shape);
        dims.addTo(options);
        if (isSecond) {
            passes.addTo(options, terminal());
        }
        CompileOptions built = options.build();
        Lathe.requireTarget(built);
        return built;
    }

    private String name(Path model, TargetFlags way) {
        return (other == null ? "" : model + " on ") + way;
    }

    private void print(Side expected, Side actual, Report report) {
        out().println(terminal().bold(file.toString()) + ": " + actual.name() + ", where " + expected.name()
                + " is expected");
        List<ValueDifference> values = report.values();
        First first = report.first();
        if (first == null) {
            out().println("  all " + values.size() + " values that both compute agree");
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
