package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A model gives the same bits on tiles in machine code, of the Vector API, and without vectors. */
class TilesTest {
    private static final String PROPERTY = "lathe.tiles";

    private final Random random = new Random(3);

    private Tensor floats(long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setFloat(i, (float) random.nextGaussian());
        }
        return t;
    }

    /** Products with constant and with computed columns, and windows inside of an image and over its border. */
    private Graph graph() {
        Builder b = Builder.graph("tiles");
        Dim n = Dim.symbol("n");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(n, Dim.of(37))));
        Value product = b.matMul(x, b.constant(floats(37, 70)));
        Value square = b.matMul(product, b.transpose(product, List.of(1, 0)));
        Value image = b.input("image", TensorType.of(ElementType.F32, 1, 9, 11, 7));
        Value filters = b.constant(floats(45, 9, 3, 3));
        Window window = new Window(List.of(1L, 1L), List.of(Dim.ONE, Dim.ONE, Dim.ONE, Dim.ONE), List.of(1L, 1L));
        Value conv = b.add(new Conv(image, filters, window, 1, ChannelLayout.CHANNELS_FIRST));
        return b.build(List.of(product, square, conv), List.of("product", "square", "conv"));
    }

    private static Map<String, Datum> run(JavaArtifact model, String tiles, Map<String, Tensor> in) {
        String before = System.getProperty(PROPERTY);
        System.setProperty(PROPERTY, tiles);
        try (Executable run = model.load()) {
            return Map.copyOf(run.run(Map.copyOf(in)));
        } finally {
            if (before == null) {
                System.clearProperty(PROPERTY);
            } else {
                System.setProperty(PROPERTY, before);
            }
        }
    }

    @Test
    void allTilesGiveTheSameBits() {
        JavaArtifact model = JavaBackendTest.compile(graph());
        for (long rows : new long[] {1, 5, 12, 49}) {
            Map<String, Tensor> in = Map.of("x", floats(rows, 37), "image", floats(1, 9, 11, 7));
            Map<String, Datum> scalar = run(model, "scalar", in);
            assertThat(run(model, "vector", in)).isEqualTo(scalar);
            assertThat(run(model, "machine", in)).isEqualTo(scalar);
        }
    }

    @Test
    void otherTilesAreAFault() {
        JavaArtifact model = JavaBackendTest.compile(graph());
        assertThatThrownBy(() -> run(model, "matrix", Map.of()))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("run.tiles")
                .hasMessageContaining("-Dlathe.tiles=machine, vector or scalar");
    }
}
