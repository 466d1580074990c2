package dev.lathe.frontend.onnx;

import com.google.protobuf.TextFormat;
import dev.lathe.frontend.onnx.file.Completeness;
import dev.lathe.frontend.onnx.file.OnnxFile;
import dev.lathe.frontend.onnx.ops.BuiltInOperators;
import dev.lathe.frontend.onnx.read.ModelImporter;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Shape;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads ONNX models. */
public final class OnnxImporter {
    private OnnxImporter() {}

    /** Reads a model as it is; see {@link #read(Path, Map)}. */
    public static Graph read(Path model) {
        return read(model, Map.of());
    }

    /**
     * Reads a model from a file; external data is looked for in the file's folder.
     *
     * @param shapes shapes for inputs, by name, in place of the declared ones; where the logic of a model depends on
     * its shapes, this decides it
     * @throws LatheException with every problem of the model
     */
    public static Graph read(Path model, Map<String, Shape> shapes) {
        return read(model, shapes, false);
    }

    /**
     * As {@link #read(Path, Map)}.
     *
     * @param independentDims whether dimensions of inputs that share a name may differ, so that a name says nothing
     */
    public static Graph read(Path model, Map<String, Shape> shapes, boolean independentDims) {
        Path folder = model.toAbsolutePath().getParent();
        return importer(OnnxFile.read(model), folder, shapes, independentDims).graph();
    }

    /**
     * The names of a model's inputs in their order, without importing it; empty for one that is no tensor.
     *
     * @throws LatheException if the file is no model
     */
    public static List<String> tensorInputs(Path model) {
        GraphProto graph = OnnxFile.read(model).getGraph();
        Set<String> initializers = new HashSet<>();
        graph.getInitializerList().forEach(t -> initializers.add(t.getName()));
        return graph.getInputList().stream()
                .filter(i -> !initializers.contains(i.getName()))
                .map(i -> i.getType().hasTensorType() ? i.getName() : "")
                .toList();
    }

    /**
     * Whether a model is all in its file, so that a copy of this is a copy of the model.
     *
     * @throws LatheException if the file is no model
     */
    public static boolean isOneFile(Path model) {
        return OnnxFile.read(model).getGraph().getInitializerList().stream().noneMatch(Completeness::isExternal);
    }

    /** As {@link #read(Path, Map, boolean)}; what is read remembers the model's nodes for an export. */
    public static ImportedModel readModel(Path model, Map<String, Shape> shapes, boolean independentDims) {
        Path folder = model.toAbsolutePath().getParent();
        ModelImporter importer = importer(OnnxFile.read(model), folder, shapes, independentDims);
        importer.graph();
        return new ImportedModel(importer.source);
    }

    /**
     * Reads a model that is written in protobuf's text format, as people write small ones.
     *
     * @throws IllegalArgumentException if the text is no such message; the message begins with its line and column
     * @throws LatheException with every problem of the model
     */
    public static Graph readText(String model) {
        ModelProto.Builder proto = ModelProto.newBuilder();
        try {
            TextFormat.merge(model, proto);
        } catch (TextFormat.ParseException e) {
            throw new IllegalArgumentException("text:" + e.getLine() + ":" + e.getColumn() + ": " + e.getMessage(), e);
        }
        return read(proto.build().toByteArray(), null);
    }

    /** Reads a model from memory; {@code folder} is where its external data is, or null if it can have none. */
    public static Graph read(byte[] model, @Nullable Path folder) {
        ModelProto proto = OnnxFile.parse(model, "the model");
        return importer(proto, folder, Map.of(), false).graph();
    }

    private static ModelImporter importer(
            ModelProto model, @Nullable Path folder, Map<String, Shape> shapes, boolean independentDims) {
        return new ModelImporter(model, folder, shapes, independentDims, BuiltInOperators.TABLE);
    }
}
