package dev.lathe.frontend.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.Gelu;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.Fail;
import dev.lathe.ir.op.If;
import dev.lathe.ir.op.NearestMode;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Graphs as ONNX models. */
class OnnxExporterTest {
    private static final Dim BATCH = Dim.symbol("batch");
    private static final Dim SEQ = Dim.symbol("seq");

    private static Tensor random(long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        Random random = new Random(1);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, random.nextGaussian());
        }
        return t;
    }

    private static Graph named(Builder b, Value output) {
        return b.build(List.of(output), List.of("y"));
    }

    private static ModelProto proto(Graph graph) {
        try {
            return ModelProto.parseFrom(OnnxExporter.bytes(graph));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> types(ModelProto model) {
        return model.getGraph().getNodeList().stream().map(NodeProto::getOpType).toList();
    }

    private static void assertSame(Graph graph, Map<String, Tensor> inputs) {
        Graph again = OnnxImporter.read(OnnxExporter.bytes(graph), null);
        assertThat(again.outputNames()).isEqualTo(graph.outputNames());
        assertThat(new ReferenceEvaluator(again).call(inputs)).isEqualTo(new ReferenceEvaluator(graph).call(inputs));
    }

    @Test
    void namesOfInputsAndOutputsStay() {
        Builder b = Builder.graph("g");
        Value x = b.input("my input", TensorType.of(ElementType.F32, 2));
        Graph graph = b.build(List.of(b.relu(x), x), List.of("out/0", "copy"));
        ModelProto model = proto(graph);
        assertThat(model.getGraph().getInput(0).getName()).isEqualTo("my input");
        assertThat(model.getGraph().getOutputList())
                .extracting(o -> o.getName())
                .containsExactly("out/0", "copy");
        assertSame(graph, Map.of("my input", Tensor.of(new float[] {-1, 1}, 2)));
    }

    @Test
    void nodesKeepTheNameOfTheNodeTheyComeFrom() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 2));
        b.at(Location.of("layer1/act", "Relu", 13));
        assertThat(proto(b.build(b.relu(x))).getGraph().getNode(0).getName()).isEqualTo("layer1/act");
    }

    @Test
    void oneOpenDimensionNeedsNoArithmetic() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(BATCH, SEQ, Dim.of(12))));
        Graph graph = named(b, b.reshape(x, Shape.of(BATCH.times(SEQ), Dim.of(12))));
        assertThat(types(proto(graph))).containsExactly("Reshape");
        assertSame(graph, Map.of("x", random(2, 3, 12)));
    }

    @Test
    void symbolicSizesBecomeShapeArithmetic() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(BATCH, SEQ, Dim.of(12))));
        Value split = b.reshape(x, Shape.of(BATCH, SEQ, Dim.of(4), Dim.of(3)));
        Value y = b.transpose(split, List.of(0, 2, 1, 3));
        Dim half = SEQ.plus(1).floorDiv(2);
        Value z = b.add(new Slice(
                y,
                List.of(Dim.ZERO, Dim.of(3), SEQ.minus(1), Dim.ZERO),
                List.of(BATCH, Dim.of(4), half, Dim.of(3)),
                List.of(1L, -1L, -2L, 1L)));
        Graph graph = named(b, z);
        assertSame(graph, Map.of("x", random(2, 5, 12)));
        assertSame(graph, Map.of("x", random(1, 4, 12)));
    }

    @Test
    void regionsUseSizesAndValuesFromAround() {
        Builder b = Builder.graph("g");
        Value c = b.input("c", TensorType.scalar(ElementType.BOOL));
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(BATCH, SEQ)));
        Value doubled = b.add(x, x);
        Builder yes = b.region("yes");
        Value sized = yes.broadcast(yes.constant(Tensor.scalar(1f)), Shape.of(BATCH, SEQ));
        Builder no = b.region("no");
        Value y = b.add(new If(
                c, yes.build(yes.add(doubled, sized)), no.build(no.negate(doubled)), List.of(x.type()), List.of()));
        Graph graph = named(b, y);
        assertSame(graph, Map.of("c", Tensor.scalar(true), "x", random(2, 3)));
        assertSame(graph, Map.of("c", Tensor.scalar(false), "x", random(2, 3)));
    }

    @Test
    void compositesWithoutAnOperatorAreExpanded() {
        Builder b = Builder.graph("g");
        TensorType t = TensorType.of(ElementType.F32, Shape.of(BATCH, Dim.of(2), SEQ, Dim.of(4)));
        Value q = b.input("q", t);
        Value y = b.add(new Gelu(b.add(new ScaledDotProductAttention(q, q, q, Optional.empty(), 0.5)), true));
        Graph graph = named(b, y);
        assertThat(types(proto(graph))).containsExactly("Transpose", "MatMul", "Mul", "Softmax", "MatMul", "Gelu");
    }

    @Test
    void channelsLastIsTransposed() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 1, 5, 5, 2));
        Value w = b.constant(random(3, 2, 3, 3));
        Value y = b.add(new Conv(
                x,
                w,
                new Window(List.of(1L, 1L), List.of(Dim.ONE, Dim.ONE, Dim.ONE, Dim.ONE), List.of(1L, 1L)),
                1,
                ChannelLayout.CHANNELS_LAST));
        assertSame(named(b, y), Map.of("x", random(1, 5, 5, 2)));
    }

    @Test
    void whatCannotRunFailsWhereItIsExportedTo() {
        Builder b = Builder.graph("g");
        b.input("x", TensorType.of(ElementType.F32, Shape.of(BATCH)));
        List<Value> results = b.addAll(new Fail("no", List.of(TensorType.scalar(ElementType.F32))));
        assertThat(types(proto(b.build(results, List.of("y")))))
                .containsExactly("RandomUniform", "Cast", "Gather", "Reshape");
    }

    @Test
    void scalesThatGiveOtherSizesCannotBeExported() {
        assertThat(types(proto(resized(Dim.of(5), 0.5f, Dim.of(2))))).contains("Resize");
        assertThat(types(proto(resized(Dim.symbol("n"), 0.5f, Dim.symbol("n").floorDiv(2)))))
                .contains("Resize");
        for (Graph graph : List.of(
                resized(Dim.of(5), 0.5f, Dim.of(3)),
                resized(Dim.symbol("n"), 0.5f, Dim.symbol("n").plus(1).floorDiv(2)),
                resized(Dim.of(5), Float.POSITIVE_INFINITY, Dim.of(5)))) {
            assertThatThrownBy(() -> OnnxExporter.bytes(graph))
                    .isInstanceOfSatisfying(
                            LatheException.class,
                            e -> assertThat(e.diagnostics().getFirst().what()).contains("give other sizes"));
        }
    }

    private static Graph resized(Dim from, float scale, Dim to) {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(from)));
        Value scales = b.constant(Tensor.of(new float[] {scale}, 1));
        return named(
                b,
                b.add(new Resize(
                        x,
                        Optional.of(scales),
                        Optional.empty(),
                        Shape.of(to),
                        ResizeMode.LINEAR,
                        CoordinateMode.ASYMMETRIC,
                        NearestMode.FLOOR,
                        -0.75,
                        false,
                        0,
                        false)));
    }

    @TempDir
    Path folder = Path.of("");

    @Test
    void weightsMayStandBesideTheModel() throws IOException {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 2, 20));
        Graph graph = b.build(
                List.of(b.matMul(b.matMul(x, b.constant(random(20, 30))), b.constant(random(30, 20)))), List.of("y"));
        Path file = folder.resolve("m.onnx");
        OnnxExporter.write(graph, file, true);
        assertThat(folder.resolve("m.onnx.data")).exists();
        assertThat(ModelProto.parseFrom(Files.readAllBytes(file)).getGraph().getInitializerList())
                .allMatch(t -> t.getDataLocation() == TensorProto.DataLocation.EXTERNAL);
        Map<String, Tensor> inputs = Map.of("x", random(2, 20));
        assertThat(new ReferenceEvaluator(OnnxImporter.read(file)).call(inputs))
                .isEqualTo(new ReferenceEvaluator(graph).call(inputs));
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void aTypeNeedsTheOpsetThatKnowsIt() {
        Map<ElementType, Long> since = Map.of(
                ElementType.F16, 21L,
                ElementType.F4E2M1, 23L,
                ElementType.F8E8M0, 24L,
                ElementType.I2, 25L,
                ElementType.F6E3M2, 28L);
        since.forEach((type, opset) -> {
            Builder b = Builder.graph("g");
            Value x = b.input("x", TensorType.of(ElementType.F32, 2));
            assertThat(proto(named(b, b.cast(x, type))).getOpsetImport(0).getVersion())
                    .isEqualTo(opset);
        });
    }

    /** ONNX wants scale and zero point of one shape. */
    @Test
    void oneZeroPointForManyScalesIsGivenForEach() {
        Builder b = Builder.graph("blocks");
        Value x = b.input("x", TensorType.of(ElementType.U8, Shape.of(4, 6)));
        Value scale = b.input("s", TensorType.of(ElementType.F32, Shape.of(4, 3)));
        Value zero = b.constant(Tensor.scalar(ElementType.U8, 7));
        Value y = b.add(new Dequantize(x, scale, Optional.of(zero), ElementType.F32, 1, 2));
        Value z = b.input("z", TensorType.scalar(ElementType.U8));
        Value w = b.add(new Dequantize(x, scale, Optional.of(z), ElementType.F32, 1, 2));
        ModelProto model = proto(b.build(List.of(y, w), List.of("y", "w")));
        assertThat(types(model)).containsExactlyInAnyOrder("DequantizeLinear", "Expand", "DequantizeLinear");
        assertThat(model.getGraph().getInitializerList())
                .anySatisfy(t -> assertThat(t.getDimsList()).containsExactly(4L, 3L));
    }

    /** DequantizeLinear has zero points of the numbers' type alone. */
    @Test
    void floatZeroPointsAreSpelledOut() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.U8, Shape.of(4, 6)));
        Value scale = b.input("s", TensorType.of(ElementType.F32, Shape.of(4)));
        Value zero = b.input("z", TensorType.of(ElementType.F32, Shape.of(4)));
        Value y = b.add(new Dequantize(x, scale, Optional.of(zero), ElementType.F32, 0, 0));
        assertThat(types(proto(b.build(List.of(y), List.of("y")))))
                .contains("Cast", "Sub", "Mul")
                .doesNotContain("DequantizeLinear");
    }
}
