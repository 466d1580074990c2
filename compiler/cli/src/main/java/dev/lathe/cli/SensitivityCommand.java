package dev.lathe.cli;

import dev.lathe.backend.CompileOptions;
import dev.lathe.compress.Compressor;
import dev.lathe.compress.Dataset;
import dev.lathe.compress.Pruning;
import dev.lathe.compress.ReportPage;
import dev.lathe.compress.Search;
import dev.lathe.compress.Sensitivity;
import dev.lathe.compress.Strategy;
import dev.lathe.report.Units;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lathe sensitivity}. */
@Command(
        name = "sensitivity",
        description = {
            "Show what the outputs lose if one weight alone is changed, for each weight and each precision.",
            "",
            "int8/tensor has one scale for all weights of a layer, int8 one for each channel. Rows of operands show"
                + " what is lost if that operand of a product or convolution is rounded to 8 bits, over the range that"
                + " the data have of it.",
            "",
            "A number is the signal to noise ratio of all outputs of floats, in decibels: 40 dB is an error of 1 %%,"
                + " 20 dB one of 10 %%. A small number marks a weight to be careful with. The model is compiled once.",
        },
        footer = {
            "  lathe sensitivity minilm.onnx --data sentences.npz",
            "  lathe sensitivity resnet.onnx --data images --html heat.html",
        })
final class SensitivityCommand extends LatheCommand {
    @Parameters(paramLabel = "MODEL", description = "An .onnx or .lir file.")
    private Path file = Path.of("");

    @Option(names = "--html", paramLabel = "FILE", description = "Write a page with a heat map.")
    private @Nullable Path html;

    @Option(
            names = "--zeros",
            paramLabel = "SHARE",
            split = ",",
            description = "Also show what is lost if this share of a weight's numbers, the smallest, become 0, such as"
                    + " 50%%. Several with commas between them.")
    private List<String> zeros = new ArrayList<>();

    @Mixin
    private DataFlags data = new DataFlags();

    @Mixin
    private ShapeFlags shapes = new ShapeFlags();

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private JsonFlag json = new JsonFlag();

    @Override
    public Integer call() {
        json.require();
        if (html != null) {
            OutputFile.require(html);
        }
        CompileOptions.Builder options = CompileOptions.builder();
        shapes.shapes().forEach(options::shape);
        dims.addTo(options);
        Sensitivity result;
        try (ProgressLine progress = new ProgressLine(terminal())) {
            Compressor compressor =
                    Compressor.of(file, options.progress(progress).build());
            result = data.addTo(compressor, shapes.shapes()).sensitivity(ways());
        }
        if (!data.isGiven()) {
            note("on " + Dataset.RANDOM_CALLS + " random inputs, which say little; --data has better ones");
        }
        json.write(terminal(), result);
        if (html != null) {
            OutputFile.write(html, ReportPage.of(String.valueOf(file.getFileName()), result));
            note("wrote " + html);
        }
        if (!json.replacesText()) {
            print(result);
        }
        return 0;
    }

    private List<Strategy> ways() {
        List<Strategy> all = new ArrayList<>(Search.PRECISIONS);
        all.add(Search.PER_TENSOR);
        for (String text : zeros) {
            double share = CompressionCommand.share(text);
            if (!(share > 0 && share < 1)) {
                throw CompressionCommand.usage(
                        "usage.zeros", "--zeros " + text + " is no share of a weight", "give shares such as 50%,70%");
            }
            all.add(Pruning.unstructured(share));
        }
        return all;
    }

    private void print(Sensitivity s) {
        List<String> titles = new ArrayList<>(List.of("weight", "use", ">bytes"));
        s.options().forEach(o -> titles.add(">" + o));
        Table table = new Table(terminal(), titles.toArray(String[]::new));
        for (Sensitivity.Row row : s.rows()) {
            List<String> cells =
                    new ArrayList<>(List.of(row.name(), row.use(), row.bytes() == 0 ? "-" : Units.bytes(row.bytes())));
            row.cells().forEach(c -> cells.add(text(c)));
            table.row(cells.toArray(String[]::new));
        }
        table.print();
        out().println(terminal().faint("signal to noise of the outputs in dB, over " + s.calls() + " calls"));
    }

    private static String text(Sensitivity.Cell cell) {
        if (!cell.changed()) {
            return "-";
        }
        return cell.noise() == 0 ? "same" : String.format(Locale.ROOT, "%.1f", cell.sqnr());
    }
}
