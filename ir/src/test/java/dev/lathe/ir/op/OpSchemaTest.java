package dev.lathe.ir.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.OpSchema.Component;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class OpSchemaTest {
    private static final Dim N = Dim.symbol("n");
    private static final Value X = new Value("x", TensorType.of(ElementType.F32, 1, 1, 4));
    private static final Window WINDOW = new Window(List.of(2L), List.of(N, Dim.ZERO), List.of(1L));
    private static final Pool POOL =
            new Pool(PoolFunction.MAX_POOL, X, List.of(3L), WINDOW, true, ChannelLayout.CHANNELS_FIRST);

    private final OpSchema schema = OpSchema.of(Pool.class);

    @Test
    void membersOfASetAreComponentsOfTheOp() {
        assertThat(schema.components())
                .extracting(Component::textName)
                .containsExactly("function", "x", "kernel", "strides", "pads", "dilations", "ceil_mode", "layout");
        assertThat(schema.components().get(4).get(POOL)).isEqualTo(WINDOW.pads());
    }

    @Test
    void anOpIsMadeOfItsComponents() {
        Object[] values = schema.components().stream().map(c -> c.get(POOL)).toArray();
        assertThat(schema.create(values)).isEqualTo(POOL);
        assertThat(schema.source(List.of("f", "x", "k", "s", "p", "d", "c", "l")))
                .isEqualTo("new dev.lathe.ir.op.Pool(f, x, k, new dev.lathe.ir.op.Window(s, p, d), c, l)");
    }

    @Test
    void dimensionsInASetAreReplaced() {
        Op fixed =
                POOL.map(UnaryOperator.identity(), UnaryOperator.identity(), d -> d.substitute(Map.of("n", Dim.ONE)));
        assertThat(((Pool) fixed).pads()).containsExactly(Dim.ONE, Dim.ZERO);
        assertThat(schema.attributeSymbols(POOL)).containsExactly("n");
    }
}
