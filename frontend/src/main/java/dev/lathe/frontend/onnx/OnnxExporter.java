package dev.lathe.frontend.onnx;

import com.google.protobuf.CodedOutputStream;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.tensor.WholeFile;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Writes graphs as ONNX models, in opset {@value #OPSET} or the lowest above it that an op needs. Shapes that depend on the inputs become {@code Shape} and
 * integer arithmetic; composite ops without an operator of their own are written as their expansion.
 */
public final class OnnxExporter {
    static final int OPSET = 21;

    /** A protocol buffer cannot have 2 GiB; this leaves room for everything that is no weight. */
    private static final long INLINE_LIMIT = 1_900_000_000L;

    private OnnxExporter() {}

    /**
     * The model as the bytes of a file.
     *
     * @throws LatheException if an op cannot be said in ONNX, or the weights need more than 2 GiB
     */
    public static byte[] bytes(Graph graph) {
        if (weightBytes(graph) > INLINE_LIMIT) {
            throw failure("the weights of graph @" + graph.name() + " need more than 2 GiB", "write it to a file");
        }
        return model(graph, null).toByteArray();
    }

    /**
     * Writes the model to {@code file}; weights of more than 2 GiB go to a file of the same name with {@code .data} behind it. Files appear whole or not at all.
     *
     * @throws LatheException as {@link #bytes}, or if the file cannot be written
     */
    public static void write(Graph graph, Path file) {
        write(graph, file, weightBytes(graph) > INLINE_LIMIT);
    }

    static void write(Graph graph, Path file, boolean external) {
        Path folder = file.toAbsolutePath().getParent();
        Path name = file.getFileName();
        if (folder == null || name == null) {
            throw failure(file + " is not the name of a file", "give the path of an .onnx file");
        }
        Path data = folder.resolve(name + ".data");
        try {
            WholeFile.replace(file, part -> {
                if (external) {
                    // The weights are there before the model that names them.
                    WholeFile.replace(data, channel -> save(model(graph, new ExternalWeights(channel, data)), part));
                } else {
                    save(model(graph, null), part);
                }
            });
        } catch (IOException | UncheckedIOException e) {
            throw failure(
                    file + " cannot be written: " + e.getMessage(), "check the folder and the space that is left");
        }
    }

    private static void save(ModelProto model, FileChannel to) throws IOException {
        OutputStream out = Channels.newOutputStream(to);
        CodedOutputStream coded = CodedOutputStream.newInstance(out, 1 << 16);
        model.writeTo(coded);
        coded.flush();
    }

    private static ModelProto model(Graph graph, @Nullable ExternalWeights weights) {
        ExportedModel model = new ExportedModel(weights);
        try {
            return model.of(graph);
        } catch (ArithmeticException e) {
            throw failure(
                    "the graph has a size or an offset that no ONNX model can hold (" + e.getMessage() + ")",
                    "check the sizes that the model computes with");
        }
    }

    private static long weightBytes(Graph graph) {
        long sum = 0;
        for (Node n : graph.allNodes()) {
            if (n.op() instanceof Constant(Tensor t)) {
                sum += t.byteSize();
            }
        }
        return sum;
    }

    static LatheException failure(String what, String fix) {
        return new LatheException(Diagnostic.error("onnx.export", what, fix));
    }
}
