package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryBandwidthTest {
    @Test
    void noSetIsFasterThanASmallerOne() {
        List<MemoryBandwidth.Rate> rates = MemoryBandwidth.measure(1);
        assertThat(rates)
                .isNotEmpty()
                .allSatisfy(r -> assertThat(r.bytesPerSecond()).isBetween(1e7, 1e14));
        for (int i = 1; i < rates.size(); i++) {
            assertThat(rates.get(i).bytes()).isGreaterThan(rates.get(i - 1).bytes());
            assertThat(rates.get(i).bytesPerSecond())
                    .isLessThanOrEqualTo(rates.get(i - 1).bytesPerSecond());
        }
    }
}
