package dev.lathe.conformance.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.compress.Compressed;
import dev.lathe.compress.Compressor;
import dev.lathe.compress.Dataset;
import dev.lathe.compress.Quantization;
import dev.lathe.conformance.OnnxRuntime;
import dev.lathe.frontend.onnx.ExportOptions;
import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.text.IrText;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Equalities;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.quantize.Ranges;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What compression writes runs in ONNX Runtime, with the results that Lathe has, and is smaller. */
class CompressedOnnxTest {
    private static final int OLD_OPSET = 11;

    @TempDir
    private Path folder;

    private static Tensor random(Random r, double deviation, long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) (deviation * r.nextGaussian()));
        }
        return t;
    }

    /** Rows of a table, two dense layers, and two convolutions, one of them depthwise. */
    static Graph model() {
        Random r = new Random(11);
        Builder b = Builder.graph("model");
        Value ids = b.input("ids", new TensorType(ElementType.I64, Shape.of(Dim.symbol("n"))));
        Value image = b.input("image", TensorType.of(ElementType.F32, 1, 16, 8, 8));
        Value rows = b.gather(b.constant(random(r, 1, 100, 64)), ids, 0);
        Value hidden = b.relu(b.add(b.matMul(rows, b.constant(random(r, 0.1, 64, 96))), b.constant(random(r, 1, 96))));
        Value y = b.matMul(hidden, b.constant(random(r, 0.1, 96, 48)));
        Value c = b.relu(b.add(new Conv(
                image,
                b.constant(random(r, 0.1, 32, 16, 3, 3)),
                new Window(List.of(1L, 1L), Collections.nCopies(4, Dim.ONE), List.of(1L, 1L)),
                1,
                ChannelLayout.CHANNELS_FIRST)));
        Value z = b.add(new Conv(
                c,
                b.constant(random(r, 0.3, 32, 1, 6, 6)),
                new Window(List.of(1L, 1L), Collections.nCopies(4, Dim.ZERO), List.of(1L, 1L)),
                32,
                ChannelLayout.CHANNELS_FIRST));
        return b.build(List.of(y, z), List.of("y", "z"));
    }

    static Map<String, Tensor> inputs(int seed) {
        Random r = new Random(seed);
        long[] ids = r.longs(1 + seed % 7, -100, 100).toArray();
        return Map.of("ids", Tensor.of(ids, ids.length), "image", random(r, 1, 1, 16, 8, 8));
    }

    static Stream<Quantization> quantizations() {
        return Stream.of(
                Quantization.DYNAMIC,
                Quantization.STATIC,
                Quantization.WEIGHTS,
                new Quantization(Quantization.Mode.WEIGHTS, 8, 32),
                new Quantization(Quantization.Mode.WEIGHTS, 4, 32),
                Quantization.F16,
                new Quantization(Quantization.Mode.BF16, 16, 0));
    }

    @ParameterizedTest
    @MethodSource("quantizations")
    void onnxRuntimeAgrees(Quantization quantization) throws Exception {
        Path text = folder.resolve("model.lir");
        IrText.write(model(), text);
        Compressed result = Compressor.of(text)
                .data(Dataset.of(16, CompressedOnnxTest::inputs))
                .quantize(quantization)
                .run();
        boolean coarse = quantization.bits() == 4;
        assertThat(result.fidelity().meanCosine()).isGreaterThan(coarse ? 0.98 : 0.999);
        assertThat((double) result.after().weightBytes() / result.before().weightBytes())
                .isLessThan(quantization.bits() == 16 ? 0.52 : 0.37);

        Path file = folder.resolve("small.onnx");
        result.model().writeOnnx(file, OptionalInt.empty());
        assertThat(Files.size(file)).isLessThan(result.after().weightBytes() + 8_000);
        ReferenceEvaluator meaning = new ReferenceEvaluator(result.model().graph());
        try (Executable peer = OnnxRuntime.load(file)) {
            for (int seed = 0; seed < 8; seed++) {
                Map<String, Datum> expected = meaning.run(inputs(seed));
                Map<String, Datum> actual = peer.run(inputs(seed));
                for (String name : List.of("y", "z")) {
                    Tensor e = Tensor.named(expected, name);
                    Tensor a = Tensor.named(actual, name);
                    assertThat(a.shape()).isEqualTo(e.shape());
                    double largest = 0;
                    for (long i = 0; i < e.size(); i++) {
                        largest = Math.max(largest, Math.abs(e.getDouble(i)));
                    }
                    for (long i = 0; i < e.size(); i++) {
                        // A number at the border of two codes of 8 bits may become either.
                        assertThat(Math.abs(a.getDouble(i) - e.getDouble(i)))
                                .as(name + " at " + i + " for " + seed)
                                .isLessThan(0.01 * largest);
                    }
                }
            }
        }
    }

    /** A model of opset 11 whose weights are results of Constant nodes, as Paddle writes them. */
    private Path old() throws Exception {
        ExportOptions options = new ExportOptions(Optional.empty(), new Equalities(), OptionalInt.of(OLD_OPSET), false);
        GraphProto.Builder graph = ModelProto.parseFrom(OnnxExporter.bytes(model(), options)).getGraph().toBuilder();
        List<NodeProto> nodes = new ArrayList<>();
        for (TensorProto weights : graph.getInitializerList()) {
            nodes.add(NodeProto.newBuilder()
                    .setOpType("Constant")
                    .addOutput(weights.getName())
                    .addAttribute(AttributeProto.newBuilder()
                            .setName("value")
                            .setType(AttributeProto.AttributeType.TENSOR)
                            .setT(weights))
                    .build());
        }
        assertThat(nodes).isNotEmpty();
        nodes.addAll(graph.getNodeList());
        graph.clearInitializer().clearNode().addAllNode(nodes);
        Path file = folder.resolve("old.onnx");
        Files.write(
                file,
                ModelProto.parseFrom(OnnxExporter.bytes(model(), options)).toBuilder()
                        .setGraph(graph)
                        .build()
                        .toByteArray());
        return file;
    }

    /** Scales of channels need a newer opset than the model has, and calls of all lengths are measured. */
    @ParameterizedTest
    @EnumSource(Ranges.Method.class)
    void anOldModelWithoutInitializersIsQuantizedByChannels(Ranges.Method ranges) throws Exception {
        Path file = old();
        Compressed result = Compressor.of(file)
                .data(Dataset.of(16, CompressedOnnxTest::inputs))
                .quantize(Quantization.STATIC.ranges(ranges))
                .run();
        Path small = folder.resolve("small.onnx");
        result.model().writeOnnx(small, OptionalInt.empty());
        assertThat(Files.size(small)).isLessThan(Files.size(file) / 2);
        Map<String, Datum> expected = OnnxRuntime.load(file).run(inputs(3));
        try (Executable peer = OnnxRuntime.load(small)) {
            Map<String, Datum> actual = peer.run(inputs(3));
            for (String name : List.of("y", "z")) {
                assertThat(cosine(Tensor.named(actual, name), Tensor.named(expected, name)))
                        .isGreaterThan(0.99);
            }
        }
    }

    private static double cosine(Tensor a, Tensor b) {
        double product = 0;
        double first = 0;
        double second = 0;
        for (long i = 0; i < a.size(); i++) {
            product += a.getDouble(i) * b.getDouble(i);
            first += a.getDouble(i) * a.getDouble(i);
            second += b.getDouble(i) * b.getDouble(i);
        }
        return product / Math.sqrt(first * second);
    }
}
