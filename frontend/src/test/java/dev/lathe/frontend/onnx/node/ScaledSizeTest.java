package dev.lathe.frontend.onnx.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.type.Dim;
import org.junit.jupiter.api.Test;

class ScaledSizeTest {
    @Test
    void sizeThatIsOpenBecomesWhatAKnownOneBecomes() {
        for (float factor : new float[] {0.1f, 0.3f, 1 / 3f, 0.6f, 0.7f, 1.3f, 2, 7 / 3f, 1e-9f, 1e-30f}) {
            Dim open = ScaledSize.of(Dim.symbol("n"), factor);
            for (long size : new long[] {0, 1, 2, 3, 5, 6, 9, 10, 30, 224, 640, 1_000_000}) {
                assertThat(open.evaluate(n -> size))
                        .as("%d times %s", size, factor)
                        .isEqualTo(ScaledSize.of(Dim.of(size), factor).constant());
            }
        }
    }
}
