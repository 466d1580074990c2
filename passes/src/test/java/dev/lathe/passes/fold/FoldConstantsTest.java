package dev.lathe.passes.fold;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.PassContext;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

class FoldConstantsTest {
    /** Each node is made of all that are before it, so their sizes are asked for again and again. */
    @Test
    void aLongChainThatCannotBeFoldedTakesLittle() {
        Builder b = Builder.graph("chain");
        Value shared = b.unary(UnaryFunction.NEGATE, b.constant(Tensor.zeros(ElementType.F32, 27, 27)));
        Value last = shared;
        for (int i = 0; i < 1000; i++) {
            last = b.unary(UnaryFunction.ABS, last);
        }
        Graph graph = b.build(List.of(shared, last), List.of("shared", "last"));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        Graph folded = new FoldConstants().run(graph, PassContext.standard());
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(600L << 20);
        assertThat(folded.nodes()).hasSize(1001);
    }
}
