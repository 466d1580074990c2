package dev.lathe.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.compress.Sensitivity.Cell;
import dev.lathe.compress.Sensitivity.Row;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AllocationTest {
    private static final List<Strategy> WAYS = List.of(Quantization.F16, Quantization.WEIGHTS);

    private static Allocation allocation(Row... rows) {
        return new Allocation(new Sensitivity(List.of("f16", "int8"), List.of(rows), 1), WAYS);
    }

    private static Row row(String name, double half, double quarter) {
        return new Row(name, "product", 100, 400, List.of(new Cell(true, 200, half), new Cell(true, 100, quarter)));
    }

    @Test
    void theLeastSensitiveWeightsGoFirst() {
        Allocation a = allocation(row("robust", 0.001, 0.002), row("fragile", 0.01, 0.5));
        assertThat(a.within(800)).isEmpty();
        assertThat(a.within(500)).containsExactly(Map.entry("robust", Quantization.WEIGHTS));
        assertThat(a.within(300))
                .containsExactly(Map.entry("robust", Quantization.WEIGHTS), Map.entry("fragile", Quantization.F16));
        assertThat(a.within(0)).containsValues(Quantization.WEIGHTS).doesNotContainValue(Quantization.F16);
        assertThat(a.canShrink(a.within(300))).isTrue();
        assertThat(a.canShrink(a.within(0))).isFalse();
        assertThat(a.mostSensitive()).map(Row::name).contains("fragile");
    }

    @Test
    void aWayThatIsWorseAndLargerIsNotTaken() {
        Allocation a = allocation(row("w", 0.5, 0.001));
        assertThat(a.frontier()).containsExactly(Map.of(), Map.of("w", Quantization.WEIGHTS));
    }

    @Test
    void whatAWayDoesNotChangeStays() {
        Allocation a = allocation(
                new Row("w", "product", 100, 400, List.of(new Cell(false, 400, 0), new Cell(false, 400, 0))));
        assertThat(a.within(0)).isEmpty();
    }

    /** Sizes are kept where they can be, and noise only grows along the frontier while bytes fall. */
    @Test
    void lawsOfRandomAllocations() {
        Random r = new Random(1);
        for (int i = 0; i < 200; i++) {
            Row[] rows = IntStream.range(0, 1 + r.nextInt(8))
                    .mapToObj(k -> row("w" + k, r.nextDouble(), r.nextDouble()))
                    .toArray(Row[]::new);
            Allocation a = allocation(rows);
            long most = r.nextInt(400 * rows.length + 1);
            Map<String, Strategy> choice = a.within(most);
            if (most >= 100L * rows.length) {
                assertThat(a.bytes(choice)).isLessThanOrEqualTo(most);
            }
            List<Map<String, Strategy>> frontier = a.frontier();
            for (int k = 1; k < frontier.size(); k++) {
                assertThat(a.bytes(frontier.get(k))).isLessThan(a.bytes(frontier.get(k - 1)));
            }
            assertThat(a.bytes(frontier.getLast())).isEqualTo(100L * rows.length);
        }
    }
}
