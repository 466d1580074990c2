package dev.lathe.cli;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.compress.Advice;
import dev.lathe.ir.Graph;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code lathe advise}. */
@Command(
        name = "advise",
        description = {
            "Answer the checklist of deployment for a model, with figures and with what to type.",
            "",
            "Is it compressed, are its ops fused, does it take batches, is it accelerated, what does it copy, is"
                + " preprocessing inside, and how old is its format. The model runs for a moment, on random inputs.",
        },
        footer = {
            "  lathe advise model.onnx",
            "  lathe advise minilm.onnx --shape input_ids=1x128 --json advice.json",
        })
final class AdviseCommand extends LatheCommand {
    @Parameters(paramLabel = "MODEL", description = "An .onnx or .lir file.")
    private Path file = Path.of("");

    @Mixin
    private ShapeFlags shapes = new ShapeFlags();

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private JsonFlag json = new JsonFlag();

    @Override
    public Integer call() {
        json.require();
        CompileOptions.Builder builder = CompileOptions.builder();
        shapes.shapes().forEach(builder::shape);
        dims.addTo(builder);
        Advice advice;
        try (ProgressLine progress = new ProgressLine(terminal())) {
            CompileOptions options = builder.progress(progress).build();
            progress.report("read", 0, 0);
            Graph graph = Lathe.read(file, options);
            advice = Advice.of(file.toString(), graph, options);
        }
        json.write(terminal(), advice);
        if (!json.replacesText()) {
            advice.items().forEach(this::print);
        }
        return 0;
    }

    private void print(Advice.Item item) {
        String mark = item.good() ? terminal().styled("32", "ok  ") : terminal().styled("33", "look");
        out().println(mark + "  " + terminal().bold(item.question()) + ": " + item.answer());
        if (!item.command().isEmpty()) {
            out().println("      " + terminal().styled("32", "do") + " " + item.command());
        }
    }
}
