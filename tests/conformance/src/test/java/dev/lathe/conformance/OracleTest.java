package dev.lathe.conformance;

import static dev.lathe.conformance.Protos.attribute;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.OperatorSetIdProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.verify.Comparison;
import dev.lathe.verify.Tolerances;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Operators that the public suites lack, against ONNX Runtime. */
class OracleTest {
    private static final Comparison CLOSE = new Comparison(
            Tolerances.of(Tolerance.ACCUMULATING).with(OptionalDouble.of(2e-3), OptionalDouble.of(2e-5)));

    private static final Random RANDOM = new Random(5);

    /** One node with all its operands as inputs. */
    private record Case(String name, int opset, NodeProto.Builder node, List<Optional<Tensor>> inputs, int outputs) {}

    private final List<Case> cases = new ArrayList<>();

    private static Tensor random(long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, RANDOM.nextGaussian());
        }
        return t;
    }

    private static Tensor bools(long... dims) {
        Tensor t = Tensor.zeros(ElementType.BOOL, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setLong(i, RANDOM.nextInt(4) > 0 ? 1 : 0);
        }
        return t;
    }

    private static Tensor cast(ElementType type, double factor, Tensor x) {
        Tensor t = Tensor.zeros(type, x.dims());
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, x.getDouble(i) * factor);
        }
        return t;
    }

    private static Tensor longs(long... values) {
        return Tensor.vector(values);
    }

    /** Operands are tensors, or null where one is absent; attributes come after them. */
    private void add(String name, int opset, int outputs, String type, Object... parts) {
        NodeProto.Builder node = NodeProto.newBuilder().setOpType(type).setName("node");
        List<Optional<Tensor>> inputs = new ArrayList<>();
        for (Object p : parts) {
            if (p instanceof AttributeProto attribute) {
                node.addAttribute(attribute);
            } else {
                node.addInput(p.equals("") ? "" : "in" + inputs.size());
                inputs.add(p instanceof Tensor t ? Optional.of(t) : Optional.empty());
            }
        }
        for (int i = 0; i < outputs; i++) {
            node.addOutput("out" + i);
        }
        cases.add(new Case(name, opset, node, inputs, outputs));
    }

    private static byte[] model(Case c) {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("g").addNode(c.node);
        for (int i = 0; i < c.inputs.size(); i++) {
            String name = "in" + i;
            c.inputs.get(i).ifPresent(t -> graph.addInput(Protos.input(name, t)));
        }
        for (int i = 0; i < c.outputs; i++) {
            graph.addOutput(ValueInfoProto.newBuilder().setName("out" + i));
        }
        return ModelProto.newBuilder()
                .setIrVersion(10)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(c.opset))
                .setGraph(graph)
                .build()
                .toByteArray();
    }

    private static void run(Case c) {
        byte[] model = model(c);
        Graph graph = OnnxImporter.read(model, null);
        Map<String, Datum> inputs = new LinkedHashMap<>();
        for (int i = 0; i < c.inputs.size(); i++) {
            String name = "in" + i;
            c.inputs.get(i).ifPresent(t -> inputs.put(name, t));
        }
        Map<String, Datum> actual = new ReferenceEvaluator(graph).run(inputs);
        try (OnnxRuntime oracle = OnnxRuntime.load(model)) {
            oracle.run(inputs)
                    .forEach((name, expected) -> assertEquals(
                            Optional.empty(), CLOSE.difference(expected, actual.get(name)), c.name + ", " + name));
        }
    }

    private void attention() {
        Tensor q = random(2, 4, 3, 8);
        Tensor k = random(2, 4, 5, 8);
        Tensor v = random(2, 4, 5, 6);
        add("attention", 23, 1, "Attention", q, k, v);
        add("attention causal", 23, 1, "Attention", random(2, 4, 5, 8), k, v, attribute("is_causal", 1));
        add("attention bool mask", 23, 1, "Attention", q, k, v, bools(3, 5));
        add("attention float mask", 23, 1, "Attention", q, k, v, random(2, 1, 3, 5));
        add("attention softcap", 23, 1, "Attention", q, k, v, attribute("softcap", 2f), attribute("scale", 0.3f));
        add("attention groups", 23, 1, "Attention", random(2, 6, 3, 8), random(2, 2, 5, 8), random(2, 2, 5, 8));
        add(
                "attention flat",
                23,
                1,
                "Attention",
                random(2, 3, 24),
                random(2, 5, 24),
                random(2, 5, 24),
                attribute("q_num_heads", 3),
                attribute("kv_num_heads", 3));
        add("attention past", 23, 3, "Attention", q, k, v, random(3, 7), random(2, 4, 2, 8), random(2, 4, 2, 6));
        for (int mode = 0; mode < 4; mode++) {
            add(
                    "attention debug " + mode,
                    23,
                    4,
                    "Attention",
                    q,
                    k,
                    v,
                    random(3, 5),
                    random(2, 4, 0, 8),
                    random(2, 4, 0, 6),
                    attribute("qk_matmul_output_mode", mode),
                    attribute("softcap", 3f));
        }
        Tensor positions = Tensor.of(new long[] {0, 1, 2, 5, 6, 7}, 2, 3);
        for (int interleaved = 0; interleaved < 2; interleaved++) {
            add(
                    "rotary " + interleaved,
                    23,
                    1,
                    "RotaryEmbedding",
                    q,
                    random(9, 4),
                    random(9, 4),
                    positions,
                    attribute("interleaved", interleaved));
            add(
                    "rotary partial " + interleaved,
                    23,
                    1,
                    "RotaryEmbedding",
                    q,
                    random(9, 2),
                    random(9, 2),
                    positions,
                    attribute("interleaved", interleaved),
                    attribute("rotary_embedding_dim", 4));
        }
        add(
                "rotary flat",
                23,
                1,
                "RotaryEmbedding",
                random(2, 3, 16),
                random(2, 3, 4),
                random(2, 3, 4),
                attribute("num_heads", 2));
        add("rms", 23, 1, "RMSNormalization", random(2, 3, 4), random(4));
        add(
                "group norm",
                21,
                1,
                "GroupNormalization",
                random(2, 6, 4, 3),
                random(6),
                random(6),
                attribute("num_groups", 3));
        add("tensor scatter", 24, 1, "TensorScatter", random(2, 3, 6, 2), random(2, 3, 2, 2), longs(1, 3));
        add("swish", 24, 1, "Swish", random(3, 4), attribute("alpha", 1.5f));
    }

    private void pictures() {
        Tensor x = random(2, 3, 6, 7);
        Tensor grid = random(2, 4, 5, 2);
        for (String mode : List.of("linear", "nearest", "cubic")) {
            for (String padding : List.of("zeros", "border", "reflection")) {
                for (int align = 0; align < 2; align++) {
                    add(
                            "grid " + mode + " " + padding + " " + align,
                            20,
                            1,
                            "GridSample",
                            x,
                            grid,
                            attribute("mode", mode),
                            attribute("padding_mode", padding),
                            attribute("align_corners", align));
                }
            }
        }
        add("grid 3d", 20, 1, "GridSample", random(1, 2, 3, 4, 5), random(1, 2, 3, 2, 3));
        add("affine 2d", 20, 1, "AffineGrid", random(2, 2, 3), longs(2, 1, 3, 4));
        add("affine 3d", 20, 1, "AffineGrid", random(2, 3, 4), longs(2, 1, 3, 4, 2), attribute("align_corners", 1));
        add("col2im", 18, 1, "Col2Im", random(2, 3 * 6, 4 * 3), longs(5, 5), longs(2, 3));
        add(
                "col2im strides",
                18,
                1,
                "Col2Im",
                random(1, 2 * 4, 9),
                longs(6, 6),
                longs(2, 2),
                attribute("strides", new long[] {2, 2}),
                attribute("pads", new long[] {0, 0, 0, 0}));
        Tensor rois = Tensor.of(new float[] {0.5f, 1, 4, 5, 1, 0, 5.5f, 3}, 2, 4);
        for (String mode : List.of("avg", "max")) {
            add(
                    "roi align " + mode,
                    16,
                    1,
                    "RoiAlign",
                    x,
                    rois,
                    longs(0, 1),
                    attribute("mode", mode),
                    attribute("output_height", 2),
                    attribute("output_width", 3),
                    attribute("sampling_ratio", 2));
        }
        add(
                "max roi pool",
                1,
                1,
                "MaxRoiPool",
                x,
                Tensor.of(new float[] {0, 0, 1, 4, 5, 1, 1, 0, 5, 3}, 2, 5),
                attribute("pooled_shape", new long[] {2, 3}));
        add(
                "deform conv",
                19,
                1,
                "DeformConv",
                random(1, 2, 5, 5),
                random(4, 1, 3, 3),
                random(1, 2 * 9 * 2, 3, 3),
                random(4),
                random(1, 2 * 9, 3, 3),
                attribute("group", 2),
                attribute("offset_group", 2));
        add("center crop pad", 18, 1, "CenterCropPad", x, longs(4, 9), attribute("axes", new long[] {2, 3}));
        for (String policy : List.of("not_larger", "not_smaller")) {
            add(
                    "resize " + policy,
                    18,
                    1,
                    "Resize",
                    x,
                    "",
                    "",
                    longs(9, 9),
                    attribute("mode", "nearest"),
                    attribute("axes", new long[] {2, 3}),
                    attribute("keep_aspect_ratio_policy", policy));
        }
        add("lp pool", 18, 1, "LpPool", x, attribute("kernel_shape", new long[] {2, 3}), attribute("p", 3));
    }

    private void others() {
        Tensor x = random(2, 3, 4);
        for (String type : List.of(
                "ReduceMax",
                "ReduceMin",
                "ReduceMean",
                "ReduceProd",
                "ReduceL1",
                "ReduceL2",
                "ReduceSumSquare",
                "ReduceLogSumExp")) {
            for (int keep = 0; keep < 2; keep++) {
                add(type + " " + keep, 18, 1, type, x, longs(0, -1), attribute("keepdims", keep));
            }
        }
        for (String equation : List.of(
                "ijk,kl->ijl",
                "ijk->k",
                "ii->i",
                "ij,ij->",
                "bij,bjk->bik",
                "i,j->ij",
                "...ij,...jk->...ik",
                "ij,jk,kl->il",
                "ij->ji",
                "ij,j")) {
            String[] sides = equation.replace("...", "").split("->")[0].split(",");
            Object[] parts = new Object[sides.length + 1];
            for (int i = 0; i < sides.length; i++) {
                long[] dims = new long[sides[i].length() + (equation.contains("...") ? 1 : 0)];
                java.util.Arrays.fill(dims, 3);
                parts[i] = random(dims);
            }
            parts[sides.length] = attribute("equation", equation);
            add("einsum " + equation, 12, 1, "Einsum", parts);
        }
        Tensor signal = random(2, 10, 1);
        add("dft", 20, 1, "DFT", signal, "", Tensor.scalar(1L), attribute("onesided", 1));
        add("dft longer", 20, 1, "DFT", random(2, 10, 2), Tensor.scalar(12L), Tensor.scalar(1L));
        add("dft inverse", 20, 1, "DFT", random(2, 10, 2), "", Tensor.scalar(1L), attribute("inverse", 1));
        Tensor scale = Tensor.of(new float[] {0.1f, 0.2f, 0.05f}, 3);
        Tensor zero = Tensor.of(ElementType.U8, new byte[] {10, 100, (byte) 200}, 3);
        add("quantize axis", 13, 1, "QuantizeLinear", x, scale, zero);
        add("dequantize axis", 13, 1, "DequantizeLinear", cast(ElementType.U8, 40, x), scale, zero);
        add(
                "quantize blocks",
                21,
                1,
                "QuantizeLinear",
                random(3, 4),
                cast(ElementType.F32, 1, Tensor.of(new float[] {0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f}, 3, 2)),
                attribute("axis", 1),
                attribute("block_size", 2));
        add(
                "matmul integer",
                10,
                1,
                "MatMulInteger",
                cast(ElementType.U8, 50, random(3, 4)),
                cast(ElementType.I8, 50, random(4, 5)),
                Tensor.of(ElementType.U8, new byte[] {7}),
                Tensor.of(ElementType.I8, new byte[] {-3}));
        add(
                "string concat",
                20,
                1,
                "StringConcat",
                Tensor.ofStrings(new String[] {"a", "bc"}, 2),
                Tensor.ofStrings(new String[] {"x"}, 1));
        add("string split", 20, 2, "StringSplit", Tensor.ofStrings(new String[] {"a b  c", " d ", ""}, 3));
        add(
                "string split comma",
                20,
                2,
                "StringSplit",
                Tensor.ofStrings(new String[] {"a,b,,c", "d", ""}, 3),
                attribute("delimiter", ","),
                attribute("maxsplit", 2));
        add(
                "regex",
                20,
                1,
                "RegexFullMatch",
                Tensor.ofStrings(new String[] {"www.google.com", "x@y"}, 2),
                attribute("pattern", "www\\.[\\w.-]+\\.\\bcom\\b"));
        add("unique", 11, 4, "Unique", Tensor.of(new float[] {2, 1, 1, 3, 4, 3}, 6), attribute("sorted", 0));
        add("slice computed", 13, 1, "Slice", x, longs(2, -1), longs(0, -9), longs(1, 2), longs(-1, -2));
    }

    @TestFactory
    Stream<DynamicTest> agreesWithOnnxRuntime() {
        attention();
        pictures();
        others();
        return cases.stream().map(c -> dynamicTest(c.name, () -> run(c)));
    }
}
