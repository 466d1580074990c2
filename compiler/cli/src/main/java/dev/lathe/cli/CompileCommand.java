package dev.lathe.cli;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.report.Units;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lathe compile}. */
@Command(
        name = "compile",
        description = {
            "Compile a model to an artifact.",
            "",
            "For the java target that is a jar with readable Java sources, the compiled classes and the packed"
                + " weights. It needs nothing but a JRE 25: run it with java -jar, or put it on a class path and call"
                + " the model's class. Symbolic dimensions stay symbolic, so that one jar serves every batch and"
                + " length; --shape fixes them instead, which can be faster.",
            "",
            "For the opencl target it is a jar with the OpenCL C program, the plan as text and the weights, which runs"
                    + " by java -jar, too, on any OpenCL device.",
        },
        footer = {
            "  lathe compile model.onnx -o model.jar",
            "  lathe compile model.onnx -o model.jar --shape image=1x3x224x224 --numerics strict",
            "  lathe compile model.onnx -o model.jar -T package-name=com.example.models -T class-name=Detector",
            "  lathe compile model.onnx -o model.jar --target opencl",
            "  lathe compile model.onnx -o model.jar --verify-each --time-passes",
        })
final class CompileCommand extends LatheCommand {
    @Parameters(paramLabel = "MODEL", description = "An .onnx or .lir file; - for the standard input.")
    private Path file = Path.of("");

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "OUT",
            description = "The artifact to write: a file that ends in .jar, or in .engine for the tensorrt target.")
    private Path output = Path.of("");

    @Mixin
    private ShapeFlags shapes = new ShapeFlags();

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private TargetFlags target = new TargetFlags();

    @Mixin
    private PassFlags passes = new PassFlags();

    @Mixin
    private JsonFlag json = new JsonFlag();

    /** What {@code --json} writes. */
    private record Report(String output, String target, long bytes, double seconds) {}

    private static String name(Path file) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name.isEmpty() ? "model" : name;
    }

    @Override
    public Integer call() throws IOException {
        try (StandardInput stdin = new StandardInput(terminal())) {
            file = stdin.model(file);
            return execute();
        }
    }

    private int execute() throws IOException {
        long start = System.nanoTime();
        OutputFile.requireRegular(output);
        String ending = Backends.named(target.target()).fileEnding();
        OutputFile.requireEnding(output, ending, "the target writes such files: name it " + name(output) + ending);
        json.require();
        try (ProgressLine progress = new ProgressLine(terminal())) {
            CompileOptions.Builder options = target.options().progress(progress);
            shapes.shapes().forEach(options::shape);
            dims.addTo(options);
            passes.addTo(options, terminal());
            Model model = Lathe.compile(file, options.build());
            progress.report("write", 0, 0);
            try {
                model.write(output);
            } catch (IOException e) {
                throw OutputFile.failed(output, e);
            }
        }
        passes.finish(terminal());
        double seconds = (System.nanoTime() - start) / 1e9;
        long bytes = Files.size(output);
        json.write(terminal(), new Report(output.toString(), target.target(), bytes, seconds));
        note(String.format(
                Locale.ROOT,
                "compiled %s to %s: %s in %.2f s (target %s, -%s)",
                file,
                output,
                Units.bytes(bytes),
                seconds,
                target.target(),
                target.level()));
        return 0;
    }
}
