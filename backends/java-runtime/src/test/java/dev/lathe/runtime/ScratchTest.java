package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What two workers write lies where neither fetches what the other writes. */
class ScratchTest {
    private static final Path SOURCES = Path.of("src/main/java/dev/lathe/runtime");
    /** An array of small arrays, one for each worker, that is not made by {@link Scratch}. */
    private static final Pattern BY_HAND = Pattern.compile("new (int|float|short|byte|long|double)\\[workers\\]\\[");

    @Test
    void aGapFollowsEachArray() {
        assertThat(4 * Scratch.floats(2, 3)[0].length - 4 * 3).isGreaterThanOrEqualTo(4096);
        assertThat(4 * Scratch.ints(2, 3)[1].length - 4 * 3).isGreaterThanOrEqualTo(4096);
        assertThat(2 * Scratch.shorts(2, 1)[1].length - 2).isGreaterThanOrEqualTo(4096);
        assertThat(Scratch.bytes(2, 5)[0].length - 5).isGreaterThanOrEqualTo(4096);
    }

    @Test
    void kernelsShareAWorkspaceAsLargeAsTheLargestNeeds() {
        Workspace w = new Workspace();
        w.reserve(0, 2, 100);
        float[][] small = w.floats(0);
        assertThat(small).hasNumberOfRows(2);
        assertThat(4 * (small[0].length - 100)).isGreaterThanOrEqualTo(1 << 16);
        w.reserve(0, 1, 50);
        assertThat(w.floats(0)).isSameAs(small);
        w.reserve(0, 3, 1 << 20);
        assertThat(w.floats(0)).hasNumberOfRows(3);
        assertThat(w.floats(0)[2].length).isGreaterThan(1 << 20);
        w.reserveShared(7);
        assertThat(w.shared().length).isGreaterThanOrEqualTo(7);
        assertThatThrownBy(() -> w.reserve(1, 1, 1L << 32)).isInstanceOf(LatheException.class);
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
