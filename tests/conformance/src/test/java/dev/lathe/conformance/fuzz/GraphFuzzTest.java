package dev.lathe.conformance.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A short campaign with fixed seeds; {@link GraphFuzzer} goes on from there. */
class GraphFuzzTest {
    private static final int GRAPHS = 300;
    private static final int QUANTIZED = 60;

    @Test
    void everyWayToRunARandomGraphGivesTheSame() {
        List<String> failures = new ArrayList<>();
        Tally tally = new Tally();
        for (long seed = 0; seed < GRAPHS; seed++) {
            GraphFuzzer.failure(seed, tally).ifPresent(failures::add);
        }
        assertThat(failures).isEmpty();
        assertThat(tally.count(Oracle.COMPARED)).isGreaterThan(GRAPHS / 2);
    }

    @Test
    void quantizedGraphsGiveTheSameBits() {
        List<String> failures = new ArrayList<>();
        Tally tally = new Tally();
        for (long seed = 0; seed < QUANTIZED; seed++) {
            GraphFuzzer.quantizedFailure(seed, tally).ifPresent(failures::add);
        }
        assertThat(failures).isEmpty();
    }
}
