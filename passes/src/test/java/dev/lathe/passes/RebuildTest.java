package dev.lathe.passes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Equalities;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.clean.Canonicalize;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What passes tell of the values that they replace. */
class RebuildTest {
    @Test
    void aValueEqualsTheOneThatTookItsPlace() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 2));
        Value same = b.add(x, b.constant(Tensor.of(new float[] {0, 0}, 2)));
        Value y = b.relu(same);
        Graph graph = b.build(y);
        Equalities equalities = new Equalities();
        Graph made =
                Rebuild.observed(equalities, () -> PassManager.run(graph, Pipeline.of(new Canonicalize()), List.of()));
        assertThat(equalities.representative(same)).isSameAs(equalities.representative(x));
        assertThat(equalities.members(y)).contains(y, made.outputs().getFirst());
        assertThat(equalities.representative(y)).isNotSameAs(equalities.representative(x));
    }

    @Test
    void valuesOfDifferentKindsAreNotEqual() {
        Value x = new Value("x", TensorType.of(ElementType.F32, 2));
        Value y = new Value("y", TensorType.of(ElementType.F64, 2));
        Equalities equalities = new Equalities();
        equalities.same(x, y);
        assertThat(equalities.members(x)).containsExactly(x);
    }
}
