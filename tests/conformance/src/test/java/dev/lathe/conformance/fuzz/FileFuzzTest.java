package dev.lathe.conformance.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A short campaign with fixed seeds; {@link FileFuzzer} goes on from there. */
class FileFuzzTest {
    private static final int INPUTS = 15_000;

    @Test
    void changedFilesAreReadOrRefusedWithAReason() throws IOException {
        FileFuzzer fuzzer = new FileFuzzer(List.of(FileFormat.values()));
        List<String> failures = new ArrayList<>();
        for (long seed = 0; seed < INPUTS; seed++) {
            fuzzer.failure(seed).ifPresent(failures::add);
        }
        assertThat(failures).isEmpty();
    }
}
