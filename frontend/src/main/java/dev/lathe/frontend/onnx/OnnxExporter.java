package dev.lathe.frontend.onnx;

import com.google.protobuf.CodedOutputStream;
import dev.lathe.frontend.onnx.file.ExternalWeights;
import dev.lathe.frontend.onnx.ops.BuiltInOperators;
import dev.lathe.frontend.onnx.write.ExportRequest;
import dev.lathe.frontend.onnx.write.ModelWriter;
import dev.lathe.frontend.onnx.write.OpWriter;
import dev.lathe.frontend.onnx.write.ops.BuiltInExports;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.ir.Equalities;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes graphs as ONNX models. What is known of the model that a graph was made from is written again where it costs
 * no more than the operators of the ops; shapes that depend on the inputs become {@code Shape} and integer
 * arithmetic; composite ops without an operator of their own are written as their expansion. A graph that comes from
 * no model is written in opset {@value #OPSET}, or the lowest above it that an op needs.
 */
public final class OnnxExporter {
    public static final int OPSET = ModelWriter.OPSET;

    /** A protocol buffer cannot have 2 GiB; this leaves room for everything that is no weight. */
    private static final long INLINE_LIMIT = 1_900_000_000L;

    private OnnxExporter() {}

    /**
     * The model as the bytes of a file.
     *
     * @throws LatheException if an op cannot be said in ONNX, or the weights need more than 2 GiB
     */
    public static byte[] bytes(Graph graph) {
        return bytes(graph, ExportOptions.none());
    }

    /** As {@link #bytes(Graph)}, of a graph that was made from a model. */
    public static byte[] bytes(Graph graph, ExportOptions options) {
        if (weightBytes(graph) > INLINE_LIMIT) {
            throw OpWriter.failure(
                    "the weights of graph @" + graph.name() + " need more than 2 GiB", "write it to a file");
        }
        return model(graph, options, null).toByteArray();
    }

    /**
     * Writes the model to {@code file}; weights of more than 2 GiB go to a file of the same name with {@code .data}
     * behind it. Files appear whole or not at all.
     *
     * @throws LatheException as {@link #bytes}, or if the file cannot be written
     */
    public static void write(Graph graph, Path file) {
        write(graph, ExportOptions.none(), file);
    }

    /** As {@link #write(Graph, Path)}, of a graph that was made from a model. */
    public static void write(Graph graph, ExportOptions options, Path file) {
        write(graph, options, file, weightBytes(graph) > INLINE_LIMIT);
    }

    static void write(Graph graph, Path file, boolean external) {
        write(graph, ExportOptions.none(), file, external);
    }

    private static void write(Graph graph, ExportOptions options, Path file, boolean external) {
        Path folder = file.toAbsolutePath().getParent();
        Path name = file.getFileName();
        if (folder == null || name == null) {
            throw OpWriter.failure(file + " is not the name of a file", "give the path of an .onnx file");
        }
        Path data = folder.resolve(name + ".data");
        try {
            WholeFile.replace(file, part -> {
                if (external) {
                    // The weights are there before the model that names them.
                    WholeFile.replace(
                            data, channel -> save(model(graph, options, new ExternalWeights(channel, data)), part));
                } else {
                    save(model(graph, options, null), part);
                }
            });
        } catch (IOException | UncheckedIOException e) {
            throw OpWriter.failure(
                    file + " cannot be written: " + e.getMessage(), "check the folder and the space that is left");
        }
    }

    private static void save(ModelProto model, FileChannel to) throws IOException {
        OutputStream out = Channels.newOutputStream(to);
        CodedOutputStream coded = CodedOutputStream.newInstance(out, 1 << 16);
        model.writeTo(coded);
        coded.flush();
    }

    /** Whether each output equals that of the model; passes that lose something change that. */
    private static boolean isSame(Graph model, Graph graph, Equalities equalities) {
        return model.outputs().size() == graph.outputs().size()
                && IntStream.range(0, graph.outputs().size())
                        .allMatch(i -> equalities.representative(model.outputs().get(i))
                                == equalities.representative(graph.outputs().get(i)));
    }

    private static ModelProto model(Graph graph, ExportOptions options, @Nullable ExternalWeights weights) {
        try {
            ExportRequest request = new ExportRequest(
                    graph,
                    options.source().map(ImportedModel::source).orElse(null),
                    options.equalities(),
                    options.source()
                            .map(m -> isSame(m.graph(), graph, options.equalities()))
                            .orElse(false),
                    options.opset(),
                    options.sparse() && weights == null,
                    BuiltInOperators.TABLE,
                    BuiltInExports.TABLE);
            return new ModelWriter(request, weights).write();
        } catch (ArithmeticException e) {
            throw OpWriter.failure(
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
}
