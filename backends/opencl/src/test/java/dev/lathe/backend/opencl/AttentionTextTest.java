package dev.lathe.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Availability;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.PassManager;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttentionTextTest {
    private static final OpenClBackend BACKEND = new OpenClBackend();
    private static final Random RANDOM = new Random(3);

    @BeforeEach
    void needsDevice() {
        Availability here = BACKEND.probe();
        assumeTrue(here instanceof Availability.Ready, here::toString);
    }

    private static Tensor random(long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) RANDOM.nextGaussian());
        }
        return t;
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 1, 1, 1, 1",
        "2, 3, 7, 33, 32, 32, 1",
        "1, 2, 5, 16, 64, 40, 3",
        "1, 2, 1, 40, 128, 128, 1",
        "2, 1, 4, 3, 5, 21, 2",
        "1, 2, 9, 0, 16, 16, 2",
    })
    void scoresAreNeverWritten(int b, int h, int s, int t, int d, int v, int masks) {
        Graph graph = IrText.parse("""
            graph @attention(%%q: f32[n, %1$d, s, %2$d], %%k: f32[n, %1$d, t, %2$d], %%v: f32[n, %1$d, t, %3$d],
                %%m: f32[%4$s, s, t]) -> (f32[n, %1$d, s, %3$d]) {
              %%y = scaled_dot_product_attention(%%q, %%k, %%v, %%m) {scale=0.25}
              return %%y
            }
            """.formatted(h, d, v, masks == 1 ? "1" : "n, " + h));
        for (Tiles tiles : Tiles.values()) {
            assertAttention(graph, tiles, b, h, s, t, d, v, masks);
        }
    }

    private static void assertAttention(Graph graph, Tiles tiles, int b, int h, int s, int t, int d, int v, int masks) {
        CompileOptions options = CompileOptions.builder()
                .target("opencl")
                .targetOptions(new OpenClOptions("", tiles, false))
                .build();
        Graph target = PassManager.run(graph, BACKEND.pipeline(options), options.passContext());
        assertThat(BACKEND.plan(target, options).orElseThrow()).contains("attention q=");
        Map<String, Tensor> in =
                new HashMap<>(Map.of("q", random(b, h, s, d), "k", random(b, h, t, d), "v", random(b, h, t, v)));
        Tensor mask = masks == 1 ? random(1, s, t) : random(b, h, s, t);
        for (long i = 0; i < mask.size(); i++) {
            // All keys of the first rows are out, then the first block of keys of the others, then a few.
            if (masks == 3 && (i < t || i % t < 16) || masks == 1 && i % 5 == 0 && t > 1) {
                mask.setFloat(i, Float.NEGATIVE_INFINITY);
            }
        }
        in.put("m", mask);
        Tensor wanted = Tensor.named(new ReferenceEvaluator(graph).call(in), "y");
        try (Executable run = BACKEND.compile(target, options).load()) {
            Tensor got = Tensor.named(run.call(in), "y");
            assertThat(got.dims()).isEqualTo(wanted.dims());
            for (long i = 0; i < wanted.size(); i++) {
                assertThat(got.getFloat(i)).isCloseTo(wanted.getFloat(i), within(1e-5f));
            }
        }
    }
}
