package dev.lathe.ir.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class CheckTest {
    private static final List<Dim> DIMS = List.of(
            Dim.ONE,
            Dim.of(4),
            Dim.symbol("a"),
            Dim.symbol("b"),
            Dim.symbol("a").plus(Dim.symbol("b")));

    /**
     * Whatever positive sizes the symbols have for which the shapes broadcast, the inferred shape is the one they
     * broadcast to.
     */
    @Property(tries = 2000)
    void broadcastIsThatOfTheSizes(@ForAll long seed) {
        Random random = new Random(seed);
        Map<String, Long> sizes = new HashMap<>();
        sizes.put("a", 1L + random.nextInt(3));
        sizes.put("b", 1L + random.nextInt(3));
        List<Dim> x = dims(random);
        List<Dim> y = dims(random);
        List<Long> expected = new ArrayList<>();
        int rank = Math.max(x.size(), y.size());
        for (int i = 0; i < rank; i++) {
            int fromEnd = rank - i;
            long p = fromEnd > x.size() ? 1 : x.get(x.size() - fromEnd).evaluate(sizes::get);
            long q = fromEnd > y.size() ? 1 : y.get(y.size() - fromEnd).evaluate(sizes::get);
            if (p != q && p != 1 && q != 1) {
                return; // these sizes do not broadcast
            }
            expected.add(p == 1 ? q : p);
        }
        Shape inferred = Check.INSTANCE.broadcast(Shape.of(x), Shape.of(y));
        assertThat(inferred.dims().stream().map(d -> d.evaluate(sizes::get)).toList())
                .as("%s and %s with %s give %s", x, y, sizes, inferred)
                .isEqualTo(expected);
        assertThat(Check.INSTANCE.broadcast(Shape.of(y), Shape.of(x))).isEqualTo(inferred);
    }

    private static List<Dim> dims(Random random) {
        List<Dim> dims = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            dims.add(DIMS.get(random.nextInt(DIMS.size())));
        }
        return dims;
    }

    @Test
    void constantsThatDiffer() {
        assertThatThrownBy(() -> Check.INSTANCE.broadcast(Shape.of(2, 3), Shape.of(4)))
                .isInstanceOf(InvalidOpException.class)
                .hasMessage("shapes [2, 3] and [4] do not broadcast");
    }

    @Test
    void everyOpHasItsOwnName() {
        OpCatalog catalog = OpCatalog.standard();
        assertThat(catalog.entries()).containsKeys("add", "softmax", "if", "reduce_sum", "fused", "constant");
        assertThat(catalog.entries().keySet()).allMatch(name -> name.matches("[a-z][a-z0-9_]*"));
    }

    @Test
    void aTensorHasAtMostSixtyFourAxes() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(Collections.nCopies(64, Dim.symbol("n")))));
        Shape more = Shape.of(Collections.nCopies(65, Dim.symbol("n")));
        assertThatThrownBy(() -> b.broadcast(x, more))
                .isInstanceOf(TooLargeException.class)
                .hasMessageContaining("65 axes");
    }
}
