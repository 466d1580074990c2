package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryTest {
    @ParameterizedTest
    @CsvSource({"10,16000,20m", "400,16000,800m", "10000,16000,14400m", "2000,-1,4000m"})
    void adviceIsAHeapThatTheMachineHas(long heap, long machine, String size) {
        assertThat(Memory.advice("java -Xmx", heap, machine)).startsWith("give it more, for example java -Xmx" + size);
    }

    @ParameterizedTest
    @CsvSource({"14400,16000", "16000,16000", "3,2"})
    void whereThereIsNoMoreTheInputsMustShrink(long heap, long machine) {
        assertThat(Memory.advice("java -Xmx", heap, machine))
                .doesNotContain("-Xmx")
                .contains(machine + " MB");
    }
}
