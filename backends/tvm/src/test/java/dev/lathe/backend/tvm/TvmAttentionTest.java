package dev.lathe.backend.tvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Numerics;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attention in one kernel, whatever the numbers of rows, keys and columns. */
class TvmAttentionTest {
    private static final String SYMBOLIC = """
        graph @attend(%q: f32[b, h, s, d], %k: f32[b, h, t, d], %v: f32[b, h, t, e], %m: f32[b, 1, s, t])
            -> (f32[b, h, s, e], f32[b, h, s, e]) {
          %plain = scaled_dot_product_attention(%q, %k, %v) {scale=0.25}
          %masked = scaled_dot_product_attention(%q, %k, %v, %m) {scale=0.5}
          return %plain, %masked
        }
        """;

    @BeforeEach
    void needsLibrary() {
        TvmModels.needLibrary();
    }

    private static Map<String, Tensor> operands(long b, long h, long s, long t, long d, long e) {
        return Map.of(
                "q", TvmModels.random(1, b, h, s, d),
                "k", TvmModels.random(2, b, h, t, d),
                "v", TvmModels.random(3, b, h, t, e),
                "m", TvmModels.random(4, b, 1, s, t));
    }

    private static String text(long b, long h, long s, long t, long d, long e) {
        String text = SYMBOLIC;
        for (String[] size :
                new String[][] {{"b", "" + b}, {"h", "" + h}, {"s", "" + s}, {"t", "" + t}, {"d", "" + d}, {"e", "" + e}
                }) {
            text = text.replaceAll("(?<=[\\[ ])" + size[0] + "(?=[,\\]])", size[1]);
        }
        return text;
    }

    @ParameterizedTest
    @CsvSource({
        "1, 2, 5, 7, 8, 8",
        "2, 3, 70, 70, 32, 32",
        "1, 1, 1, 300, 16, 40",
        "1, 2, 130, 257, 24, 33",
        "1, 1, 3, 1, 1, 1"
    })
    void sizes(long b, long h, long s, long t, long d, long e) {
        Map<String, Tensor> in = operands(b, h, s, t, d, e);
        TvmModels.check(SYMBOLIC, in);
        TvmModels.check(text(b, h, s, t, d, e), in);
    }

    /** Rows that see nothing, scores that are no numbers, and scores whose exponentials would overflow. */
    @Test
    void extremes() {
        Map<String, Tensor> in = operands(1, 2, 9, 140, 8, 8);
        Tensor mask = Tensor.named(in, "m");
        for (int t = 0; t < 140; t++) {
            mask.setFloat(t, Float.NEGATIVE_INFINITY);
            mask.setFloat(140 + t, t < 130 ? Float.NEGATIVE_INFINITY : 0);
            mask.setFloat(280 + t, t == 139 ? Float.NaN : 0);
            mask.setFloat(420 + t, 300 * t);
            mask.setFloat(560 + t, t == 3 ? Float.POSITIVE_INFINITY : 0);
        }
        TvmModels.check(SYMBOLIC, in);
    }

    @Test
    void theScoresAreNowhere() {
        Graph graph = IrText.parse(SYMBOLIC);
        TvmArtifact artifact = TvmModels.artifact(graph, TvmModels.options(1, Numerics.STRICT));
        assertThat(artifact.plans().text()).contains("attention").doesNotContain("softmax", "product");
        assertThat(artifact.plans().plan().buffers())
                .allMatch(buffer -> buffer.shape().dims().stream()
                        .noneMatch(d -> d.toString().equals("t")));
    }
}
