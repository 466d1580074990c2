package dev.lathe.data;

import dev.lathe.compress.Dataset;
import dev.lathe.input.InputRoles;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.SafeTensors;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import dev.lathe.runtime.input.InputValues;
import dev.lathe.runtime.input.Npz;
import dev.lathe.runtime.input.PictureReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads inputs for a model, and labels where there are some:
 *
 * <ul>
 *   <li>a folder with a folder of images for each class: the label is the place of the class among the sorted names,
 *       or the name if all are numbers;
 *   <li>a folder with a file for each call: an image, {@code .npy}, {@code .pb}, or an archive with all inputs;
 *   <li>{@code .npz} and {@code .safetensors}: an array for each input, whose first axis counts samples; labels in one
 *       named {@code labels}, {@code label} or {@code y}; {@code .npy}, or the only array {@code arr_0} of an archive:
 *       that of the only input;
 *   <li>idx, such as {@code t10k-images-idx3-ubyte.gz}, packed or not, with the labels of the file beside it;
 *   <li>{@code .csv}: a row for each sample, with or without a head;
 *   <li>{@code .txt}: a text in each line, for models that take strings, or tokens as its tokenizer makes them.
 * </ul>
 *
 * <p>Nothing is kept of pictures and texts: they are read anew for each call.
 */
public final class DataReader {
    /** Names of what is no input but right. */
    static final List<String> LABELS = List.of("labels", "label", "y", "class", "target");

    /** What an array is called that has no name: that of an {@code .npy} file, and the first that NumPy archives. */
    private static final Set<String> UNNAMED = Set.of("", "arr_0");

    private final Graph graph;
    private final List<Port> ports;
    private Map<String, Shape> shapes = Map.of();
    private PictureReader pictures = PictureReader.STANDARD;
    private @Nullable String labels;
    private @Nullable Path tokenizer;

    private DataReader(Graph graph) {
        this.graph = graph;
        this.ports = graph.inputPorts();
    }

    /** For the inputs of {@code graph}. */
    public static DataReader of(Graph graph) {
        return new DataReader(graph);
    }

    /** Sizes of what the data leave open. */
    public DataReader shapes(Map<String, Shape> newShapes) {
        shapes = newShapes;
        return this;
    }

    /** How pixels become numbers. */
    public DataReader pictures(PictureReader reader) {
        pictures = reader;
        return this;
    }

    /** Where labels are: a file ({@code .npy}, idx, or a number in each line), or a column of a {@code .csv} file. */
    public DataReader labels(String fileOrColumn) {
        labels = fileOrColumn;
        return this;
    }

    /** The tokenizer of texts: {@code tokenizer.json}, or {@code vocab.txt} of BERT. Default: one beside the texts. */
    public DataReader tokenizer(Path vocabulary) {
        tokenizer = vocabulary;
        return this;
    }

    /**
     * Opens data.
     *
     * @throws LatheException if there are none, they are of no known format, or do not fit the inputs
     */
    public Dataset read(Path from) {
        Dataset data = inputs(from);
        if (data.size() == 0) {
            throw bad(from + " has no sample", "give data with at least one sample");
        }
        if (labels == null || isCsv(from)) {
            return data;
        }
        return labeled(data, LabelFile.read(Path.of(labels)), labels);
    }

    private static boolean isCsv(Path from) {
        return ending(from).equals("csv");
    }

    private Dataset inputs(Path from) {
        if (Files.isDirectory(from)) {
            InputRoles roles = new InputRoles(graph);
            return Folder.read(
                    from,
                    files -> new InputValues(ports, roles::of)
                            .shapes(shapes)
                            .pictures(pictures)
                            .read(files));
        }
        if (!Files.isRegularFile(from)) {
            throw bad("there is no file or folder " + from, "check the path");
        }
        if (IdxFile.isOne(from)) {
            return idx(from);
        }
        return switch (ending(from)) {
            case "npz" -> arrays(Npz.read(from), from);
            case "safetensors" -> arrays(SafeTensors.read(from), from);
            case "npy" -> arrays(Map.of("", Npy.read(from)), from);
            case "csv" -> CsvFile.read(from, ports, Optional.ofNullable(labels));
            case "txt" -> TextLines.read(from, ports, Optional.ofNullable(tokenizer));
            default ->
                throw bad(
                        from + " has a name that tells no known format of data",
                        "give a folder, or a file that ends in .npz, .npy, .safetensors, -ubyte, -ubyte.gz, .csv or"
                                + " .txt");
        };
    }

    private static String ending(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return name.substring(name.lastIndexOf('.') + 1);
    }

    private Dataset idx(Path from) {
        Dataset data = IdxFile.images(IdxFile.read(from), only(from), pictures, from);
        Path beside = from.resolveSibling(
                from.getFileName().toString().replace("images", "labels").replace("idx3", "idx1"));
        return labels == null && !beside.equals(from) && Files.isRegularFile(beside)
                ? labeled(data, IdxFile.read(beside), beside.toString())
                : data;
    }

    private Dataset arrays(Map<String, Tensor> arrays, Path from) {
        Map<String, Tensor> inputs = new java.util.LinkedHashMap<>(arrays);
        Tensor own = null;
        for (String name : LABELS) {
            if (inputs.get(name) instanceof Tensor t
                    && ports.stream().noneMatch(p -> p.name().equals(name))) {
                own = t;
                inputs.remove(name);
            }
        }
        if (ports.size() == 1 && inputs.size() == 1 && inputs.keySet().stream().allMatch(UNNAMED::contains)) {
            inputs = Map.of(ports.getFirst().name(), inputs.values().iterator().next());
        }
        Dataset data = Dataset.rows(inputs, ports, from);
        return own == null || labels != null ? data : labeled(data, own, from.toString());
    }

    private Port only(Path from) {
        if (ports.size() != 1) {
            throw bad(
                    from + " has values for one input, and the model has " + ports.size(),
                    "give an .npz file with an array for each input");
        }
        return ports.getFirst();
    }

    private static Dataset labeled(Dataset data, Tensor labels, String from) {
        long rows = labels.rank() == 0 ? 0 : labels.dim(0);
        // A call has as many samples as its inputs have rows.
        long each = data.size() == 0
                ? 0
                : data.sample(0).values().stream()
                        .filter(d -> d instanceof Tensor t && t.rank() > 0)
                        .mapToLong(d -> ((Tensor) d).dim(0))
                        .findFirst()
                        .orElse(1);
        boolean integers = !labels.element().isFloat() && !labels.element().isString() && labels.size() == rows;
        if (!integers || rows < each * data.size()) {
            throw bad(
                    from + " has labels " + labels.type() + ", which is no integer for each of " + each * data.size()
                            + " samples",
                    "give one number for each sample");
        }
        return Dataset.of(data.size(), data::sample, i -> Optional.of(Rows.integers(labels, i * each, each)));
    }

    static LatheException bad(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("data.format", what, fix)));
    }
}
