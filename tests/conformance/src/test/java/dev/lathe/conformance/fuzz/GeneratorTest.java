package dev.lathe.conformance.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.op.OpCatalog;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What random graphs are made of. */
class GeneratorTest {
    private static final int GRAPHS = 3_000;

    /** Ops that no random graph has, with the reason. */
    private static final Map<String, String> NEVER = Map.of("fail", "it ends every run");

    @Test
    void everyOpAndElementTypeOccurs() {
        Set<String> missing = new TreeSet<>(OpCatalog.standard().entries().keySet());
        Set<ElementType> types = EnumSet.allOf(ElementType.class);
        for (long seed = 0; seed < GRAPHS && !(types.isEmpty() && missing.equals(NEVER.keySet())); seed++) {
            GraphGenerator.sample(seed).graph().allNodes().forEach(n -> {
                missing.remove(n.op().mnemonic());
                n.results().forEach(v -> {
                    if (v.type() instanceof TensorType t) {
                        types.remove(t.element());
                    }
                });
            });
        }
        assertThat(missing).isEqualTo(NEVER.keySet());
        assertThat(types).isEmpty();
    }
}
