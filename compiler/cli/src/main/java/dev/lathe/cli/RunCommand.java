package dev.lathe.cli;

import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import dev.lathe.report.DatumText;
import dev.lathe.runtime.input.InputValues;
import dev.lathe.runtime.input.PictureReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code lathe run}. */
@Command(
        name = "run",
        description = {
            "Run a model once and print its outputs.",
            "",
            "Inputs that are not given are random, but valid for their role: token ids are within the embedding table"
                + " they index, masks are ones, optional inputs absent, other numbers normally distributed. The same"
                + " --seed gives the same values. Symbolic dimensions get the sizes that --shape or the given inputs"
                + " have; else 1 for a batch, 224 for an image's height and width, and 16 otherwise.",
        },
        footer = {
            "  lathe run model.onnx",
            "  lathe run minilm.onnx --input 'input_ids=[[101, 7592, 102]]' --input attention_mask=mask.npy",
            "  lathe run classifier.onnx --input cat.jpg --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225",
            "  lathe run churn.onnx --input '{\"age\": 41, \"country\": 7}' --json -",
            "  lathe run model.jar --output results --target java",
        })
final class RunCommand extends LatheCommand {
    @Parameters(paramLabel = "MODEL", description = "An .onnx or .lir file, or a compiled .jar.")
    private Path file = Path.of("");

    @Option(
            names = "--input",
            paramLabel = "NAME=VALUE",
            description =
                    "A value for an input: a file that ends in .npy, .npz[:ENTRY], .pb, .safetensors[:ENTRY], .bin or"
                        + " .raw (bare little-endian elements of the input's type and shape), an image (.png .jpg .gif"
                        + " .bmp), random, numbers such as \"[1, 2, 3]\", or a map such as '{\"age\": 41}'. NAME= may"
                        + " be left out for a model with one input, and for an archive with an entry for each. f64"
                        + " arrays are rounded to the input's float type. Repeatable.")
    private List<String> inputs = new ArrayList<>();

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description = "Write each output to DIR as a .npy file; DIR is made if it does not exist.")
    private @Nullable Path output;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "The seed of random inputs. Default: 1.")
    private long seed;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "Stop the call after so many seconds, such as 2.5; compiling does not count. Default: never.")
    private @Nullable Double timeout;

    @Mixin
    private ShapeFlags shapeFlags = new ShapeFlags();

    @Mixin
    private PictureFlags pictures = new PictureFlags();

    @Mixin
    private DimFlags dims = new DimFlags();

    @Mixin
    private TargetFlags target = new TargetFlags();

    @Mixin
    private JsonFlag json = new JsonFlag();

    @Override
    public Integer call() {
        json.require();
        deadline(); // a wrong one is told before the model is compiled
        if (output != null) {
            OutputFile.requireFolder(output);
        }
        Map<String, Shape> shapes = shapeFlags.shapes();
        PictureReader picture = pictures.reader();
        OpenedModel source = OpenedModel.open(file, target, shapes, dims, terminal());
        try (Executable model = source.model().load()) {
            InputValues reader = new InputValues(model.inputs(), source.roles(model))
                    .seed(seed)
                    .shapes(source.likely(shapes, inputs))
                    .pictures(picture);
            Map<String, Datum> values = reader.read(inputs);
            reader.notes().forEach(n -> note("note: " + n));
            long start = System.nanoTime();
            Map<String, Datum> results = model.run(values, deadline());
            double millis = (System.nanoTime() - start) / 1e6;
            if (!json.replacesText()) {
                results.forEach(this::print);
            }
            if (output != null) {
                writeAll(results, output);
            }
            json.write(terminal(), report(results, millis));
            note(String.format(
                    Locale.ROOT,
                    "ran once in %.1f ms on %s; `lathe bench` measures more",
                    millis,
                    source.model().target()));
        }
        return 0;
    }

    private Deadline deadline() {
        return timeout == null ? Deadline.NONE : Deadline.afterSeconds(timeout);
    }

    private void print(String name, Datum value) {
        out().println(terminal().bold(name) + ": " + DatumText.type(value) + DatumText.statistics(value));
        out().println("  " + DatumText.values(value));
    }

    private void writeAll(Map<String, Datum> results, Path folder) {
        results.forEach((name, value) -> {
            if (value instanceof Tensor t) {
                Path to = folder.resolve(fileName(name) + ".npy");
                Npy.write(t, to);
                note("wrote " + to);
            } else {
                note(name + " is no tensor, and .npy files hold nothing else: not written; --json has its values");
            }
        });
    }

    /** Names come from a model, and must not lead out of the folder. */
    private static String fileName(String name) {
        String safe = name.replaceAll("[^A-Za-z0-9._-]", "_");
        return safe.isEmpty() || safe.startsWith(".") ? "_" + safe : safe;
    }

    /** What {@code --json} writes. */
    private record Report(double millis, List<Output> outputs) {}

    private record Output(
            String name,
            String type,
            List<Long> shape,
            @Nullable Object values) {}

    private static Report report(Map<String, Datum> results, double millis) {
        List<Output> outputs = new ArrayList<>();
        results.forEach((name, value) -> outputs.add(
                value instanceof Tensor t
                        ? new Output(name, t.element().text(), boxed(t.dims()), DatumText.elements(t))
                        : new Output(name, value.type().toString(), List.of(), DatumText.json(value))));
        return new Report(millis, outputs);
    }

    private static List<Long> boxed(long[] dims) {
        return java.util.Arrays.stream(dims).boxed().toList();
    }
}
