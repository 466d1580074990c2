package dev.lathe.conformance;

import static dev.lathe.conformance.Protos.attribute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.verify.Comparison;
import dev.lathe.verify.Tolerances;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Operators of the {@code com.microsoft} domain, against ONNX Runtime. */
class MicrosoftOracleTest {
    private static final Comparison CLOSE = new Comparison(
            Tolerances.of(Tolerance.ACCUMULATING).with(OptionalDouble.of(2e-3), OptionalDouble.of(2e-5)));

    private static final CompileOptions OPTIONS =
            CompileOptions.builder().threads(1).build();

    private static final Random RANDOM = new Random(11);

    /** An operand that is an initializer of the model. */
    private record Weight(Tensor tensor) {}

    /** One node; {@code steps} is by how much integer results may differ. */
    private record Case(String name, int steps, NodeProto.Builder node, List<Object> operands) {
        /** Whether a size of an input is a symbol in the model with symbols. */
        boolean isSymbolic(Tensor t, int axis) {
            boolean batch = axis == 0
                    && t.rank() > 1
                    && operands.getFirst() instanceof Tensor first
                    && first.dim(0) == t.dim(0);
            boolean length = (axis == 1 && t.rank() == 3) || (axis == 2 && t.rank() == 4);
            return ATTENTION.contains(node.getOpType()) ? batch || length : batch;
        }

        Map<String, Datum> inputs() {
            Map<String, Datum> inputs = new LinkedHashMap<>();
            for (int i = 0; i < operands.size(); i++) {
                if (operands.get(i) instanceof Tensor t) {
                    inputs.put("in" + i, t);
                }
            }
            return inputs;
        }
    }

    /** Operators whose inputs have lengths that models leave open. */
    private static final Set<String> ATTENTION =
            Set.of("Attention", "MultiHeadAttention", "GroupQueryAttention", "RotaryEmbedding", "QAttention");

    private final List<Case> cases = new ArrayList<>();

    private static Tensor random(long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, RANDOM.nextGaussian());
        }
        return t;
    }

    /** Integers in {@code [low, high)}. */
    private static Tensor integers(ElementType type, int low, int high, long... dims) {
        Tensor t = Tensor.zeros(type, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setLong(i, RANDOM.nextInt(low, high));
        }
        return t;
    }

    private static Tensor bytes(ElementType type, long... dims) {
        return type == ElementType.U8 ? integers(type, 0, 256, dims) : integers(type, -128, 128, dims);
    }

    private static Tensor ints(long... values) {
        return shaped(ElementType.I32, new long[] {values.length}, values);
    }

    private static Tensor shaped(ElementType type, long[] dims, long... values) {
        Tensor t = Tensor.zeros(type, dims);
        for (int i = 0; i < values.length; i++) {
            t.setLong(i, values[i]);
        }
        return t;
    }

    private static Tensor longs(long[] dims, long... values) {
        return shaped(ElementType.I64, dims, values);
    }

    private static Weight weight(Tensor t) {
        return new Weight(t);
    }

    private static Weight scale(double value) {
        return new Weight(Tensor.scalar(ElementType.F32, value));
    }

    private static Weight zero(ElementType type, long value) {
        return new Weight(Tensor.scalar(type, value));
    }

    /** Positive scales. */
    private static Tensor scales(long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, 0.01 + 0.02 * RANDOM.nextDouble());
        }
        return t;
    }

    /** Operands are tensors, weights, or "" where one is absent; attributes stand anywhere; outputs are separated by spaces, {@code _} is an absent one. */
    private static Case node(String name, int steps, String type, String outputs, Object... parts) {
        boolean standard = type.startsWith("ai.onnx:");
        NodeProto.Builder node = NodeProto.newBuilder()
                .setOpType(standard ? type.substring(8) : type)
                .setDomain(standard ? "" : "com.microsoft")
                .setName("the_node");
        List<Object> operands = new ArrayList<>();
        for (Object p : parts) {
            if (p instanceof AttributeProto attribute) {
                node.addAttribute(attribute);
            } else {
                node.addInput(p.equals("") ? "" : "in" + operands.size());
                operands.add(p);
            }
        }
        for (String output : outputs.split(" ")) {
            node.addOutput(output.equals("_") ? "" : output);
        }
        return new Case(name, steps, node, operands);
    }

    private void add(String name, String type, String outputs, Object... parts) {
        cases.add(node(name, 0, type, outputs, parts));
    }

    /** As {@link #add}, where ONNX Runtime rounds between steps or rounds down, so that its integers may be off by one. */
    private void near(String name, String type, Object... parts) {
        cases.add(node(name, 1, type, "y", parts));
    }

    private static byte[] model(Case c, boolean symbolic) {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("g").addNode(c.node);
        for (int i = 0; i < c.operands.size(); i++) {
            String name = "in" + i;
            if (c.operands.get(i) instanceof Tensor t) {
                // Sizes that happen to be equal have one name.
                List<String> symbols = IntStream.range(0, t.rank())
                        .mapToObj(axis -> symbolic && c.isSymbolic(t, axis) ? "d" + t.dim(axis) : "")
                        .toList();
                graph.addInput(Protos.input(name, t, symbols));
            } else if (c.operands.get(i) instanceof Weight(Tensor t)) {
                graph.addInitializer(Protos.tensor(name, t));
            }
        }
        c.node.getOutputList().stream()
                .filter(o -> !o.isEmpty())
                .forEach(o -> graph.addOutput(ValueInfoProto.newBuilder().setName(o)));
        return ModelProto.newBuilder()
                .setIrVersion(10)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .addOpsetImport(OperatorSetIdProto.newBuilder()
                        .setDomain("com.microsoft")
                        .setVersion(1))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private static void run(Case c, boolean symbolic) {
        byte[] model = model(c, symbolic);
        Graph graph = OnnxImporter.read(model, null);
        Map<String, Datum> evaluated = new ReferenceEvaluator(graph).run(c.inputs());
        Map<String, Datum> compiled;
        try (Executable executable = Lathe.compile(graph, OPTIONS).load()) {
            compiled = executable.run(c.inputs());
        }
        try (OnnxRuntime oracle = OnnxRuntime.load(model)) {
            oracle.run(c.inputs()).forEach((name, expected) -> {
                compare(c, name, (Tensor) expected, evaluated.get(name));
                compare(c, name + " compiled", (Tensor) expected, compiled.get(name));
            });
        }
    }

    private static Map<String, Datum> evaluated(Case c, boolean symbolic) {
        return new ReferenceEvaluator(OnnxImporter.read(model(c, symbolic), null)).run(c.inputs());
    }

    private static void compare(Case c, String name, Tensor expected, Datum found) {
        if (expected.element().isInteger() && found instanceof Tensor actual) {
            assertEquals(expected.type(), actual.type());
            for (long i = 0; i < expected.size(); i++) {
                assertThat(Math.abs(expected.getLong(i) - actual.getLong(i)))
                        .as(c.name + ", " + name + "[" + i + "]: " + expected.getLong(i) + ", but " + actual.getLong(i))
                        .isLessThanOrEqualTo(c.steps);
            }
        } else {
            assertEquals(Optional.empty(), CLOSE.difference(expected, found), c.name + ", " + name);
        }
    }

    private void products() {
        add("matmul", "FusedMatMul", "y", random(2, 3, 4), random(2, 4, 5), attribute("alpha", 0.5f));
        add(
                "matmul transposed",
                "FusedMatMul",
                "y",
                random(2, 4, 3),
                random(5, 4),
                attribute("transA", 1),
                attribute("transB", 1));
        add("matmul batch a", "FusedMatMul", "y", random(3, 2, 4), random(2, 4, 5), attribute("transBatchA", 1));
        add(
                "matmul batch b",
                "FusedMatMul",
                "y",
                random(2, 6, 3, 4),
                random(5, 2, 6, 4),
                attribute("transBatchB", 1),
                attribute("transB", 1));
        add(
                "matmul batch both",
                "FusedMatMul",
                "y",
                random(4, 2, 3),
                random(4, 2, 5),
                attribute("transBatchA", 1),
                attribute("transBatchB", 1),
                attribute("transA", 1));
        Tensor x = random(1, 4, 6, 7);
        add("conv relu", "FusedConv", "y", x, random(3, 4, 3, 3), attribute("activation", "Relu"));
        add(
                "conv sum",
                "FusedConv",
                "y",
                x,
                random(3, 4, 3, 3),
                random(3),
                random(1, 3, 6, 7),
                attribute("pads", new long[] {1, 1, 1, 1}),
                attribute("activation", "Relu"));
        for (String f : List.of("Tanh", "Sigmoid")) {
            add(
                    "conv " + f,
                    "FusedConv",
                    "y",
                    x,
                    random(2, 2, 3, 3),
                    random(2),
                    attribute("group", 2),
                    attribute("activation", f));
        }
        add(
                "conv leaky",
                "FusedConv",
                "y",
                x,
                random(3, 4, 3, 3),
                attribute("activation", "LeakyRelu"),
                attribute("activation_params", new float[] {0.2f}));
        add(
                "conv clip",
                "FusedConv",
                "y",
                x,
                random(3, 4, 3, 3),
                attribute("activation", "Clip"),
                attribute("activation_params", new float[] {-1, 2}));
        add(
                "conv hard sigmoid",
                "FusedConv",
                "y",
                x,
                random(3, 4, 3, 3),
                attribute("activation", "HardSigmoid"),
                attribute("activation_params", new float[] {0.1f, 0.4f}));
        add(
                "gemm relu",
                "FusedGemm",
                "y",
                random(3, 4),
                random(5, 4),
                random(5),
                attribute("transB", 1),
                attribute("alpha", 0.5f),
                attribute("beta", 2f),
                attribute("activation", "Relu"));
        add(
                "gemm leaky",
                "FusedGemm",
                "y",
                random(3, 4),
                random(4, 5),
                attribute("activation", "LeakyRelu"),
                attribute("activation_alpha", 0.3f));
    }

    private void activations() {
        add("gelu", "Gelu", "y", random(3, 5));
        add("bias gelu", "BiasGelu", "y", random(2, 3, 5), random(5));
        add("fast gelu", "FastGelu", "y", random(2, 3, 5));
        add("fast gelu bias", "FastGelu", "y", random(2, 3, 5), random(5));
        add("quick gelu", "QuickGelu", "y", random(3, 5));
        add("quick gelu alpha", "QuickGelu", "y", random(3, 5), attribute("alpha", 0.7f));
    }

    private void normalizations() {
        Tensor x = random(2, 3, 8);
        Tensor g = random(8);
        add("skip", "SkipLayerNormalization", "y", x, random(2, 3, 8), g, random(8));
        add("skip no beta", "SkipLayerNormalization", "y", x, random(2, 3, 8), g, attribute("epsilon", 0.1f));
        add("skip all", "SkipLayerNormalization", "y _ _ sum", x, random(2, 3, 8), g, random(8), random(8));
        add("skip broadcast", "SkipLayerNormalization", "y _ _ sum", x, random(1, 3, 8), g, "", random(8));
        add("skip flat", "SkipLayerNormalization", "y", x, random(3, 8), g, random(8));
        add("skip simplified", "SkipSimplifiedLayerNormalization", "y _ _ sum", x, random(2, 3, 8), g);
        add("skip simplified bias", "SkipSimplifiedLayerNormalization", "y _ _ sum", x, random(2, 3, 8), g, random(8));
        add("simplified", "ai.onnx:SimplifiedLayerNormalization", "y", x, g);
        add("simplified statistics", "ai.onnx:SimplifiedLayerNormalization", "y f", x, g, attribute("epsilon", 0.01f));
        add("simplified axis", "ai.onnx:SimplifiedLayerNormalization", "y", x, random(3, 8), attribute("axis", 1));
        Tensor ids = integers(ElementType.I32, 0, 10, 2, 5);
        Tensor segments = integers(ElementType.I32, 0, 2, 2, 5);
        Tensor mask = shaped(ElementType.I32, new long[] {2, 5}, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1);
        Tensor words = random(10, 8);
        Tensor positions = random(6, 8);
        add(
                "embed",
                "EmbedLayerNormalization",
                "y m",
                ids,
                segments,
                words,
                positions,
                random(2, 8),
                g,
                random(8),
                mask);
        add("embed plain", "EmbedLayerNormalization", "y m", ids, "", words, positions, "", g, random(8));
        add(
                "embed positions",
                "EmbedLayerNormalization",
                "y m sum",
                ids,
                "",
                words,
                positions,
                "",
                g,
                random(8),
                mask,
                integers(ElementType.I32, 0, 6, 2, 5),
                attribute("epsilon", 0.1f));
    }

    private void attention() {
        Tensor x = random(2, 5, 8);
        Object w = weight(random(8, 24));
        Object bias = weight(random(24));
        AttributeProto heads = attribute("num_heads", 2);
        Tensor flags = shaped(ElementType.I32, new long[] {2, 5}, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0);
        add("attention", "Attention", "y", x, w, bias, heads);
        add("attention lengths", "Attention", "y", x, w, bias, ints(3, 4), heads);
        add("attention ends and starts", "Attention", "y", x, w, bias, ints(3, 5, 1, 2), heads);
        add("attention flags", "Attention", "y", x, w, bias, flags, heads, attribute("mask_filter_value", -500f));
        add("attention mask", "Attention", "y", x, w, bias, integers(ElementType.I32, 0, 2, 2, 5, 5), heads);
        add("attention causal", "Attention", "y", x, w, bias, "", heads, attribute("unidirectional", 1));
        add("attention causal flags", "Attention", "y", x, w, bias, flags, heads, attribute("unidirectional", 1));
        add("attention scale", "Attention", "y", x, w, bias, heads, attribute("scale", 0.2f));
        add(
                "attention past",
                "Attention",
                "y p",
                x,
                w,
                bias,
                "",
                random(2, 2, 2, 3, 4),
                heads,
                attribute("unidirectional", 1));
        add("attention present", "Attention", "y p", x, w, bias, heads);
        add("attention added", "Attention", "y", x, w, bias, "", "", random(1, 2, 5, 5), heads);
        add(
                "attention sizes",
                "Attention",
                "y",
                x,
                weight(random(8, 8 + 8 + 12)),
                weight(random(28)),
                flags,
                heads,
                attribute("qkv_hidden_sizes", new long[] {8, 8, 12}));
        Tensor key = random(2, 6, 8);
        Tensor value = random(2, 6, 12);
        Tensor keys = integers(ElementType.I32, 0, 2, 2, 6);
        add("heads", "MultiHeadAttention", "y", x, key, value, heads);
        add("heads bias", "MultiHeadAttention", "y", x, key, value, weight(random(28)), heads);
        add("heads flags", "MultiHeadAttention", "y", x, key, value, "", keys, heads);
        add("heads lengths", "MultiHeadAttention", "y", x, key, value, "", ints(2, 6), heads);
        add(
                "heads mask",
                "MultiHeadAttention",
                "y",
                x,
                key,
                value,
                "",
                integers(ElementType.I32, 0, 2, 2, 5, 6),
                heads,
                attribute("mask_filter_value", -3f));
        add("heads added", "MultiHeadAttention", "y", x, key, value, "", "", random(2, 1, 5, 6), heads);
        add("heads added to all", "MultiHeadAttention", "y", x, key, value, "", keys, random(1, 2, 5, 6), heads);
        add("heads crossed", "MultiHeadAttention", "y", x, random(2, 2, 6, 4), random(2, 2, 6, 4), heads);
        add(
                "heads crossed bias",
                "MultiHeadAttention",
                "y",
                x,
                random(2, 2, 6, 4),
                random(2, 2, 6, 4),
                weight(random(24)),
                heads);
        add(
                "heads causal",
                "MultiHeadAttention",
                "y",
                x,
                random(2, 5, 8),
                random(2, 5, 8),
                heads,
                attribute("unidirectional", 1),
                attribute("scale", 0.3f));
        add(
                "heads past",
                "MultiHeadAttention",
                "y k v",
                x,
                random(2, 5, 8),
                random(2, 5, 8),
                "",
                integers(ElementType.I32, 0, 2, 2, 8),
                "",
                random(2, 2, 3, 4),
                random(2, 2, 3, 4),
                heads);
        add("heads present", "MultiHeadAttention", "y k v", x, key, random(2, 6, 8), heads);
    }

    private void caches() {
        Tensor total = Tensor.scalar(ElementType.I32, 5);
        Tensor q = random(2, 5, 64);
        Tensor k = random(2, 5, 32);
        Tensor v = random(2, 5, 32);
        AttributeProto heads = attribute("num_heads", 4);
        AttributeProto groups = attribute("kv_num_heads", 2);
        Object all = ints(4, 4);
        String type = "GroupQueryAttention";
        for (boolean fixed : new boolean[] {true, false}) {
            Object length = fixed ? weight(total) : total;
            String kind = fixed ? "" : " sized at run time";
            add("groups prompt" + kind, type, "y k v", q, k, v, "", "", all, length, heads, groups);
        }
        add(
                "groups packed",
                type,
                "y k v",
                random(2, 5, 128),
                "",
                "",
                "",
                "",
                all,
                total,
                heads,
                groups,
                attribute("scale", 0.2f));
        add(
                "groups window",
                type,
                "y k v",
                q,
                k,
                v,
                "",
                "",
                all,
                weight(total),
                heads,
                groups,
                attribute("local_window_size", 2));
        add(
                "groups cap",
                type,
                "y k v",
                q,
                k,
                v,
                "",
                "",
                all,
                weight(total),
                heads,
                groups,
                attribute("softcap", 1.5f));
        add(
                "groups smooth",
                type,
                "y k v",
                q,
                k,
                v,
                "",
                "",
                all,
                weight(total),
                heads,
                groups,
                attribute("smooth_softmax", 1));
        add(
                "groups sink",
                type,
                "y k v",
                q,
                k,
                v,
                "",
                "",
                all,
                weight(total),
                "",
                "",
                "",
                "",
                random(4),
                heads,
                groups);
        add(
                "groups bias",
                type,
                "y k v",
                q,
                k,
                v,
                "",
                "",
                all,
                weight(total),
                "",
                "",
                "",
                random(1, 4, 5, 5),
                heads,
                groups,
                attribute("softcap", 1.5f));
        for (int interleaved = 0; interleaved < 2; interleaved++) {
            add(
                    "groups rotary " + interleaved,
                    type,
                    "y k v",
                    q,
                    k,
                    v,
                    "",
                    "",
                    all,
                    weight(total),
                    weight(random(16, 8)),
                    weight(random(16, 8)),
                    heads,
                    groups,
                    attribute("do_rotary", 1),
                    attribute("rotary_interleaved", interleaved));
        }
        Tensor one = random(2, 1, 64);
        Tensor oneK = random(2, 1, 32);
        Tensor oneV = random(2, 1, 32);
        Object cos = weight(random(16, 8));
        Object sin = weight(random(16, 8));
        add(
                "groups token",
                type,
                "y k v",
                one,
                oneK,
                oneV,
                random(2, 2, 4, 16),
                random(2, 2, 4, 16),
                ints(4, 2),
                total,
                cos,
                sin,
                heads,
                groups,
                attribute("do_rotary", 1));
        add(
                "groups token in a larger cache",
                type,
                "y k v",
                one,
                oneK,
                oneV,
                random(2, 2, 9, 16),
                random(2, 2, 9, 16),
                ints(4, 4),
                weight(total),
                cos,
                sin,
                heads,
                groups,
                attribute("do_rotary", 1));
        add(
                "groups several tokens",
                type,
                "y k v",
                random(1, 3, 64),
                random(1, 3, 32),
                random(1, 3, 32),
                random(1, 2, 2, 16),
                random(1, 2, 2, 16),
                ints(4),
                total,
                cos,
                sin,
                heads,
                groups,
                attribute("do_rotary", 1));
        Tensor x = random(2, 3, 32);
        Tensor wide = random(2, 2, 3, 16);
        for (int interleaved = 0; interleaved < 2; interleaved++) {
            AttributeProto mode = attribute("interleaved", interleaved);
            add("rotary offset " + interleaved, "RotaryEmbedding", "y", x, longs(new long[] {1}, 4), cos, sin, mode);
            add(
                    "rotary positions " + interleaved,
                    "RotaryEmbedding",
                    "y",
                    wide,
                    longs(new long[] {2, 3}, 0, 1, 2, 5, 6, 7),
                    cos,
                    sin,
                    mode);
            add(
                    "rotary partial " + interleaved,
                    "RotaryEmbedding",
                    "y",
                    x,
                    longs(new long[] {1}, 2),
                    weight(random(9, 2)),
                    weight(random(9, 2)),
                    mode,
                    attribute("num_heads", 2),
                    attribute("rotary_embedding_dim", 4));
        }
    }

    private void quantized() {
        for (ElementType type : List.of(ElementType.U8, ElementType.I8)) {
            String of = " " + type.text();
            long mid = type == ElementType.U8 ? 120 : 3;
            Tensor x = bytes(type, 2, 3, 4);
            add(
                    "q add" + of,
                    "QLinearAdd",
                    "y",
                    x,
                    scale(0.02),
                    zero(type, mid),
                    bytes(type, 3, 4),
                    scale(0.03),
                    zero(type, mid + 5),
                    scale(0.05),
                    zero(type, mid - 2));
            add(
                    "q mul" + of,
                    "QLinearMul",
                    "y",
                    x,
                    scale(0.02),
                    zero(type, mid),
                    bytes(type, 4),
                    scale(0.03),
                    zero(type, mid + 5),
                    scale(0.05),
                    zero(type, mid - 2));
            add(
                    "q sigmoid" + of,
                    "QLinearSigmoid",
                    "y",
                    x,
                    scale(0.03),
                    zero(type, mid),
                    scale(0.004),
                    zero(type, mid));
            near(
                    "q leaky" + of,
                    "QLinearLeakyRelu",
                    x,
                    scale(0.03),
                    zero(type, mid),
                    scale(0.02),
                    zero(type, mid - 9),
                    attribute("alpha", 0.3f));
            near(
                    "q softmax" + of,
                    "QLinearSoftmax",
                    x,
                    scale(0.03),
                    zero(type, mid),
                    scale(0.004),
                    zero(type, type == ElementType.U8 ? 0 : -128),
                    attribute("axis", -1),
                    attribute("opset", 13));
            near(
                    "q softmax old" + of,
                    "QLinearSoftmax",
                    x,
                    scale(0.03),
                    zero(type, mid),
                    scale(0.004),
                    zero(type, 0),
                    attribute("axis", 1),
                    attribute("opset", 11));
            near(
                    "q softmax axis" + of,
                    "QLinearSoftmax",
                    x,
                    scale(0.03),
                    zero(type, mid),
                    scale(0.004),
                    zero(type, 0),
                    attribute("axis", 1),
                    attribute("opset", 13));
            near(
                    "q concat" + of,
                    "QLinearConcat",
                    scale(0.04),
                    zero(type, mid),
                    x,
                    scale(0.03),
                    zero(type, mid - 1),
                    bytes(type, 2, 1, 4),
                    scale(0.04),
                    zero(type, mid),
                    attribute("axis", 1));
            add(
                    "q global pool" + of,
                    "QLinearGlobalAveragePool",
                    "y",
                    bytes(type, 2, 3, 4, 5),
                    scale(0.03),
                    zero(type, mid),
                    scale(0.01),
                    zero(type, mid - 4));
            add(
                    "q global pool last" + of,
                    "QLinearGlobalAveragePool",
                    "y",
                    bytes(type, 2, 4, 5, 3),
                    scale(0.03),
                    zero(type, mid),
                    scale(0.01),
                    zero(type, mid - 4),
                    attribute("channels_last", 1));
            for (int included = 0; included < 2; included++) {
                near(
                        "q pool " + included + of,
                        "QLinearAveragePool",
                        bytes(type, 1, 3, 6, 7),
                        scale(0.03),
                        zero(type, mid),
                        scale(0.02),
                        zero(type, mid - 4),
                        attribute("kernel_shape", new long[] {3, 3}),
                        attribute("strides", new long[] {2, 1}),
                        attribute("pads", new long[] {1, 1, 1, 1}),
                        attribute("count_include_pad", included));
            }
            near(
                    "q pool last" + of,
                    "QLinearAveragePool",
                    bytes(type, 1, 6, 7, 3),
                    scale(0.03),
                    zero(type, mid),
                    scale(0.02),
                    zero(type, mid - 4),
                    attribute("kernel_shape", new long[] {3, 2}),
                    attribute("channels_last", 1));
            add(
                    "q where" + of,
                    "QLinearWhere",
                    "y",
                    shaped(ElementType.BOOL, new long[] {2, 1}, 1, 0),
                    bytes(type, 2, 3),
                    scale(0.03),
                    zero(type, mid),
                    bytes(type, 3),
                    scale(0.02),
                    zero(type, mid - 3),
                    scale(0.03),
                    zero(type, mid));
            add("q dequantize" + of, "DequantizeLinear", "y", x, scale(0.03), zero(type, mid));
            add(
                    "q dequantize axis" + of,
                    "DequantizeLinear",
                    "y",
                    x,
                    weight(scales(3)),
                    weight(bytes(type, 3)),
                    attribute("axis", 1));
            add("q quantize" + of, "QuantizeLinear", "y", random(2, 3), scale(0.03), zero(type, mid));
            add(
                    "q quantize axis" + of,
                    "QuantizeLinear",
                    "y",
                    random(2, 3),
                    weight(scales(2)),
                    weight(bytes(type, 2)),
                    attribute("axis", 0));
        }
        add(
                "q dequantize 16",
                "DequantizeLinear",
                "y",
                weight(integers(ElementType.U16, 0, 65536, 3, 4)),
                scale(0.001),
                zero(ElementType.U16, 30000));
        add("q dequantize 32", "DequantizeLinear", "y", integers(ElementType.I32, -9999, 9999, 3, 4), scale(0.01));
        add("q quantize 16", "QuantizeLinear", "y", random(3, 4), scale(0.0001), zero(ElementType.I16, 12));
        add("q quantize plain", "QuantizeLinear", "y", random(3, 4), scale(0.01));
    }

    private void quantizedProducts() {
        for (ElementType type : List.of(ElementType.U8, ElementType.I8)) {
            String of = " " + type.text();
            Object weights = weight(bytes(type, 6, 5));
            Object perColumn = weight(scales(5));
            Object zeros = weight(bytes(type, 5));
            add("dynamic matmul" + of, "DynamicQuantizeMatMul", "y", random(2, 3, 6), weights, scale(0.02));
            add(
                    "dynamic matmul all" + of,
                    "DynamicQuantizeMatMul",
                    "y",
                    random(3, 6),
                    weights,
                    perColumn,
                    zeros,
                    weight(random(5)));
            add(
                    "dynamic matmul zero" + of,
                    "DynamicQuantizeMatMul",
                    "y",
                    random(3, 6),
                    weights,
                    scale(0.02),
                    zero(type, 7));
            Tensor u = bytes(ElementType.U8, 3, 6);
            add("matmul to float" + of, "MatMulIntegerToFloat", "y", u, weights, scale(0.03), scale(0.02));
            add(
                    "matmul to float all" + of,
                    "MatMulIntegerToFloat",
                    "y",
                    u,
                    weights,
                    scale(0.03),
                    perColumn,
                    zero(ElementType.U8, 99),
                    zeros,
                    weight(random(5)));
            Object w = weight(bytes(type, 8, 24));
            Object bias = weight(random(24));
            Tensor x = bytes(ElementType.U8, 2, 5, 8);
            AttributeProto heads = attribute("num_heads", 2);
            add("q attention" + of, "QAttention", "y", x, w, bias, scale(0.01), scale(0.005), heads);
            add(
                    "q attention all" + of,
                    "QAttention",
                    "y",
                    x,
                    w,
                    bias,
                    scale(0.01),
                    weight(scales(24)),
                    ints(3, 5),
                    zero(ElementType.U8, 120),
                    weight(bytes(type, 24)),
                    heads);
            add(
                    "q attention past" + of,
                    "QAttention",
                    "y p",
                    x,
                    w,
                    bias,
                    scale(0.01),
                    scale(0.005),
                    "",
                    zero(ElementType.U8, 120),
                    zero(type, 3),
                    random(2, 2, 2, 3, 4),
                    heads,
                    attribute("unidirectional", 1));
            add(
                    "q gemm" + of,
                    "QGemm",
                    "y",
                    u,
                    scale(0.03),
                    zero(ElementType.U8, 110),
                    weight(bytes(type, 5, 6)),
                    scale(0.02),
                    zero(type, 3),
                    weight(integers(ElementType.I32, -2000, 2000, 5)),
                    scale(0.1),
                    zero(ElementType.U8, 127),
                    attribute("transB", 1),
                    attribute("alpha", 0.5f));
            add(
                    "q gemm floats" + of,
                    "QGemm",
                    "y",
                    u,
                    scale(0.03),
                    zero(ElementType.U8, 110),
                    weights,
                    perColumn,
                    zeros,
                    "");
        }
        Object conv = weight(bytes(ElementType.I8, 4, 3, 3, 3));
        for (int last = 0; last < 2; last++) {
            add(
                    "q conv " + last,
                    "QLinearConv",
                    "y",
                    last == 1 ? bytes(ElementType.U8, 1, 6, 7, 3) : bytes(ElementType.U8, 1, 3, 6, 7),
                    scale(0.03),
                    zero(ElementType.U8, 120),
                    conv,
                    weight(scales(4)),
                    weight(Tensor.zeros(ElementType.I8, 4)),
                    scale(0.6),
                    zero(ElementType.U8, 110),
                    weight(integers(ElementType.I32, -2000, 2000, 4)),
                    attribute("channels_last", last),
                    attribute("pads", new long[] {1, 0, 1, 0}),
                    attribute("strides", new long[] {2, 1}));
        }
        for (int bits : List.of(2, 4, 8)) {
            for (int k : List.of(64, 40)) {
                int blocks = (k + 31) / 32;
                Tensor x = random(2, 3, k);
                Object packed = weight(bytes(ElementType.U8, 5, blocks, 32 * bits / 8));
                Object[] common = {
                    attribute("K", k), attribute("N", 5), attribute("bits", bits), attribute("block_size", 32)
                };
                String name = "weights of " + bits + " bits, " + k;
                add(name, "MatMulNBits", "y", with(common, x, packed, weight(scales(5 * blocks))));
                Object zeros = weight(bytes(ElementType.U8, 5L * ((blocks * bits + 7) / 8)));
                add(name + ", zeros", "MatMulNBits", "y", with(common, x, packed, weight(scales(5 * blocks)), zeros));
            }
        }
        Object[] four = {attribute("K", 32), attribute("N", 5), attribute("bits", 4), attribute("block_size", 16)};
        add(
                "weights with float zeros",
                "MatMulNBits",
                "y",
                with(
                        four,
                        random(3, 32),
                        weight(bytes(ElementType.U8, 5, 2, 8)),
                        weight(scales(10)),
                        weight(random(10))));
        add(
                "weights with bias",
                "MatMulNBits",
                "y",
                with(
                        four,
                        random(3, 32),
                        weight(bytes(ElementType.U8, 5, 2, 8)),
                        weight(scales(10)),
                        "",
                        "",
                        weight(random(5))));
    }

    private static Object[] with(Object[] attributes, Object... operands) {
        return Stream.concat(Stream.of(operands), Stream.of(attributes)).toArray();
    }

    @TestFactory
    Stream<DynamicTest> sameAsOnnxRuntime() {
        products();
        activations();
        normalizations();
        attention();
        caches();
        quantized();
        quantizedProducts();
        Stream<DynamicTest> fixed = cases.stream().map(c -> dynamicTest(c.name, () -> run(c, false)));
        Stream<DynamicTest> symbolic = cases.stream()
                .filter(c -> !c.name.endsWith("ends and starts"))
                .map(c -> dynamicTest(c.name + ", symbolic", () -> run(c, true)));
        return Stream.concat(fixed, symbolic);
    }

    /** {@code [..., d]} tensors side by side along a new axis before the last. */
    private static Tensor packed(long heads, Tensor... parts) {
        long width = parts[0].dim(2);
        long depth = width / heads;
        Tensor all = Tensor.zeros(ElementType.F32, parts[0].dim(0), parts[0].dim(1), heads, parts.length, depth);
        for (int part = 0; part < parts.length; part++) {
            for (long i = 0; i < parts[part].size(); i++) {
                long block = i / depth;
                all.setDouble((block * parts.length + part) * depth + i % depth, parts[part].getDouble(i));
            }
        }
        return all;
    }

    /** ONNX Runtime has the packed forms on graphics processors only. */
    @Test
    void packedHeadsAreTheSameAsSeparateOnes() {
        Tensor q = random(2, 5, 8);
        Tensor k = random(2, 5, 8);
        Tensor v = random(2, 5, 8);
        AttributeProto heads = attribute("num_heads", 2);
        Datum expected = evaluated(node("", 0, "MultiHeadAttention", "y", q, k, v, heads), false)
                .get("y");
        Case all = node("", 0, "MultiHeadAttention", "y", packed(2, q, k, v), heads);
        Case keys = node("", 0, "MultiHeadAttention", "y", q, packed(2, k, v), heads);
        assertEquals(expected, evaluated(all, false).get("y"));
        assertEquals(expected, evaluated(keys, false).get("y"));
    }

    /** ONNX Runtime does not run attention without a bias on the CPU. */
    @Test
    void attentionWithoutABiasIsThatWithZeros() {
        Tensor x = random(2, 5, 8);
        Tensor w = random(8, 24);
        AttributeProto heads = attribute("num_heads", 2);
        Case zeros = node("", 0, "Attention", "y", x, w, Tensor.zeros(ElementType.F32, 24), heads);
        Case none = node("", 0, "Attention", "y", x, w, "", heads);
        assertEquals(evaluated(zeros, false), evaluated(none, false));
    }

    @Test
    void splitGelu() {
        Tensor x = random(1, 3, 8);
        Tensor bias = random(8);
        Tensor y = (Tensor)
                evaluated(node("", 0, "BiasSplitGelu", "y", x, bias), false).get("y");
        assertEquals(List.of(1L, 3L, 4L), Arrays.stream(y.dims()).boxed().toList());
        for (int row = 0; row < 3; row++) {
            for (int i = 0; i < 4; i++) {
                double left = x.getDouble(row * 8 + i) + bias.getDouble(i);
                Tensor right = Tensor.of(new float[] {x.getFloat(row * 8 + 4 + i) + bias.getFloat(4 + i)}, 1);
                Tensor gelu = (Tensor)
                        evaluated(node("", 0, "Gelu", "y", right), false).get("y");
                assertThat(y.getDouble(row * 4 + i)).isCloseTo(left * gelu.getDouble(0), within(1e-5));
            }
        }
    }

    private static Diagnostic refusal(Case c) {
        byte[] model = model(c, false);
        LatheException e = assertThrows(LatheException.class, () -> OnnxImporter.read(model, null));
        return e.diagnostics().getFirst();
    }

    private static void refused(String what, String fix, Case c) {
        Diagnostic d = refusal(c);
        assertThat(d.code()).isEqualTo("onnx.unsupported");
        assertThat(d.what()).contains(what);
        assertThat(d.fix()).contains(fix);
        assertThat(d.toString()).contains("the_node").contains(c.node.getOpType());
    }

    @Test
    void whatIsNotSupportedIsNamedWithARemedy() {
        Tensor x = random(2, 5, 8);
        Tensor w = random(8, 24);
        AttributeProto heads = attribute("num_heads", 2);
        refused(
                "\"Swirl\"",
                "basic",
                node("", 0, "FusedGemm", "y", random(2, 3), random(3, 4), attribute("activation", "Swirl")));
        refused("rotary", "RotaryEmbedding", node("", 0, "Attention", "y", x, w, "", heads, attribute("do_rotary", 1)));
        refused(
                "mask of rank 4",
                "[batch, keys]",
                node("", 0, "Attention", "y", x, w, "", integers(ElementType.I32, 0, 2, 2, 1, 5, 5), heads));
        refused(
                "lengths and offsets",
                "CPU",
                node("", 0, "Attention", "y", x, w, "", ints(1, 2, 3, 4, 5, 6, 7, 8), heads));
        refused(
                "3 bits",
                "4 or 8",
                node(
                        "",
                        0,
                        "MatMulNBits",
                        "y",
                        random(2, 32),
                        weight(bytes(ElementType.U8, 5, 1, 12)),
                        weight(scales(5)),
                        attribute("K", 32),
                        attribute("N", 5),
                        attribute("bits", 3),
                        attribute("block_size", 32)));
    }
}
