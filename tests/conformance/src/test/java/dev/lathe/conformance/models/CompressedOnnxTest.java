package dev.lathe.conformance.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.compress.Compressed;
import dev.lathe.compress.Compressor;
import dev.lathe.compress.Dataset;
import dev.lathe.compress.Quantization;
import dev.lathe.conformance.OnnxRuntime;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Builder;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What compression writes runs in ONNX Runtime, with the results that Lathe has, and is smaller. */
class CompressedOnnxTest {
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
}
