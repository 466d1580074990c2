package dev.lathe.filetests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/** Whether two runs give the same: integers, booleans and strings exactly, floats to the precision of their type. */
final class Results {
    private final OptionalDouble within;

    private Results(OptionalDouble within) {
        this.within = within;
    }

    /** {@code within} is how much floats may differ, as a share of the largest; empty for what their type allows. */
    static void assertSame(
            Map<String, ? extends Datum> expected,
            Map<String, ? extends Datum> actual,
            OptionalDouble within,
            String what) {
        Results results = new Results(within);
        assertThat(actual.keySet()).as(what).containsExactlyElementsOf(expected.keySet());
        expected.forEach((name, value) -> results.assertSame(value, actual.get(name), what + ", output " + name));
    }

    private void assertSame(Datum expected, @Nullable Datum actual, String what) {
        if (expected instanceof Tensor e && actual instanceof Tensor a) {
            assertSame(e, a, what);
        } else if (expected instanceof Datum.Sequence e
                && actual instanceof Datum.Sequence a
                && a.items().size() == e.items().size()) {
            for (int i = 0; i < e.items().size(); i++) {
                assertSame(e.items().get(i), a.items().get(i), what + ", item " + i);
            }
        } else if (expected instanceof Datum.Mapping e
                && actual instanceof Datum.Mapping a
                && a.entries().keySet().equals(e.entries().keySet())) {
            e.entries().forEach((key, value) -> assertSame(value, a.entries().get(key), what + ", key " + key));
        } else {
            assertThat(actual).as(what).isEqualTo(expected);
        }
    }

    private void assertSame(Tensor expected, Tensor actual, String what) {
        assertThat(actual.type()).as(what).isEqualTo(expected.type());
        if (!expected.element().isFloat()) {
            assertThat(actual).as(what).isEqualTo(expected);
            return;
        }
        double scale = 0;
        for (long i = 0; i < expected.size(); i++) {
            double e = Math.abs(expected.getDouble(i));
            scale = Double.isFinite(e) ? Math.max(scale, e) : scale;
        }
        double precision = within.orElse(expected.element().bits() < 32 ? 1e-2 : 1e-5);
        for (long i = 0; i < expected.size(); i++) {
            double e = expected.getDouble(i);
            double a = actual.getDouble(i);
            boolean same =
                    e == a || (Double.isNaN(e) && Double.isNaN(a)) || Math.abs(e - a) <= precision * (scale + 1e-3);
            assertThat(same).as("%s at %d: expected %s, got %s", what, i, e, a).isTrue();
        }
    }
}
