package dev.lathe.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DatasetTest {
    private static final Path FROM = Path.of("data.npz");

    private static Port port(Dim batch) {
        return new Port("x", new TensorType(ElementType.F32, Shape.of(batch, Dim.of(2))));
    }

    private static Map<String, Tensor> rows(int count) {
        float[] values = new float[2 * count];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        return Map.of("x", Tensor.of(values, count, 2));
    }

    @Test
    void anOpenBatchTakesOneRowACall() {
        Dataset data = Dataset.rows(rows(3), List.of(port(Dim.symbol("N"))), FROM);
        assertThat(data.size()).isEqualTo(3);
        assertThat(data.sample(2)).isEqualTo(Map.of("x", Tensor.of(new float[] {4, 5}, 1, 2)));
    }

    @Test
    void aFixedBatchTakesAsManyAsItSaysAndLeavesTheRest() {
        Dataset data = Dataset.rows(rows(5), List.of(port(Dim.of(2))), FROM);
        assertThat(data.size()).isEqualTo(2);
        assertThat(data.sample(1)).isEqualTo(Map.of("x", Tensor.of(new float[] {4, 5, 6, 7}, 2, 2)));
        assertThat(data.first(1).size()).isEqualTo(1);
        assertThat(data.first(9).size()).isEqualTo(2);
    }

    @Test
    void aCallWithNaNIsRefusedAndOneWithInfinityIsNot() {
        Tensor missing = Tensor.of(new float[] {1, Float.NaN}, 2);
        Tensor masked = Tensor.of(new float[] {0, Float.NEGATIVE_INFINITY}, 2);
        Tensor half = Tensor.zeros(ElementType.F16, 1);
        half.setDouble(0, Double.NaN);
        Dataset data = new CheckedDataset(Dataset.of(List.of(
                Map.of("x", masked),
                Map.of("x", missing),
                Map.of("h", half),
                Map.of("i", Tensor.zeros(ElementType.I64, 3)))));
        assertThat(data.sample(0)).isEqualTo(Map.of("x", masked));
        assertThat(data.sample(3)).hasSize(1);
        for (int call : new int[] {1, 2}) {
            assertThatThrownBy(() -> data.sample(call))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("of call " + call + " of the data has a NaN");
        }
    }

    @Test
    void whatDoesNotFitIsSaid() {
        List<Port> ports = List.of(port(Dim.symbol("N")));
        assertThatThrownBy(() -> Dataset.rows(Map.of("y", Tensor.of(new float[2], 1, 2)), ports, FROM))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("no array for input \"x\"");
        assertThatThrownBy(() -> Dataset.rows(Map.of("x", Tensor.of(new float[2], 2)), ports, FROM))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("has shape [2]");
        assertThatThrownBy(() -> Dataset.rows(rows(1), List.of(port(Dim.of(2))), FROM))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("enough for 0 calls");
    }
}
