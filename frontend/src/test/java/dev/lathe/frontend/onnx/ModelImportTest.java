package dev.lathe.frontend.onnx;

import static dev.lathe.frontend.onnx.Onnx.f;
import static dev.lathe.frontend.onnx.Onnx.floats;
import static dev.lathe.frontend.onnx.Onnx.input;
import static dev.lathe.frontend.onnx.Onnx.ints;
import static dev.lathe.frontend.onnx.Onnx.longs;
import static dev.lathe.frontend.onnx.Onnx.model;
import static dev.lathe.frontend.onnx.Onnx.node;
import static dev.lathe.frontend.onnx.Onnx.opset;
import static dev.lathe.frontend.onnx.Onnx.read;
import static dev.lathe.frontend.onnx.Onnx.run;
import static dev.lathe.frontend.onnx.Onnx.vector;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.SparseTensorProto;
import dev.lathe.grammar.onnx.TensorProto.DataType;
import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import org.junit.jupiter.api.Test;

/** What real exporters write loads. */
class ModelImportTest {
    private static TensorType inputType(Graph graph) {
        return graph.inputs().getFirst().tensorType();
    }

    @Test
    void unknownAndNegativeDimensionsBecomeSymbolsOfTheirOwn() {
        Graph graph = read(model(13, input("x", -1, "?", 3), node("Relu", "x", "y"), "y"));
        Shape shape = inputType(graph).shape();
        assertThat(shape.dim(0).isSymbol()).isTrue();
        assertThat(shape.dim(1).isSymbol()).isTrue();
        assertThat(shape.dim(0)).isNotEqualTo(shape.dim(1));
        assertThat(shape.dim(2).isConstant(3)).isTrue();
    }

    @Test
    void equalNamesAreOneSymbol() {
        Graph graph = read(model(13, input("x", "batch", 4), input("y", "batch", 4), node("Add", "x y", "z"), "z"));
        assertThat(graph.outputs().getFirst().type().toString()).isEqualTo("f32[batch, 4]");
    }

    @Test
    void givenShapesReplaceDeclaredOnes() throws Exception {
        var path = java.nio.file.Files.createTempFile("model", ".onnx");
        try {
            java.nio.file.Files.write(
                    path,
                    model(13, input("x", "batch", 4), node("Relu", "x", "y"), "y")
                            .build()
                            .toByteArray());
            Graph graph = OnnxImporter.read(path, java.util.Map.of("x", Shape.of(2, 4)));
            assertThat(graph.outputs().getFirst().type().toString()).isEqualTo("f32[2, 4]");
        } finally {
            java.nio.file.Files.delete(path);
        }
    }

    @Test
    void nodesMayStandInAnyOrder() {
        Tensor y = run(
                model(13, input("x", 2), node("Neg", "b", "y"), node("Exp", "a", "b"), node("Sub", "x x", "a"), "y"),
                vector(3, 4));
        assertThat(y.toFloatArray()).containsExactly(-1, -1);
    }

    @Test
    void domainsThatNobodyUsesMayBeUnknown() {
        var model = model(13, input("x", 2), node("Relu", "x", "y"), "y")
                .addOpsetImport(opset("com.example.nobody", 99))
                .addOpsetImport(opset("ai.onnx.ml", 3));
        assertThat(run(model, vector(-1, 2)).toFloatArray()).containsExactly(0, 2);
    }

    @Test
    void theStandardDomainHasTwoNames() {
        var model = model(13, input("x", 2), node("Relu", "x", "y").setDomain("ai.onnx"), "y");
        assertThat(run(model, vector(-1, 2)).toFloatArray()).containsExactly(0, 2);
    }

    @Test
    void initializersThatAreListedAsInputsAreWeights() {
        Graph graph = read(model(
                13, input("x", 2), input("w", 2), floats("w", new float[] {1, 2}, 2), node("Add", "x w", "y"), "y"));
        assertThat(graph.inputs()).hasSize(1);
    }

    @Test
    void anOutputMayBeAnInputOrAWeight() {
        Graph graph = read(model(13, input("x", 2), floats("w", new float[] {1, 2}, 2), "x", "w"));
        assertThat(graph.outputNames()).containsExactly("x", "w");
    }

    @Test
    void emptyNamesAreAbsentOperands() {
        Tensor y = run(
                model(13, input("x", 3), floats("max", new float[] {1}), node("Clip", "x _ max", "y"), "y"),
                vector(-5, 0.5f, 5));
        assertThat(y.toFloatArray()).containsExactly(-5, 0.5f, 1);
    }

    @Test
    void resultsThatNobodyNamesAreLeftOut() {
        var model = model(13, input("x", 4), node("TopK", "x k", "_ indices"), longs("k", 2), "indices");
        assertThat(run(model, vector(1, 4, 2, 3)).toLongArray()).containsExactly(1, 3);
    }

    @Test
    void attributesThatNobodyKnowsAreIgnored() {
        var model = model(13, input("x", 2), node("Relu", "x", "y", f("mystery", 3)), "y");
        assertThat(run(model, vector(-1, 2)).toFloatArray()).containsExactly(0, 2);
    }

    @Test
    void sparseInitializersBecomeDense() {
        GraphProto.Builder graph = Onnx.graph(input("x", 2, 3), node("Add", "x w", "y"), "y");
        graph.addSparseInitializer(SparseTensorProto.newBuilder()
                .setValues(floats("w", new float[] {10, 20}, 2))
                .setIndices(longs("", 1, 5))
                .addDims(2)
                .addDims(3));
        Tensor y = run(model(13, graph), Tensor.of(new float[6], 2, 3));
        assertThat(y.toFloatArray()).containsExactly(0, 10, 0, 0, 0, 20);
    }

    @Test
    void sparseInitializersMayHaveTupleIndices() {
        GraphProto.Builder graph = Onnx.graph(input("x", 2, 3), node("Add", "x w", "y"), "y");
        graph.addSparseInitializer(SparseTensorProto.newBuilder()
                .setValues(floats("w", new float[] {10, 20}, 2))
                .setIndices(Onnx.tensor("", DataType.INT64, 2, 2)
                        .addInt64Data(0)
                        .addInt64Data(1)
                        .addInt64Data(1)
                        .addInt64Data(2))
                .addDims(2)
                .addDims(3));
        Tensor y = run(model(13, graph), Tensor.of(new float[6], 2, 3));
        assertThat(y.toFloatArray()).containsExactly(0, 10, 0, 0, 0, 20);
    }

    @Test
    void sparseConstantsBecomeDense() {
        var constant = node("Constant", "", "c");
        constant.addAttributeBuilder()
                .setName("sparse_value")
                .setType(dev.lathe.grammar.onnx.AttributeProto.AttributeType.SPARSE_TENSOR)
                .setSparseTensor(SparseTensorProto.newBuilder()
                        .setValues(floats("", new float[] {7}, 1))
                        .setIndices(longs("", 2))
                        .addDims(3));
        assertThat(run(model(13, constant, "c")).toFloatArray()).containsExactly(0, 0, 7);
    }

    @Test
    void shapeArithmeticLeavesNoNodeAndGivesSymbolicShapes() {
        Graph graph = read(model(
                13,
                input("x", "batch", "seq", 12),
                longs("zero", 0),
                longs("one", 1),
                longs("heads", 4),
                longs("open", -1),
                node("Shape", "x", "shape"),
                node("Gather", "shape zero", "n"),
                node("Gather", "shape one", "s"),
                node("Concat", "n s heads open", "target", Onnx.i("axis", 0)),
                node("Reshape", "x target", "split"),
                node("Transpose", "split", "y", ints("perm", 0, 2, 1, 3)),
                "y"));
        assertThat(graph.outputs().getFirst().type().toString()).isEqualTo("f32[batch, 4, seq, 3]");
        // Operands of what is computed: only the reshape and the transposition depend on x.
        var used = new java.util.HashSet<>(graph.outputs());
        long alive = graph.nodes().reversed().stream()
                .filter(n -> n.results().stream().anyMatch(used::contains) && used.addAll(n.op().operands()))
                .count();
        assertThat(alive).isEqualTo(2);
    }
}
