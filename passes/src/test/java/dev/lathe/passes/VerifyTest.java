package dev.lathe.passes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.clean.DeadCode;
import dev.lathe.passes.listen.Verify;
import java.util.List;
import org.junit.jupiter.api.Test;

class VerifyTest {
    /** Forgets where the input is. */
    private record Breaking() implements Pass {
        @Override
        public String name() {
            return "breaking";
        }

        @Override
        public String description() {
            return "makes an invalid graph";
        }

        @Override
        public Graph run(Graph graph, PassContext context) {
            Builder b = Builder.graph(graph.name());
            graph.nodes().forEach(b::reuse);
            return b.build(graph.outputs(), graph.outputNames());
        }
    }

    private static Graph graph() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 4));
        Value y = new Value("y", x.type());
        b.reuse(new Node(new Unary(UnaryFunction.EXP, x), List.of(y), dev.lathe.ir.Location.NONE));
        return b.build(List.of(y), List.of("y"));
    }

    @Test
    void thePassThatBreaksAGraphIsNamed() {
        Pipeline p = Pipeline.of(new DeadCode(), new Breaking());
        assertThatThrownBy(() -> PassManager.run(graph(), p, List.of(new Verify())))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("after pass breaking, the one at position 1")
                .hasMessageContaining("line 2: %x is used before it is defined, in `%y = exp(%x) : f32[4]`");
    }

    @Test
    void withoutItNothingIsChecked() {
        assertThat(PassManager.run(graph(), Pipeline.of(new Breaking()), List.of())
                        .inputs())
                .isEmpty();
    }
}
