package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class FmaPeakTest {
    @Test
    void everyScalarChainTendsToOne() {
        FmaPeak.Kernel kernel = new ScalarFma();
        assertThat(kernel.run(100)).isCloseTo(kernel.flopsPerRound() / 2f, within(1e-3f));
    }

    @Test
    void everyLaneOfEveryVectorChainTendsToOne() {
        Assumptions.assumeTrue(Machine.VECTOR, "the Vector API is not part of this JVM");
        FmaPeak.Kernel kernel = new VectorFma();
        assertThat(kernel.run(100)).isCloseTo(kernel.flopsPerRound() / 2f, within(1e-3f));
    }

    @Test
    void theRateIsThatOfAMachineOfThisCentury() {
        assertThat(FmaPeak.measure(1)).isBetween(1e7, 1e13);
    }
}
