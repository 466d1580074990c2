package dev.lathe.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.backend.Roofline.Bandwidth;
import dev.lathe.backend.Roofline.Bound;
import dev.lathe.backend.Roofline.Least;
import java.util.List;
import org.junit.jupiter.api.Test;

class RooflineTest {
    /** A hundred operations a second, a hundred bytes a second from a cache of ten, ten from memory. */
    private static final Roofline MACHINE = new Roofline(100, List.of(new Bandwidth(10, 100), new Bandwidth(1000, 10)));

    @Test
    void theGreaterOfBothBounds() {
        assertThat(MACHINE.least(500, 10, 0, 0)).isEqualTo(new Least(5, Bound.ARITHMETIC));
        assertThat(MACHINE.least(5, 10, 0, 0)).isEqualTo(new Least(0.1, Bound.CACHE));
        assertThat(MACHINE.least(5, 20, 0, 0)).isEqualTo(new Least(2, Bound.MEMORY));
        assertThat(MACHINE.least(5, 5000, 0, 0)).isEqualTo(new Least(500, Bound.MEMORY));
    }

    @Test
    void weightsComeFromWhereAllWeightsFit() {
        assertThat(MACHINE.least(0, 10, 5, 5)).isEqualTo(new Least(0.1, Bound.CACHE));
        assertThat(MACHINE.least(0, 10, 5, 500)).isEqualTo(new Least(0.55, Bound.CACHE));
        assertThat(MACHINE.least(0, 10, 10, 500)).isEqualTo(new Least(1, Bound.MEMORY));
    }

    @Test
    void thereIsAMemory() {
        assertThatThrownBy(() -> new Roofline(1, List.of())).hasMessage("no bandwidth");
    }
}
