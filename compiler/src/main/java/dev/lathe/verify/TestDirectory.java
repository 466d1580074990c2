package dev.lathe.verify;

import dev.lathe.frontend.onnx.OnnxTensors;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
        return relative.isEmpty() ? folder.toAbsolutePath().normalize().getFileName().toString() : relative;
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

    /**
     * Runs the model on each data set; why a result is wrong, in one line, or empty when all are right.
     *
     * @throws LatheException if the model does not run, or the data cannot be read
     */
    public Optional<String> run(Executable model, Comparison comparison) throws IOException {
        for (Path set : dataSets()) {
            Map<String, Datum> results = model.run(inputs(set, model.inputs()));
            List<Path> files = numbered(set, "output_", ".pb");
            List<Port> outputs = model.outputs();
            if (files.size() > outputs.size()) {
                return Optional.of(
                        "there are " + files.size() + " expected outputs, but the model has " + outputs.size());
            }
            for (int i = 0; i < files.size(); i++) {
                Port port = outputs.get(number(files.get(i), "output_", ".pb"));
                Datum expected = OnnxTensors.read(files.get(i), port.type());
                Optional<String> difference = comparison.difference(expected, results.get(port.name()));
                if (difference.isPresent()) {
                    return Optional.of("output \"" + port.name() + "\": " + difference.get());
                }
            }
        }
        return Optional.empty();
    }

    private static Map<String, Datum> inputs(Path set, List<Port> ports) throws IOException {
        Map<String, Datum> inputs = new LinkedHashMap<>();
        for (Path file : numbered(set, "input_", ".pb")) {
            int k = number(file, "input_", ".pb");
            if (k < ports.size()) {
                inputs.put(ports.get(k).name(), OnnxTensors.read(file, ports.get(k).type()));
            }
        }
        return inputs;
    }

    /** The inputs and expected outputs that there are, for those who run the model elsewhere. */
    public List<Path> files(Path set, String prefix) throws IOException {
        return new ArrayList<>(numbered(set, prefix, ".pb"));
    }
}
