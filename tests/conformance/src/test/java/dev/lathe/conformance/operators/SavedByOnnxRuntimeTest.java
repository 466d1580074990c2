package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.abort;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.lathe.conformance.Protos;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Models that ONNX Runtime's optimizer saved, at each of its levels: they give what they gave before. */
class SavedByOnnxRuntimeTest extends OperatorTest {
    @TempDir
    Path folder;

    private GraphProto.Builder graph = GraphProto.newBuilder();
    private int weights;

    @TestFactory
    Stream<DynamicTest> allLevels() {
        for (long channels : new long[] {8, 12, 16, 24, 32}) {
            pictures(channels);
            saved("images of " + channels, random(1, 3, 12, 12));
        }
        grouped();
        saved("groups", random(1, 3, 8, 8));
        transformer();
        saved("transformer", random(2, 6, 32));
        quantized();
        // Sums of integers are scaled in another order: a result may be the next step, of a hundredth.
        saved("quantized", random(1, 8, 8, 8), 0.011);
        dense();
        saved("dense", random(4, 16));
        return tests();
    }

    // Models.

    private String weight(Tensor t) {
        String name = "w" + weights++;
        graph.addInitializer(Protos.tensor(name, t));
        return name;
    }

    private String weight(long... dims) {
        double fan = 1;
        for (int i = 1; i < dims.length; i++) {
            fan *= dims[i];
        }
        double scale = 1 / Math.sqrt(fan);
        return weight(Indexed.tensor(ElementType.F32, dims, _ -> random.nextGaussian() * scale));
    }

    private String node(String type, List<String> inputs, AttributeProto... attributes) {
        String output = "v" + graph.getNodeCount();
        graph.addNode(NodeProto.newBuilder()
                .setOpType(type)
                .setName("n" + graph.getNodeCount())
                .addAllInput(inputs)
                .addOutput(output)
                .addAllAttribute(List.of(attributes)));
        return output;
    }

    private String conv(String x, long out, long in, long kernel, AttributeProto... more) {
        AttributeProto[] all = java.util.Arrays.copyOf(more, more.length + 1);
        all[more.length] = attribute("pads", new long[] {kernel / 2, kernel / 2, kernel / 2, kernel / 2});
        return node("Conv", List.of(x, weight(out, in, kernel, kernel), weight(out)), all);
    }

    private void pictures(long c) {
        graph = GraphProto.newBuilder();
        String a = node("Relu", List.of(conv("x", c, 3, 3)));
        String p = node(
                "MaxPool", List.of(a), attribute("kernel_shape", new long[] {2, 2}), attribute("strides", new long[] {
                    2, 2
                }));
        String b = node("Relu", List.of(conv(p, c, c, 3)));
        String d = conv(b, c, 1, 3, attribute("group", (int) c));
        String clipped = node("Clip", List.of(d, weight(Tensor.scalar(0f)), weight(Tensor.scalar(6f))));
        String sum = node("Relu", List.of(node("Add", List.of(conv(clipped, c, c, 1), p))));
        String joined = node("Concat", List.of(sum, b), attribute("axis", 1));
        String mean = node(
                "AveragePool",
                List.of(conv(joined, c, 2 * c, 1)),
                attribute("kernel_shape", new long[] {3, 3}),
                attribute("pads", new long[] {1, 1, 1, 1}),
                attribute("count_include_pad", 1));
        String sigmoid = node("Sigmoid", List.of(conv(mean, c, c, 3)));
        String gate = node("Mul", List.of(sigmoid, mean));
        String large = node(
                "Resize",
                List.of(gate, "", weight(Tensor.of(new float[] {1, 1, 2, 2}, 4))),
                attribute("mode", "nearest"),
                attribute("coordinate_transformation_mode", "asymmetric"),
                attribute("nearest_mode", "floor"));
        String pooled = node("GlobalAveragePool", List.of(conv(large, c, c, 3)));
        String flat = node("Flatten", List.of(pooled));
        String result = node("Gemm", List.of(flat, weight(5, c), weight(5)), attribute("transB", 1));
        output(result);
    }

    private void grouped() {
        graph = GraphProto.newBuilder();
        String a = node("LeakyRelu", List.of(conv("x", 32, 3, 3)), attribute("alpha", 0.2f));
        String b = node("HardSigmoid", List.of(conv(a, 32, 16, 3, attribute("group", 2))));
        String m = node("GlobalMaxPool", List.of(conv(b, 64, 32, 1)));
        output(m);
    }

    private void transformer() {
        graph = GraphProto.newBuilder();
        String normal = node("LayerNormalization", List.of("x", weight(32), weight(32)));
        String q = node("Transpose", List.of(heads(normal)), attribute("perm", new long[] {0, 2, 1, 3}));
        String k = node("Transpose", List.of(heads(normal)), attribute("perm", new long[] {0, 2, 3, 1}));
        String v = node("Transpose", List.of(heads(normal)), attribute("perm", new long[] {0, 2, 1, 3}));
        String scores = node("Div", List.of(node("MatMul", List.of(q, k)), weight(Tensor.scalar(2.83f))));
        String mixed = node("MatMul", List.of(node("Softmax", List.of(scores), attribute("axis", -1)), v));
        String back = node(
                "Reshape",
                List.of(
                        node("Transpose", List.of(mixed), attribute("perm", new long[] {0, 2, 1, 3})),
                        weight(longs(0, 0, 32))));
        String out = node("Add", List.of(node("MatMul", List.of(back, weight(32, 32))), weight(32)));
        String sum = node("Add", List.of(out, "x"));
        String second = node("LayerNormalization", List.of(sum, weight(32), weight(32)));
        String wide = node("Add", List.of(node("MatMul", List.of(second, weight(32, 64))), weight(64)));
        String erf = node("Erf", List.of(node("Div", List.of(wide, weight(Tensor.scalar(1.4142135f))))));
        String one = node("Add", List.of(erf, weight(Tensor.scalar(1f))));
        String gelu = node("Mul", List.of(node("Mul", List.of(wide, one)), weight(Tensor.scalar(0.5f))));
        String narrow = node("Add", List.of(node("MatMul", List.of(gelu, weight(64, 32))), weight(32)));
        String quick = node(
                "Mul",
                List.of(narrow, node("Sigmoid", List.of(node("Mul", List.of(narrow, weight(Tensor.scalar(1.702f))))))));
        output(node("LayerNormalization", List.of(node("Add", List.of(quick, sum)), weight(32), weight(32))));
    }

    private String heads(String x) {
        String y = node("Add", List.of(node("MatMul", List.of(x, weight(32, 32))), weight(32)));
        return node("Reshape", List.of(y, weight(longs(0, 0, 4, 8))));
    }

    private String quantize(String x, double scale) {
        String q = node(
                "QuantizeLinear",
                List.of(x, weight(Tensor.scalar((float) scale)), weight(Tensor.scalar(ElementType.U8, 128))));
        return node(
                "DequantizeLinear",
                List.of(q, weight(Tensor.scalar((float) scale)), weight(Tensor.scalar(ElementType.U8, 128))));
    }

    private String bytes(long... dims) {
        String w = weight(Indexed.tensor(ElementType.I8, dims, _ -> random.nextInt(-100, 100)));
        return node(
                "DequantizeLinear",
                List.of(w, weight(Tensor.scalar(0.002f)), weight(Tensor.scalar(ElementType.I8, 0))));
    }

    private void quantized() {
        graph = GraphProto.newBuilder();
        String x = quantize("x", 0.03);
        AttributeProto pads = attribute("pads", new long[] {1, 1, 1, 1});
        String a = quantize(node("Relu", List.of(node("Conv", List.of(x, bytes(16, 8, 3, 3)), pads))), 0.02);
        String b = quantize(node("Conv", List.of(a, bytes(16, 16, 3, 3)), pads), 0.02);
        String sum = quantize(node("Add", List.of(a, b)), 0.04);
        String p = quantize(node("MaxPool", List.of(sum), attribute("kernel_shape", new long[] {2, 2})), 0.04);
        String s = quantize(node("Sigmoid", List.of(p)), 0.01);
        String c = quantize(node("Concat", List.of(s, p), attribute("axis", 1)), 0.04);
        String g = quantize(node("GlobalAveragePool", List.of(c)), 0.04);
        String f = quantize(node("Flatten", List.of(g)), 0.04);
        output(quantize(node("MatMul", List.of(f, bytes(32, 4))), 0.01));
    }

    private void dense() {
        graph = GraphProto.newBuilder();
        String a = node("Relu", List.of(node("Gemm", List.of("x", weight(16, 32), weight(32)))));
        String t = node("Transpose", List.of(a), attribute("perm", new long[] {1, 0}));
        String b = node("Mul", List.of(node("MatMul", List.of(t, a)), weight(Tensor.scalar(0.1f))));
        output(node("Tanh", List.of(node("Gemm", List.of(b, weight(32, 8), weight(8))))));
    }

    private void output(String name) {
        graph.addOutput(ValueInfoProto.newBuilder().setName(name));
    }

    // What is saved.

    private void saved(String name, Tensor x) {
        saved(name, x, 2e-5);
    }

    private void saved(String name, Tensor x, double absolute) {
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph.setName("g").addInput(Protos.input("x", x)))
                .build();
        for (OrtSession.SessionOptions.OptLevel level : OrtSession.SessionOptions.OptLevel.values()) {
            test(name + " " + level, () -> {
                ModelProto saved = ModelProto.parseFrom(save(model, level));
                Map<String, Datum> inputs = Map.of("x", x);
                Map<String, Datum> expected = oracle(model, inputs);
                try {
                    check(
                            name,
                            saved,
                            inputs,
                            expected,
                            (what, e, a) -> assertEquals(
                                    Optional.empty(),
                                    within(2e-3, absolute).difference(e, Objects.requireNonNull(a)),
                                    what));
                } catch (LatheException e) {
                    boolean untold =
                            e.diagnostics().stream().allMatch(d -> d.fix().contains("ORT_ENABLE_EXTENDED"));
                    if (untold) {
                        abort(e.getMessage());
                    }
                    throw new AssertionError(operators(saved), e);
                } catch (AssertionError e) {
                    throw new AssertionError(operators(saved), e);
                }
            });
        }
    }

    private static String operators(ModelProto model) {
        TreeSet<String> all = new TreeSet<>();
        model.getGraph().getNodeList().forEach(n -> all.add(n.getDomain() + ":" + n.getOpType()));
        return all.toString();
    }

    private byte[] save(ModelProto model, OrtSession.SessionOptions.OptLevel level) throws OrtException, IOException {
        Path file = folder.resolve("saved.onnx");
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setOptimizationLevel(level);
            options.setOptimizedModelFilePath(file.toString());
            OrtEnvironment.getEnvironment()
                    .createSession(model.toByteArray(), options)
                    .close();
        }
        return Files.readAllBytes(file);
    }
}
