package dev.lathe.cli;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.report.Units;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
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
            "For a build tool, --sources and --resources write the same as a part of a module in place of a jar: the"
                    + " model's class as a source, which the module compiles with its own, all else as resources. The"
                    + " module then depends on dev.lathe:lathe-runtime.",
            "",
            "For the opencl target it is a jar with the OpenCL C program, the plan as text and the weights, which runs"
                    + " by java -jar, too, on any OpenCL device.",
        },
        footer = {
            "  lathe compile model.onnx -o model.jar",
            "  lathe compile model.onnx -o model.jar --shape image=1x3x224x224 --numerics strict",
            "  lathe compile model.onnx -o model.jar -T package-name=com.example.models -T class-name=Detector",
            "  lathe compile model.onnx -o model.jar --target opencl",
            "  lathe compile model.onnx --sources build/java --resources build/resources",
            "  lathe compile model.onnx -o model.jar --verify-each --time-passes",
        })
final class CompileCommand extends LatheCommand {
    @Parameters(paramLabel = "MODEL", description = "An .onnx or .lir file; - for the standard input.")
    private Path file = Path.of("");

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            description = "The artifact to write: a file that ends in .jar, or in .engine for the tensorrt target.")
    private @Nullable Path output;

    @Option(
            names = "--sources",
            paramLabel = "FOLDER",
            description = "Write the class with the model's typed methods here, for a module to compile.")
    private @Nullable Path sources;

    @Option(
            names = "--resources",
            paramLabel = "FOLDER",
            description = "Write the other classes, their sources and the weights here, for a module to hold.")
    private @Nullable Path resources;

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
    private record Report(String output, List<String> files, String target, long bytes, double seconds) {}

    /** Where the result goes. */
    private sealed interface Destination {
        /** One file. */
        record File(Path file) implements Destination {
            @Override
            public List<Path> write(Model model) throws IOException {
                model.write(file);
                return List.of(file);
            }
        }

        /** Two folders of a module. */
        record Module(Path sources, Path resources) implements Destination {
            @Override
            public List<Path> write(Model model) throws IOException {
                return model.writeModule(sources, resources);
            }
        }

        /** The files that it wrote. */
        List<Path> write(Model model) throws IOException;
    }

    /** Where the result is to go, checked before any work is done. */
    private Destination destination() {
        if (output != null && sources == null && resources == null) {
            OutputFile.requireRegular(output);
            String ending = Lathe.fileEnding(target.options().build());
            OutputFile.requireEnding(output, ending, "the target writes such files: name it " + name(output) + ending);
            return new Destination.File(output);
        }
        if (output == null && sources != null && resources != null) {
            OutputFile.requireFolder(sources);
            OutputFile.requireFolder(resources);
            return new Destination.Module(sources, resources);
        }
        throw new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error(
                        "usage.output",
                        output == null && sources == null && resources == null
                                ? "nothing says where the result goes"
                                : "there are two places for the result, or one half of a place",
                        "give either -o OUT, or both --sources FOLDER and --resources FOLDER")));
    }

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
        Destination destination = destination();
        json.require();
        List<Path> files;
        try (ProgressLine progress = new ProgressLine(terminal())) {
            CompileOptions.Builder options = target.options().progress(progress);
            shapes.shapes().forEach(options::shape);
            dims.addTo(options);
            passes.addTo(options, terminal());
            Model model = Lathe.compile(file, options.build());
            progress.clear();
            model.placement().ifPresent(p -> note(p.toString()));
            progress.report("write", 0, 0);
            try {
                files = destination.write(model);
            } catch (IOException e) {
                throw OutputFile.failed(output == null ? Path.of(String.valueOf(resources)) : output, e);
            }
        }
        passes.finish(terminal());
        double seconds = (System.nanoTime() - start) / 1e9;
        long bytes = 0;
        for (Path written : files) {
            bytes += Files.size(written);
        }
        String place = destination instanceof Destination.Module(Path java, Path others)
                ? java + " and " + others
                : String.valueOf(output);
        List<String> names = files.stream().map(Path::toString).toList();
        json.write(terminal(), new Report(place, names, target.target(), bytes, seconds));
        note(String.format(
                Locale.ROOT,
                "compiled %s to %s: %s in %.2f s (target %s, -%s)",
                file,
                place,
                Units.bytes(bytes),
                seconds,
                target.target(),
                target.level()));
        return 0;
    }
}
