package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Operators of the standard that the public suites lack, against ONNX Runtime. */
class OracleTest extends OperatorTest {
    @TestFactory
    Stream<DynamicTest> attention() {
        Tensor q = random(2, 4, 3, 8);
        Tensor k = random(2, 4, 5, 8);
        Tensor v = random(2, 4, 5, 6);
        oracle("plain", "Attention-23", "y", q, k, v);
        oracle("causal", "Attention-23", "y", random(2, 4, 5, 8), k, v, attribute("is_causal", 1));
        oracle("bool mask", "Attention-23", "y", q, k, v, random(ElementType.BOOL, 3, 5));
        oracle("float mask", "Attention-23", "y", q, k, v, random(2, 1, 3, 5));
        oracle("softcap", "Attention-23", "y", q, k, v, attribute("softcap", 2f), attribute("scale", 0.3f));
        oracle("groups", "Attention-23", "y", random(2, 6, 3, 8), random(2, 2, 5, 8), random(2, 2, 5, 8));
        Object[] heads = {attribute("q_num_heads", 3), attribute("kv_num_heads", 3)};
        oracle("flat", "Attention-23", "y", random(2, 3, 24), random(2, 5, 24), random(2, 5, 24), heads[0], heads[1]);
        oracle("past", "Attention-23", "y k v", q, k, v, random(3, 7), random(2, 4, 2, 8), random(2, 4, 2, 6));
        for (int mode = 0; mode < 4; mode++) {
            Object[] how = {attribute("qk_matmul_output_mode", mode), attribute("softcap", 3f)};
            Tensor none = random(2, 4, 0, 8);
            oracle(
                    "stage " + mode,
                    "Attention-23",
                    "y k v qk",
                    q,
                    k,
                    v,
                    random(3, 5),
                    none,
                    random(2, 4, 0, 6),
                    how[0],
                    how[1]);
        }
        Tensor positions = longs(new long[] {2, 3}, 0, 1, 2, 5, 6, 7);
        for (int interleaved = 0; interleaved < 2; interleaved++) {
            Object how = attribute("interleaved", interleaved);
            oracle("rotary " + interleaved, "RotaryEmbedding-23", "y", q, random(9, 4), random(9, 4), positions, how);
            Object part = attribute("rotary_embedding_dim", 4);
            oracle(
                    "partial " + interleaved,
                    "RotaryEmbedding-23",
                    "y",
                    q,
                    random(9, 2),
                    random(9, 2),
                    positions,
                    how,
                    part);
        }
        Tensor angles = random(2, 3, 4);
        oracle("rotary flat", "RotaryEmbedding-23", "y", random(2, 3, 16), angles, angles, attribute("num_heads", 2));
        oracle("rms", "RMSNormalization-23", "y", random(2, 3, 4), random(4));
        Object[] groups = {random(2, 6, 4, 3), random(6), random(6), attribute("num_groups", 3)};
        oracle("group norm", "GroupNormalization-21", "y", groups);
        oracle("tensor scatter", "TensorScatter-24", "y", random(2, 3, 6, 2), random(2, 3, 2, 2), longs(1, 3));
        oracle("swish", "Swish-24", "y", random(3, 4), attribute("alpha", 1.5f));
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> regions() {
        Tensor x = random(2, 3, 6, 7);
        Tensor rois = Tensor.of(new float[] {0.5f, 1, 4, 5, 1, 0, 5.5f, 3}, 2, 4);
        for (String mode : List.of("avg", "max")) {
            for (String frame : List.of("half_pixel", "output_half_pixel")) {
                for (int ratio : List.of(0, 2)) {
                    Object[] how = {
                        x,
                        rois,
                        longs(0, 1),
                        attribute("mode", mode),
                        attribute("coordinate_transformation_mode", frame),
                        attribute("output_height", 2),
                        attribute("output_width", 3),
                        attribute("spatial_scale", 0.8f),
                        attribute("sampling_ratio", ratio)
                    };
                    oracle(mode + " " + frame + " " + ratio, "RoiAlign-16", "y", how);
                }
            }
        }
        Tensor boxes = Tensor.of(new float[] {0, 0, 1, 4, 5, 1, 1, 0, 5, 3}, 2, 5);
        oracle("max roi pool", "MaxRoiPool-1", "y", x, boxes, attribute("pooled_shape", new long[] {2, 3}));
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> sums() {
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
            Stream<String> sides =
                    Stream.of(equation.replace("...", "").split("->")[0].split(","));
            Stream<Object> operands = sides.map(side -> {
                long[] dims = new long[side.length() + (equation.contains("...") ? 1 : 0)];
                Arrays.fill(dims, 3);
                return random(dims);
            });
            Object[] parts = Stream.concat(operands, Stream.of(attribute("equation", equation)))
                    .toArray();
            oracle(equation, "Einsum-12", "y", parts);
        }
        for (int axis : List.of(0, 1, -2)) {
            Tensor at = Tensor.scalar((long) axis);
            oracle("dft " + axis, "DFT-20", "y", random(3, 10, 2), "", at);
            oracle("dft inverse " + axis, "DFT-20", "y", random(3, 10, 2), "", at, attribute("inverse", 1));
            oracle("dft real " + axis, "DFT-20", "y", random(3, 10, 1), "", at, attribute("onesided", 1));
            oracle("dft longer " + axis, "DFT-20", "y", random(3, 10, 2), Tensor.scalar(12L), at);
            oracle("dft shorter " + axis, "DFT-20", "y", random(6, 10, 2), Tensor.scalar(5L), at);
        }
        oracle("dft old", "DFT-17", "y", random(2, 10, 1), "", attribute("axis", 1));
        Tensor x = Indexed.tensor(ElementType.U8, new long[] {3, 4}, _ -> random.nextInt(256));
        Tensor y = Indexed.tensor(ElementType.I8, new long[] {4, 5}, _ -> random.nextInt(-128, 128));
        Tensor xZero = Tensor.of(ElementType.U8, new byte[] {7});
        Tensor yZero = Tensor.of(ElementType.I8, new byte[] {-3});
        oracle("matmul integer", "MatMulInteger-10", "y", x, y, xZero, yZero);
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> text() {
        Tensor ab = Tensor.ofStrings(new String[] {"a", "bc"}, 2);
        oracle("concat", "StringConcat-20", "y", ab, Tensor.ofStrings(new String[] {"x"}, 1));
        Tensor spaced = Tensor.ofStrings(new String[] {"a b  c", " d ", ""}, 3);
        oracle("split", "StringSplit-20", "y n", spaced);
        Object[] comma = {attribute("delimiter", ","), attribute("maxsplit", 2)};
        Tensor listed = Tensor.ofStrings(new String[] {"a,b,,c", "d", ""}, 3);
        oracle("split at commas", "StringSplit-20", "y n", listed, comma[0], comma[1]);
        Tensor sites = Tensor.ofStrings(new String[] {"www.google.com", "x@y"}, 2);
        oracle("regex", "RegexFullMatch-20", "y", sites, attribute("pattern", "www\\.[\\w.-]+\\.\\bcom\\b"));
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> places() {
        oracle("unique", "Unique-11", "y i j n", floats(2, 1, 1, 3, 4, 3), attribute("sorted", 0));
        oracle(
                "slice computed",
                "Slice-13",
                "y",
                random(2, 3, 4),
                longs(2, -1),
                longs(0, -9),
                longs(1, 2),
                longs(-1, -2));
        for (ElementType type : List.of(ElementType.F32, ElementType.F64, ElementType.I32, ElementType.I64)) {
            Tensor x = random(type, 3, 6);
            for (int largest = 0; largest < 2; largest++) {
                Object how = attribute("largest", largest);
                oracle("top " + type.text() + " " + largest, "TopK-24", "y i", x, longs(4), how);
                oracle(
                        "top of rows " + type.text() + " " + largest,
                        "TopK-24",
                        "y i",
                        x,
                        longs(2),
                        how,
                        attribute("axis", 0));
            }
        }
        for (String reduction : List.of("none", "add", "mul", "max", "min")) {
            Object how = attribute("reduction", reduction);
            boolean apart = reduction.equals("none");
            for (ElementType type : List.of(ElementType.F32, ElementType.I64)) {
                String name = reduction + " " + type.text();
                Tensor x = random(type, 4, 5);
                Tensor rows = longs(new long[] {2, 3}, 0, apart ? 1 : 0, -1, 2, -4, apart ? 2 : 3);
                Object[] elements = {x, rows, random(type, 2, 3), attribute("axis", 1), how};
                oracle("elements " + name, "ScatterElements-18", "y", elements);
                Tensor where = longs(new long[] {3, 1}, 0, apart ? 3 : 0, -2);
                oracle("slices " + name, "ScatterND-18", "y", x, where, random(type, 3, 5), how);
            }
        }
        return tests();
    }
}
