package dev.lathe.conformance.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.conformance.OnnxRuntime;
import dev.lathe.frontend.onnx.ExportOptions;
import dev.lathe.frontend.onnx.ImportedModel;
import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Equalities;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Weights that are mostly zeros, as sparse initializers: all bits come back, and ONNX Runtime reads them. */
class SparseOnnxTest {
    private static final List<ElementType> TYPES = List.of(
            ElementType.F32,
            ElementType.F64,
            ElementType.F16,
            ElementType.I8,
            ElementType.U8,
            ElementType.I32,
            ElementType.I64);

    @TempDir
    private Path folder;

    private static Tensor sparse(ElementType element, double share, long... dims) {
        Random r = new Random(7);
        Tensor t = Tensor.zeros(element, dims);
        for (long i = 0; i < t.size(); i++) {
            if (r.nextDouble() < share) {
                t.setDouble(i, 1 + r.nextInt(100));
            }
        }
        if (element == ElementType.F32) {
            t.setFloat(3, -0f);
        }
        return t;
    }

    /** Weights of several types, added to inputs, and the right operand of a product. */
    private static Graph model(double share) {
        Builder b = Builder.graph("sparse");
        List<Value> outputs = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (ElementType element : TYPES) {
            Value x = b.input("x" + element.text(), TensorType.of(element, 40, 90));
            outputs.add(b.add(x, b.constant(sparse(element, share, 40, 90))));
            names.add("y" + element.text());
        }
        Value x = b.input("x", TensorType.of(ElementType.F32, 5, 64));
        outputs.add(b.matMul(x, b.constant(sparse(ElementType.F32, share, 64, 96))));
        names.add("product");
        return b.build(outputs, names);
    }

    private static byte[] bytes(Graph graph, boolean sparse) {
        return OnnxExporter.bytes(
                graph, new ExportOptions(Optional.empty(), new Equalities(), OptionalInt.empty(), sparse));
    }

    private static List<Tensor> weights(Graph graph) {
        List<Tensor> all = new ArrayList<>();
        for (Node n : graph.allNodes()) {
            if (n.op() instanceof Constant(Tensor t) && t.byteSize() >= 1024) {
                all.add(t);
            }
        }
        return all;
    }

    @Test
    void allBitsComeBackAndOnnxRuntimeAgrees() throws Exception {
        Graph graph = model(0.2);
        byte[] small = bytes(graph, true);
        assertThat(small.length).isLessThan(bytes(graph, false).length * 6 / 10);
        ModelProto proto = ModelProto.parseFrom(small);
        // An integer of 8 bits is smaller than its place.
        assertThat(proto.getGraph().getSparseInitializerCount()).isEqualTo(TYPES.size() + 1 - 2);
        assertThat(proto.getIrVersion()).isGreaterThanOrEqualTo(6);

        Path file = folder.resolve("sparse.onnx");
        Files.write(file, small);
        Graph read = OnnxImporter.readModel(file, Map.of(), false).graph();
        assertThat(weights(read)).containsExactlyInAnyOrderElementsOf(weights(graph));

        Map<String, Tensor> inputs = new HashMap<>();
        graph.inputs().forEach(v -> {
            Tensor t = Tensor.zeros(
                    v.tensorType().element(),
                    v.tensorType().shape().dims().stream()
                            .mapToLong(Dim::constant)
                            .toArray());
            for (long i = 0; i < t.size(); i++) {
                t.setDouble(i, i % 11);
            }
            inputs.put(v.name(), t);
        });
        try (Executable peer = OnnxRuntime.load(file)) {
            assertThat(peer.run(inputs)).isEqualTo(new ReferenceEvaluator(graph).run(inputs));
        }
    }

    /** Dense weights are as they were, and so is a model whose weights were read from a file. */
    @Test
    void weightsThatWouldNotBeSmallerStayDense() throws IOException {
        Graph dense = model(0.9);
        assertThat(bytes(dense, true)).isEqualTo(bytes(dense, false));

        Path file = folder.resolve("dense.onnx");
        OnnxExporter.write(model(0.2), file);
        ImportedModel read = OnnxImporter.readModel(file, Map.of(), false);
        ExportOptions options = new ExportOptions(Optional.of(read), new Equalities(), OptionalInt.empty(), true);
        byte[] small = OnnxExporter.bytes(read.graph(), options);
        assertThat(small.length).isLessThan((int) Files.size(file) * 6 / 10);
    }
}
