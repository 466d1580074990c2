package dev.lathe.frontend.onnx;

import static dev.lathe.frontend.onnx.Onnx.floats;
import static dev.lathe.frontend.onnx.Onnx.g;
import static dev.lathe.frontend.onnx.Onnx.graph;
import static dev.lathe.frontend.onnx.Onnx.i;
import static dev.lathe.frontend.onnx.Onnx.input;
import static dev.lathe.frontend.onnx.Onnx.ints;
import static dev.lathe.frontend.onnx.Onnx.longs;
import static dev.lathe.frontend.onnx.Onnx.model;
import static dev.lathe.frontend.onnx.Onnx.node;
import static dev.lathe.frontend.onnx.Onnx.opset;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lathe.grammar.onnx.TensorProto.DataType;
import dev.lathe.ir.diag.LatheException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Models with flipped, removed and inserted bytes either load or are refused with a diagnostic. */
class MutatedModelTest {
    private static final int MUTANTS = 6_000;
    private static final long SLOW_NANOS = 2_000_000_000L;

    private static final List<byte[]> SEEDS = List.of(
            model(
                            13,
                            input("x", "n", 3, 8, 8),
                            floats("w", new float[4 * 3 * 3 * 3], 4, 3, 3, 3),
                            floats("b", new float[4], 4),
                            node("Conv", "x w b", "c", ints("pads", 1, 1, 1, 1), ints("strides", 2, 2)),
                            node("Relu", "c", "r"),
                            node("MaxPool", "r", "p", ints("kernel_shape", 2, 2)),
                            node("Flatten", "p", "f"),
                            node("Softmax", "f", "y", i("axis", -1)),
                            "y")
                    .build()
                    .toByteArray(),
            model(
                            14,
                            input("x", "n", "s", 12),
                            longs("zero", 0),
                            longs("one", 1),
                            longs("rest", 3, 4),
                            node("Shape", "x", "shape"),
                            node("Gather", "shape zero", "n"),
                            node("Gather", "shape one", "s"),
                            node("Concat", "n s rest", "target", i("axis", 0)),
                            node("Reshape", "x target", "t"),
                            node("Slice", "t zero one zero", "u"),
                            node("Transpose", "u", "y", ints("perm", 0, 2, 1, 3)),
                            "y")
                    .build()
                    .toByteArray(),
            model(
                            13,
                            input("c", DataType.BOOL),
                            input("x", 2),
                            longs("n", 3),
                            node("F", "x", "e").setDomain("local"),
                            node(
                                    "If",
                                    "c",
                                    "y",
                                    g("then_branch", graph(node("Neg", "e", "t"), "t")),
                                    g("else_branch", graph(node("Identity", "x", "t"), "t"))),
                            node(
                                    "Loop",
                                    "n c y",
                                    "z all",
                                    g(
                                            "body",
                                            graph(
                                                    input("i", DataType.INT64),
                                                    input("go", DataType.BOOL),
                                                    input("v", 2),
                                                    node("Add", "v x", "v2"),
                                                    node("Identity", "v2", "out"),
                                                    node("Identity", "go", "go2"),
                                                    "go2",
                                                    "v2",
                                                    "out"))),
                            "z",
                            "all")
                    .addOpsetImport(opset("local", 1))
                    .addFunctions(Onnx.function("local", "F", "a", "b", opset("", 13), node("Exp", "a", "b")))
                    .build()
                    .toByteArray());

    @Test
    void mutatedBytesLoadOrAreRefused() {
        Random random = new Random(42);
        for (int k = 0; k < MUTANTS; k++) {
            byte[] mutant = mutate(SEEDS.get(k % SEEDS.size()), random);
            long start = System.nanoTime();
            try {
                OnnxImporter.read(mutant, null);
            } catch (LatheException e) {
                if (e.diagnostics().isEmpty()) {
                    fail("refused without a reason: mutant " + k);
                }
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
                throw new AssertionError("mutant " + k + ": " + HexFormat.of().formatHex(mutant), e);
            }
            if (System.nanoTime() - start > SLOW_NANOS) {
                fail("mutant " + k + " takes more than two seconds: "
                        + HexFormat.of().formatHex(mutant));
            }
        }
    }

    private static byte[] mutate(byte[] seed, Random random) {
        byte[] bytes = seed.clone();
        for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes[at]++;
                case 3 -> bytes = Arrays.copyOf(bytes, Math.max(1, bytes.length - random.nextInt(10)));
                case 4 -> {
                    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
                    System.arraycopy(bytes, at, longer, at + 1, bytes.length - at);
                    longer[at] = (byte) random.nextInt(256);
                    bytes = longer;
                }
                default -> {
                    int from = random.nextInt(bytes.length);
                    int n = Math.min(random.nextInt(8), bytes.length - Math.max(at, from));
                    System.arraycopy(seed.length == bytes.length ? seed : bytes.clone(), from, bytes, at, n);
                }
            }
        }
        return bytes;
    }
}
