package dev.lathe.verify;

import dev.lathe.frontend.onnx.OnnxTensors;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A test in ONNX's layout: {@code model.onnx}, and {@code input_K.pb} and {@code output_K.pb} in folders {@code test_data_set_N}, numbered in the order of the model's
 * inputs and outputs.
 *
 * @param name the folder, relative to where the search began
 */
public record TestDirectory(String name, Path folder) {
    private static final String MODEL = "model.onnx";
    private static final String DATA = "test_data_set_";
    private static final String INPUT = "input_";
    private static final String OUTPUT = "output_";
    private static final String PB = ".pb";

    /** The tests in {@code root} and the folders inside, by name; {@code root} may be a test itself. */
    public static List<TestDirectory> find(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(f -> f.endsWith(MODEL) && Files.isRegularFile(f))
                    .map(Path::getParent)
                    .map(f -> new TestDirectory(nameOf(root, f), f))
                    .sorted(Comparator.comparing(TestDirectory::name))
                    .toList();
        } catch (UncheckedIOException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private static String nameOf(Path root, Path folder) {
        String relative = root.relativize(folder).toString();
        return relative.isEmpty()
                ? folder.toAbsolutePath().normalize().getFileName().toString()
                : relative;
    }

    public Path model() {
        return folder.resolve(MODEL);
    }

    /** The folders of inputs and outputs that belong together; a test without any compares nothing. */
    public List<Path> dataSets() throws IOException {
        return numbered(folder, DATA, "");
    }

    private static List<Path> numbered(Path folder, String prefix, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> number(f, prefix, suffix) >= 0)
                    .sorted(Comparator.comparingInt(f -> number(f, prefix, suffix)))
                    .toList();
        }
    }

    private static int number(Path file, String prefix, String suffix) {
        String name = file.getFileName().toString();
        return name.matches(prefix + "[0-9]{1,6}" + suffix.replace(".", "\\."))
                ? Integer.parseInt(name.substring(prefix.length(), name.length() - suffix.length()))
                : -1;
    }

    /** What a data set gives to the model. */
    public Map<String, Datum> inputs(Path set, List<Port> ports) throws IOException {
        Map<String, Datum> inputs = new LinkedHashMap<>();
        for (Path file : numbered(set, INPUT, PB)) {
            int k = number(file, INPUT, PB);
            if (k < ports.size()) {
                inputs.put(ports.get(k).name(), read(file, ports.get(k).type()));
            }
        }
        return inputs;
    }

    /**
     * Compares results with the outputs of a data set; why one is wrong, in one line, or empty when all are right.
     *
     * @throws LatheException if the data cannot be read
     */
    public Optional<String> compare(Path set, List<Port> outputs, Map<String, Datum> results, Comparison comparison)
            throws IOException {
        for (Path file : numbered(set, OUTPUT, PB)) {
            int k = number(file, OUTPUT, PB);
            if (k >= outputs.size()) {
                return Optional.of("there is an expected output " + k + ", but the model has " + outputs.size());
            }
            Port port = outputs.get(k);
            Datum actual = results.get(port.name());
            Optional<String> difference = actual == null
                    ? Optional.of("it is missing")
                    : comparison.difference(read(file, port.type()), actual);
            if (difference.isPresent()) {
                return Optional.of("output \"" + port.name() + "\": " + difference.get());
            }
        }
        return Optional.empty();
    }

    /** Old test data has bf16 as u16: NumPy, which wrote it, knows no bf16. */
    private static Datum read(Path file, Type type) {
        Datum value = OnnxTensors.read(file, type);
        return type instanceof TensorType expected
                        && expected.element() == ElementType.BF16
                        && value instanceof Tensor t
                        && t.element() == ElementType.U16
                ? Tensor.of(ElementType.BF16, t.dims(), t.data())
                : value;
    }
}
