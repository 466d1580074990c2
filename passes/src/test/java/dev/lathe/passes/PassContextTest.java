package dev.lathe.passes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Analysis;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PassContextTest {
    private static final PassContext.Key<Long> CACHE = PassContext.key("cache");
    private static final PassContext.Key<Long> OTHER = PassContext.key("cache");

    private static Graph graph() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 2));
        return b.build(List.of(b.exp(x)), List.of("y"));
    }

    @Test
    void whatIsKnownUnderAKeyStaysWithTheContextsMadeOfIt() {
        PassContext context = PassContext.standard().with(CACHE, 4L).withNumerics(Numerics.STRICT);
        assertThat(context.get(CACHE)).contains(4L);
        assertThat(context.get(OTHER)).isEmpty();
        assertThat(context.with(CACHE, 5L).get(CACHE)).contains(5L);
        assertThat(context.get(CACHE)).contains(4L);
    }

    @Test
    void anAnalysisRunsOnceForAGraph() {
        AtomicInteger runs = new AtomicInteger();
        Analysis<Integer> size = g -> runs.incrementAndGet() * 100 + g.nodes().size();
        PassContext context = PassContext.standard();
        Graph graph = graph();
        assertThat(context.analysis(size, graph)).isEqualTo(101);
        assertThat(context.analysis(size, graph)).isEqualTo(101);
        assertThat(context.analysis(size, graph())).isEqualTo(201);
    }
}
