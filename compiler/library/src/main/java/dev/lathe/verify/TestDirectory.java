package dev.lathe.verify;

import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.frontend.onnx.OnnxTensors;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.tensor.WholeFile;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
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
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A test in ONNX's layout: {@code model.onnx}, and {@code input_K.pb} and {@code output_K.pb} in folders
 * {@code test_data_set_N}, numbered in the order of the model's inputs and outputs.
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
        return List.copyOf(numbered(folder, DATA, "").values());
    }

    /**
     * Makes a test: all of it, or nothing.
     *
     * @param folder which must not exist, or be empty
     * @param model writes the model to the path that it is given
     * @param inputs of one call, in the order of the model's inputs
     * @param outputs what the model should give for them, in order
     * @throws LatheException if {@code folder} is in use, or cannot be written
     */
    public static void write(Path folder, Consumer<Path> model, Map<String, Datum> inputs, Map<String, Datum> outputs) {
        requireNew(folder);
        Path whole = folder.toAbsolutePath().normalize();
        Path beside = whole.resolveSibling("." + whole.getFileName() + ".part-" + UUID.randomUUID());
        try {
            Path set = Files.createDirectories(beside.resolve(DATA + "0"));
            model.accept(beside.resolve(MODEL));
            writeAll(set, INPUT, inputs);
            writeAll(set, OUTPUT, outputs);
            Files.deleteIfExists(whole);
            Files.move(beside, whole);
        } catch (IOException e) {
            throw new LatheException(Diagnostic.error(
                    "verify.write",
                    folder + " cannot be written: " + WholeFile.reason(e),
                    "check that the folder exists, may be written to, and has room"));
        } finally {
            remove(beside);
        }
    }

    /** Fails if a test cannot be made at {@code folder}, since something is there. */
    public static void requireNew(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        boolean empty = false;
        if (Files.isDirectory(folder)) {
            try (Stream<Path> files = Files.list(folder)) {
                empty = files.findAny().isEmpty();
            } catch (IOException e) {
                // It may not be read, so it is not known to be empty.
            }
        }
        if (!empty) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "verify.folder",
                            folder + " exists, and a test would replace what is there",
                            "name a new folder, or an empty one")));
        }
    }

    private static void writeAll(Path set, String prefix, Map<String, Datum> values) throws IOException {
        int k = 0;
        for (Map.Entry<String, Datum> e : values.entrySet()) {
            Files.write(set.resolve(prefix + k++ + PB), OnnxTensors.write(e.getValue(), e.getKey()));
        }
    }

    private static void remove(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(p);
            }
        } catch (IOException e) {
            // What is left is beside the folder, under a name of its own.
        }
    }

    /** The files of a data set that hold what it gives to the model, by the place of the input. */
    public static SortedMap<Integer, Path> inputFiles(Path set) throws IOException {
        return numbered(set, INPUT, PB);
    }

    private static SortedMap<Integer, Path> numbered(Path folder, String prefix, String suffix) throws IOException {
        SortedMap<Integer, Path> numbered = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(f -> number(f, prefix, suffix) >= 0).forEach(f -> numbered.put(number(f, prefix, suffix), f));
        }
        return numbered;
    }

    private static int number(Path file, String prefix, String suffix) {
        String name = file.getFileName().toString();
        return name.matches(prefix + "[0-9]{1,6}" + suffix.replace(".", "\\."))
                ? Integer.parseInt(name.substring(prefix.length(), name.length() - suffix.length()))
                : -1;
    }

    /**
     * The shapes of the tensors in a data set, by the name of the model's input; those of other inputs are left out.
     */
    public Map<String, Shape> shapes(Path set) throws IOException {
        List<String> names = OnnxImporter.tensorInputs(model());
        Map<String, Shape> shapes = new LinkedHashMap<>();
        inputFiles(set).forEach((k, file) -> {
            if (k < names.size() && !names.get(k).isEmpty()) {
                shapes.put(names.get(k), OnnxTensors.readTensor(file).shape());
            }
        });
        return shapes;
    }

    /** What a data set gives to the model. */
    public Map<String, Datum> inputs(Path set, List<Port> ports) throws IOException {
        Map<String, Datum> inputs = new LinkedHashMap<>();
        inputFiles(set).headMap(ports.size()).forEach((k, file) -> {
            Port port = ports.get(k);
            inputs.put(port.name(), read(file, port.type()));
        });
        return inputs;
    }

    /**
     * Compares results with the outputs of a data set; why one is wrong, in one line, or empty when all are right.
     *
     * @throws LatheException if the data cannot be read
     */
    public Optional<String> compare(
            Path set, List<Port> outputs, Map<String, Datum> results, ResultComparison comparison) throws IOException {
        for (Map.Entry<Integer, Path> output : numbered(set, OUTPUT, PB).entrySet()) {
            int k = output.getKey();
            if (k >= outputs.size()) {
                return Optional.of("there is an expected output " + k + ", but the model has " + outputs.size());
            }
            Port port = outputs.get(k);
            Datum actual = results.get(port.name());
            Optional<String> difference = actual == null
                    ? Optional.of("it is missing")
                    : comparison.difference(read(output.getValue(), port.type()), actual);
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
