package dev.lathe.frontend.onnx;

import com.google.protobuf.CodedInputStream;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
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
     * @param shapes shapes for inputs, by name, in place of the declared ones; where the logic of a model depends on its shapes, this decides it
     * @throws LatheException with every problem of the model
     */
    public static Graph read(Path model, Map<String, Shape> shapes) {
        return read(model, shapes, Map.of());
    }

    /**
     * Reads a model for which the values of some inputs are known; these become constants, and are no inputs of the graph. A model whose ranks depend on an input, such as the
     * axes of a reduction, can be read only so.
     */
    public static Graph read(Path model, Map<String, Shape> shapes, Map<String, Tensor> values) {
        Path folder = model.toAbsolutePath().getParent();
        return new ModelImporter(OnnxFile.read(model), folder, shapes, values).graph();
    }

    /**
     * The inputs that a caller of the model gives, with their declared types, without reading the rest. A tensor of undeclared rank is unranked.
     *
     * @throws LatheException if the file is no model, or an input has a type that is not supported
     */
    public static Map<String, Type> inputs(Path model) {
        GraphProto graph = OnnxFile.read(model).getGraph();
        Set<String> initializers = new HashSet<>();
        graph.getInitializerList().forEach(t -> initializers.add(t.getName()));
        graph.getSparseInitializerList()
                .forEach(t -> initializers.add(t.getValues().getName()));
        Map<String, Type> inputs = new LinkedHashMap<>();
        for (ValueInfoProto input : graph.getInputList()) {
            if (!initializers.contains(input.getName())) {
                inputs.put(input.getName(), InputTypes.declared(input));
            }
        }
        return inputs;
    }

    /** Reads a model from memory; {@code folder} is where its external data is, or null if it can have none. */
    public static Graph read(byte[] model, @Nullable Path folder) {
        ModelProto proto = OnnxFile.parse(CodedInputStream.newInstance(model), "the model");
        return new ModelImporter(proto, folder, Map.of(), Map.of()).graph();
    }
}
