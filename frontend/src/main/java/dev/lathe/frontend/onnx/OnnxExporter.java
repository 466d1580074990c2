package dev.lathe.frontend.onnx;

import com.google.protobuf.CodedOutputStream;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.TensorProto;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes graphs as ONNX models. What is known of the model that a graph was made from is written again where it costs
 * no more than the operators of the ops; shapes that depend on the inputs become {@code Shape} and integer
 * arithmetic; composite ops without an operator of their own are written as their expansion. A graph that comes from
 * no model is written in opset {@value #OPSET}, or the lowest above it that an op needs.
 */
public final class OnnxExporter {
    static final int OPSET = 21;

    /** Versions to try, where a model's own has no operators for what it became. */
    private static final List<Integer> OPSETS = List.of(13, 17, 18, OPSET, 23, 24, 26, Operators.NEWEST_OPSET);

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
            throw failure("the weights of graph @" + graph.name() + " need more than 2 GiB", "write it to a file");
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
            throw failure(file + " is not the name of a file", "give the path of an .onnx file");
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

    private static ModelProto model(Graph graph, ExportOptions options, @Nullable ExternalWeights weights) {
        try {
            return whole(graph, options, weights);
        } catch (ArithmeticException e) {
            throw failure(
                    "the graph has a size or an offset that no ONNX model can hold (" + e.getMessage() + ")",
                    "check the sizes that the model computes with");
        }
    }

    private static ModelProto whole(Graph graph, ExportOptions options, @Nullable ExternalWeights weights) {
        if (options.source().isEmpty() && options.opset().isEmpty()) {
            return attempt(graph, options, Operators.NEWEST_OPSET, ExportedModel.PER_NODE, true)
                    .write(weights, OPSET);
        }
        if (options.opset().isPresent()) {
            return best(graph, options, options.opset().getAsInt(), weights);
        }
        int own = options.source()
                .map(s -> ModelImporter.opsets(s.source().model.getOpsetImportList())
                        .getOrDefault("", 1))
                .orElse(OPSET);
        List<Integer> versions = new ArrayList<>(List.of(own));
        OPSETS.stream().filter(v -> v > own).forEach(versions::add);
        LatheException first = null;
        for (int version : versions) {
            try {
                return best(graph, options, version, weights);
            } catch (LatheException e) {
                first = first == null ? e : first;
            }
        }
        if (options.mayStayAsItIs()) {
            return options.source().orElseThrow().source().model;
        }
        throw Objects.requireNonNull(first);
    }

    /**
     * The smallest of several choices that has neither more nodes nor more bytes than the model had; the last is what
     * the model said itself.
     */
    private static ModelProto best(Graph graph, ExportOptions options, int opset, @Nullable ExternalWeights weights) {
        Attempt balanced = attempt(graph, options, opset, ExportedModel.PER_NODE, true);
        ModelProto source = options.source().map(s -> s.source().model).orElse(null);
        if (source == null || weights != null) {
            return balanced.write(weights, opset);
        }
        ModelProto best = balanced.write(null, opset);
        double[] worths = {0, 1e6};
        for (int i = 0; !isNoLarger(best, source) && i < worths.length; i++) {
            ModelProto other = attempt(graph, options, opset, worths[i], true).write(null, opset);
            best = isNoLarger(other, source) ? other : best;
        }
        if (!isNoLarger(best, source)) {
            ModelProto plain = attempt(graph, options, opset, ExportedModel.PER_NODE, false)
                    .write(null, opset);
            best = isNoLarger(plain, source) || size(plain) < size(best) ? plain : best;
        }
        // What the nodes do not tell, such as a gradient, only the model itself says as shortly.
        return isNoLarger(best, source) || !options.mayStayAsItIs() ? best : source;
    }

    private static boolean isNoLarger(ModelProto a, ModelProto b) {
        return size(a) <= size(b) && nodes(a) <= nodes(b);
    }

    /** The bytes of a model, its external weights included. */
    static long size(ModelProto model) {
        long sum = model.getSerializedSize();
        for (TensorProto t : model.getGraph().getInitializerList()) {
            if (OnnxSource.isExternal(t)) {
                long elements =
                        t.getDimsList().stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
                sum += Math.ceilDiv(elements * ElementTypes.of(t.getDataType()).bits(), 8);
            }
        }
        return sum;
    }

    static long nodes(ModelProto model) {
        return Subgraphs.count(model.getGraph().getNodeList())
                + model.getFunctionsList().stream().mapToLong(Subgraphs::count).sum();
    }

    private record Attempt(ExportedModel model, Cover cover) {
        ModelProto write(@Nullable ExternalWeights weights, int opset) {
            ModelNames names = new ModelNames(model, weights);
            return names.file(new CoverWriter(cover, null, names).whole(), Math.max(opset, cover.opset()));
        }
    }

    private static Attempt attempt(Graph graph, ExportOptions options, int opset, double perNode, boolean improve) {
        ExportedModel model = new ExportedModel(graph, options, opset, perNode, improve);
        Cover cover = Cover.whole(model, graph);
        cover.choose(perNode, improve);
        return new Attempt(model, cover);
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
