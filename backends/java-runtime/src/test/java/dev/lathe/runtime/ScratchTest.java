package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What two workers write lies in different lines of the caches. */
class ScratchTest {
    private static final Path SOURCES = Path.of("src/main/java/dev/lathe/runtime");
    /** An array of small arrays, one for each worker, that is not made by {@link Scratch}. */
    private static final Pattern BY_HAND = Pattern.compile("new (int|float|short|byte|long|double)\\[workers\\]\\[");

    @Test
    void aGapFollowsEachArray() {
        assertThat(4 * Scratch.floats(2, 3)[0].length - 4 * 3).isGreaterThanOrEqualTo(128);
        assertThat(4 * Scratch.ints(2, 3)[1].length - 4 * 3).isGreaterThanOrEqualTo(128);
        assertThat(2 * Scratch.shorts(2, 1)[1].length - 2).isGreaterThanOrEqualTo(128);
        assertThat(Scratch.bytes(2, 5)[0].length - 5).isGreaterThanOrEqualTo(128);
    }

    @Test
    void noKernelMakesItsScratchByHand() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            List<Path> sources =
                    files.filter(f -> f.toString().endsWith(".java")).toList();
            assertThat(sources).isNotEmpty();
            for (Path f : sources) {
                if (!f.endsWith("Scratch.java")) {
                    assertThat(BY_HAND.matcher(Files.readString(f)).find())
                            .as("%s", f)
                            .isFalse();
                }
            }
        }
    }
}
