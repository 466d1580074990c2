package dev.lathe.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import dev.lathe.runtime.input.RandomInputs;
import dev.lathe.runtime.input.SymbolSizes;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RandomInputsTest {
    private static final Graph GRAPH = IrText.parse("""
        graph @g(%ids: i64[batch, sequence], %attention_mask: i64[batch, sequence], %rate: i64[], %x: f32[batch, 4]) -> (f32[batch, sequence, 2], bool[], f32[batch, sequence], f32[batch, 4]) {
          %table = constant [1, 2, 3, 4, 5, 6] : f32[3, 2]
          %narrow = cast(%ids) {to=i32, saturate=true} : i32[batch, sequence]
          %wide = cast(%narrow) {to=i64, saturate=true} : i64[batch, sequence]
          %e = gather(%table, %wide) {axis=0} : f32[batch, sequence, 2]
          %m = cast(%attention_mask) {to=f32, saturate=true} : f32[batch, sequence]
          %wanted = constant 16000 : i64[]
          %hit = equal(%rate, %wanted) : bool[]
          %y = relu(%x) : f32[batch, 4]
          return %e, %hit, %m, %y
        }
        """);

    private static List<Port> ports() {
        return GRAPH.inputs().stream().map(v -> new Port(v.name(), v.type())).toList();
    }

    private static Tensor random(String input, long seed) {
        Port port =
                ports().stream().filter(p -> p.name().equals(input)).findFirst().orElseThrow();
        SymbolSizes sizes = SymbolSizes.of(ports(), Map.of(), Map.of("ids", Shape.of(40, 50)));
        return (Tensor) new RandomInputs(new InputRoles(GRAPH)::of, sizes, seed).value(port);
    }

    @Test
    void tokenIdsAreWithinTheTableThatTheyIndexThroughCasts() {
        long[] ids = random("ids", 1).toLongArray();
        assertThat(ids).hasSize(2000);
        assertThat(LongStream.of(ids).distinct().sorted().toArray()).containsExactly(0, 1, 2);
    }

    @Test
    void masksAreOnes() {
        assertThat(random("attention_mask", 1).toLongArray()).hasSize(2000).containsOnly(1);
    }

    @Test
    void aChoiceIsOneThatTheGraphKnows() {
        assertThat(random("rate", 1)).isEqualTo(Tensor.scalar(16000L));
    }

    @Test
    void otherNumbersAreNormal() {
        float[] x = random("x", 1).toFloatArray();
        double mean = 0;
        for (float v : x) {
            mean += v / x.length;
        }
        assertThat(mean).isBetween(-0.3, 0.3);
        assertThat(x).hasSize(160);
    }

    @Test
    void theSeedDecides() {
        assertThat(random("x", 5)).isEqualTo(random("x", 5)).isNotEqualTo(random("x", 6));
    }

    @Test
    void symbolsGetSizesFromValuesThenShapesThenDefaults() {
        SymbolSizes sizes = SymbolSizes.of(ports(), Map.of("x", Tensor.of(new float[12], 3, 4)), Map.of());
        assertThat(sizes.size("batch")).isEqualTo(3);
        assertThat(sizes.size("sequence")).isEqualTo(16);
        assertThat(sizes.assumed()).containsOnlyKeys("sequence");
        assertThat(sizes).hasToString("sequence=16");
    }

    @Test
    void aShapeThatDoesNotFitIsRefused() {
        assertThatThrownBy(() -> SymbolSizes.of(ports(), Map.of(), Map.of("x", Shape.of(1, 5))))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("cannot have shape [1, 5]");
        assertThatThrownBy(() -> SymbolSizes.of(ports(), Map.of(), Map.of("x", Shape.of(1, 4), "ids", Shape.of(2, 4))))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("one size");
    }
}
