package dev.lathe.ir.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.If;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.List;
import org.junit.jupiter.api.Test;

class UsesTest {
    private static final TensorType VECTOR = TensorType.of(ElementType.F32, 10);

    private final Builder b = Builder.graph("g");
    private final Value c = b.input("c", TensorType.scalar(ElementType.BOOL));
    private final Value x = b.input("x", VECTOR);
    private final Value e = b.exp(x);

    private Graph conditional() {
        Builder yes = Builder.graph("yes");
        Graph then = yes.build(List.of(yes.add(e, e)), List.of("t"));
        Builder no = Builder.graph("no");
        Graph otherwise = no.build(List.of(no.relu(e)), List.of("o"));
        Value y = b.add(new If(c, then, otherwise, List.of(VECTOR), List.of()));
        return b.build(List.of(y), List.of("y"));
    }

    @Test
    void aNodeUsesWhatItsRegionsUse() {
        Graph g = conditional();
        Uses uses = Uses.OF_NODES.of(g);
        assertThat(uses.nodes()).isEqualTo(g.nodes());
        assertThat(uses.users(e)).containsOnly(g.nodes().getLast());
        assertThat(uses.definition(e)).isSameAs(g.nodes().getFirst());
        assertThat(uses.definition(x)).isNull();
        assertThat(uses.isOutput(e)).isFalse();
        assertThat(uses.isOutput(g.outputs().getFirst())).isTrue();
    }

    @Test
    void nodesInRegionsCountForThemselves() {
        Graph g = conditional();
        Uses uses = Uses.OF_ALL_NODES.of(g);
        assertThat(uses.nodes()).hasSize(4);
        assertThat(uses.users(e)).extracting(n -> n.op().mnemonic()).containsExactly("add", "add", "relu");
        assertThat(uses.users(c)).containsExactly(g.nodes().getLast());
    }

    @Test
    void trafficIsWhatIsReadAndWritten() {
        Graph g = conditional();
        GraphCost cost = new GraphCost(_ -> 1);
        assertThat(cost.trafficBytes(g.nodes().getFirst())).isEqualTo(2 * 40);
    }
}
