package dev.lathe.cli;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.passes.Numerics;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.passes.PassManager;
import dev.lathe.report.PassExplorer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lathe opt}. */
@Command(
        name = "opt",
        description = {
            "Transform a model and write it, or see what each pass does to it.",
            "",
            "Without --passes, the target-independent passes of the optimization level run. Output that ends in .onnx"
                + " is an ONNX model again, so that this simplifies models for other runtimes; .lir is Lathe's own"
                + " text, with large weights in a .safetensors file beside it. --html writes one page that shows the"
                + " graph after each pass that changed it: click a value to follow it.",
        },
        footer = {
            "  lathe opt model.onnx -o simple.onnx",
            "  lathe opt model.onnx -o -",
            "  lathe opt model.onnx --html passes.html",
            "  lathe opt model.onnx --passes fold-constants,canonicalize,dead-code -o model.lir --verify-each",
        })
final class OptCommand extends LatheCommand {
    @Parameters(paramLabel = "IN", description = "An .onnx or .lir file.")
    private Path file = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            description = "Write the result: .lir or .onnx; - prints it as text.")
    private @Nullable Path output;

    @Option(names = "--html", paramLabel = "FILE", description = "Write a page that shows what each pass did.")
    private @Nullable Path html;

    @Option(
            names = "-O",
            paramLabel = "0|1|2|3",
            defaultValue = "2",
            converter = TargetFlags.Level.class,
            description = "The passes of this level, written as -O0 to -O3. Default: -O2.")
    private OptimizationLevel level = OptimizationLevel.O2;

    @Option(
            names = "--numerics",
            paramLabel = "strict|default|fast",
            defaultValue = "default",
            description = "How far results may move. Default: default.")
    private Numerics numerics = Numerics.DEFAULT;

    @Mixin
    private ShapeFlags shapes = new ShapeFlags();

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private PassFlags passes = new PassFlags();

    @Override
    public Integer call() {
        boolean prints = output == null && html == null
                || output != null && output.toString().equals("-");
        requireOutputs(prints);
        CompileOptions.Builder options = CompileOptions.builder().level(level).numerics(numerics);
        shapes.shapes().forEach(options::shape);
        dims.addTo(options);
        passes.addTo(options, terminal());
        PassExplorer explorer = new PassExplorer();
        if (html != null) {
            options.listener(explorer);
        }
        CompileOptions built = options.build();
        Graph graph;
        try (ProgressLine progress = new ProgressLine(terminal())) {
            progress.report("read", 0, 0);
            Graph imported = Lathe.read(file, built);
            progress.report("optimize", 0, 0);
            graph = PassManager.run(imported, Lathe.canonicalPipeline(built), built.passContext());
        }
        passes.finish(terminal());
        if (prints) {
            out().println(graph);
        } else if (output != null) {
            write(graph, output);
            note("wrote " + output);
        }
        if (html != null) {
            OutputFile.write(html, explorer.page(file.getFileName().toString()));
            note("wrote " + html);
        }
        return 0;
    }

    private void requireOutputs(boolean prints) {
        if (output != null && !prints) {
            String name = output.toString().toLowerCase(Locale.ROOT);
            if (!name.endsWith(".onnx") && !name.endsWith(".lir")) {
                throw new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "output.format",
                                output + " has a name that tells no known format",
                                "write to a file that ends in .onnx or .lir, or to -")));
            }
            OutputFile.requireRegular(output);
        }
        if (html != null) {
            OutputFile.require(html);
        }
    }

    private static void write(Graph graph, Path to) {
        if (to.toString().toLowerCase(Locale.ROOT).endsWith(".onnx")) {
            OnnxExporter.write(graph, to);
        } else {
            IrText.write(graph, to);
        }
    }
}
