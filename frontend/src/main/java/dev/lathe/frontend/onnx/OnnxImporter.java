package dev.lathe.frontend.onnx;

import com.google.protobuf.CodedInputStream;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Shape;
import java.nio.file.Path;
import java.util.Map;
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
        Path folder = model.toAbsolutePath().getParent();
        return new ModelImporter(OnnxFile.read(model), folder, shapes).graph();
    }

    /** Reads a model from memory; {@code folder} is where its external data is, or null if it can have none. */
    public static Graph read(byte[] model, @Nullable Path folder) {
        ModelProto proto = OnnxFile.parse(CodedInputStream.newInstance(model), "the model");
        return new ModelImporter(proto, folder, Map.of()).graph();
    }
}
