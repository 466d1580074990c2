package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is drawn has the probabilities that were given, and is the same by kernels and by the reference. */
class DrawsTest {
    private static final int DRAWS = 20_000;

    @TempDir
    private Path folder;

    @Test
    void multinomial() throws IOException {
        double[] probabilities = {0, 0.1, 0.2, 0, 0.65, 0.05, 0};
        Tensor logits = Tensor.zeros(ElementType.F32, 2, probabilities.length);
        for (int i = 0; i < probabilities.length; i++) {
            logits.setDouble(i, Math.log(probabilities[i]));
            logits.setDouble(probabilities.length + i, Math.log(probabilities[probabilities.length - 1 - i]) + 900);
        }
        NodeModel node = NodeModel.of(
                "multinomial", "Multinomial-21", "y", logits, attribute("sample_size", DRAWS), attribute("seed", 3f));
        Tensor y = Tensor.named(OperatorTest.evaluated(node.proto(), node.inputs()), "y");
        double[][] shares = new double[2][probabilities.length];
        for (int i = 0; i < 2 * DRAWS; i++) {
            shares[i / DRAWS][(int) y.getLong(i)] += 1.0 / DRAWS;
        }
        for (int i = 0; i < probabilities.length; i++) {
            double p = probabilities[i];
            assertThat(shares[0][i]).isCloseTo(p, within(p == 0 ? 0 : 0.02));
            assertThat(shares[1][probabilities.length - 1 - i]).isCloseTo(p, within(p == 0 ? 0 : 0.02));
        }
        Path file = Files.write(folder.resolve("multinomial.onnx"), node.proto().toByteArray());
        try (Executable run =
                Lathe.compile(file, CompileOptions.builder().build()).load()) {
            Map<String, Datum> drawn = run.run(node.inputs());
            assertThat(Tensor.named(drawn, "y")).isEqualTo(y);
        }
    }
}
