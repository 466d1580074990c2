package dev.lathe.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.type.Dim;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProfileTest {
    @Test
    void whatTakesLongestComesFirst() {
        Launch one = new Launch("one", List.of(Dim.ONE), 1, List.of());
        Launch two = new Launch("two", List.of(Dim.ONE), 1, List.of());
        Profile profile = new Profile("a device");
        for (int i = 0; i < 2; i++) {
            profile.call();
            profile.add(one, "\"a\"", 1_000_000);
            profile.add(two, "\"b\"", 3_000_000);
        }
        assertThat(profile.toString().lines().toList())
                .containsExactly(
                        "a device: 2 calls, 4.000 ms in kernels a call",
                        "   75.0 %      6.000 ms       2 runs  two  \"b\"",
                        "   25.0 %      2.000 ms       2 runs  one  \"a\"");
    }
}
