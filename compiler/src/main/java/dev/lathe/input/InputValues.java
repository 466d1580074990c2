package dev.lathe.input;

import dev.lathe.frontend.onnx.OnnxTensors;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.SafeTensors;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads inputs as people give them on a command line: {@code name=value}, where the value is {@code random}, a tensor, sequence or map typed as JSON, or a file: {@code .npy}, {@code .pb},
 * {@code .safetensors} (with {@code :entry} behind it, unless it has one entry or one of the input's name), or a picture. The name may be left out for a model with one input.
 */
public final class InputValues {
    private final List<Port> ports;
    private final Map<String, Shape> shapes;
    private final PictureReader pictures;

    public InputValues(List<Port> ports, Map<String, Shape> shapes, PictureReader pictures) {
        this.ports = ports;
        this.shapes = shapes;
        this.pictures = pictures;
    }

    /**
     * The values of {@code texts}; inputs that are {@code random} or not named are left out.
     *
     * @throws LatheException with every input that is not understood
     */
    public Map<String, Datum> read(List<String> texts) {
        Map<Port, String> given = new LinkedHashMap<>();
        List<Diagnostic> problems = new ArrayList<>();
        for (String text : texts) {
            try {
                split(text, given);
            } catch (LatheException e) {
                problems.addAll(e.diagnostics());
            }
        }
        Map<String, Datum> values = new LinkedHashMap<>();
        for (boolean takePictures : new boolean[] {false, true}) {
            given.forEach((port, text) -> {
                if (isPicture(text) == takePictures && !text.equals("random")) {
                    try {
                        values.put(port.name(), takePictures ? picture(port, text, values) : value(port, text));
                    } catch (LatheException e) {
                        problems.addAll(e.diagnostics());
                    }
                }
            });
        }
        if (!problems.isEmpty()) {
            throw new LatheException(LatheException.Fault.INPUT, problems);
        }
        return values;
    }

    private void split(String text, Map<Port, String> into) {
        for (Port port : ports) {
            if (text.startsWith(port.name() + "=")) {
                into.put(port, text.substring(port.name().length() + 1));
                return;
            }
        }
        if (ports.size() == 1 && (!text.contains("=") || Files.exists(Path.of(text)) || Literal.isLiteral(text))) {
            into.put(ports.getFirst(), text);
            return;
        }
        int equals = text.indexOf('=');
        throw new LatheException(Diagnostic.error(
                "run.unknown-input",
                equals < 0
                        ? "--input " + text + " does not say which input it is for"
                        : "the model has no input \"" + text.substring(0, equals) + "\"",
                "its inputs are "
                        + String.join(
                                ", ",
                                ports.stream()
                                        .map(p -> "\"" + p.name() + "\": " + p.type())
                                        .toList())));
    }

    private static String extension(String text) {
        int dot = text.lastIndexOf('.');
        return text.substring(dot + 1).toLowerCase(Locale.ROOT);
    }

    private static boolean isPicture(String text) {
        return switch (extension(text)) {
            case "png", "jpg", "jpeg", "gif", "bmp" -> !Literal.isLiteral(text);
            default -> false;
        };
    }

    private Datum value(Port port, String text) {
        if (Literal.isLiteral(text)) {
            return Literal.parse(port.name(), port.type(), text);
        }
        int colon = text.lastIndexOf(".safetensors:");
        if (colon >= 0) {
            int end = colon + ".safetensors".length();
            return entry(port, Path.of(text.substring(0, end)), text.substring(end + 1));
        }
        Path file = Path.of(text);
        if (!Files.isRegularFile(file)) {
            throw new LatheException(Diagnostic.error(
                    "input.file",
                    "there is no file " + text + " for input \"" + port.name() + "\"",
                    "give a file, random, or a value such as [1, 2, 3]"));
        }
        return switch (extension(text)) {
            case "npy" -> Npy.read(file);
            case "pb" -> OnnxTensors.read(file, port.type());
            case "safetensors" -> entry(port, file, "");
            default ->
                throw new LatheException(Diagnostic.error(
                        "input.format",
                        file + ", for input \"" + port.name() + "\", has a name that tells no known format",
                        "give a file that ends in .npy, .pb, .safetensors, .png, .jpg, .gif or .bmp"));
        };
    }

    private static Tensor entry(Port port, Path file, String name) {
        Map<String, Tensor> entries = SafeTensors.read(file);
        Tensor found = name.isEmpty() && entries.size() == 1
                ? entries.values().iterator().next()
                : entries.get(name.isEmpty() ? port.name() : name);
        if (found == null) {
            throw new LatheException(Diagnostic.error(
                    "input.entry",
                    file + " has no entry \"" + (name.isEmpty() ? port.name() : name) + "\"",
                    "name one as " + file + ":ENTRY; it has "
                            + String.join(
                                    ", ", entries.keySet().stream().limit(20).toList())));
        }
        return found;
    }

    private Tensor picture(Port port, String text, Map<String, Datum> others) {
        if (!(port.type() instanceof TensorType type)) {
            throw new LatheException(Diagnostic.error(
                    "input.picture",
                    "input \"" + port.name() + "\" is " + port.type() + ", which is no picture",
                    "give a .pb file"));
        }
        SymbolSizes sizes = SymbolSizes.of(ports, others, shapes);
        Map<String, Long> assumed = sizes.assumed();
        return pictures.read(Path.of(text), port.name(), type, s -> assumed.containsKey(s) ? -1 : sizes.size(s));
    }
}
