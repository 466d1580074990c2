package dev.lathe.conformance.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostileModelsTest {
    /** Kinds whose models take milliseconds; {@link Endurance#main} runs the others too. */
    @ParameterizedTest
    @ValueSource(strings = {"sizes", "texts", "tables", "files"})
    void everyModelEndsWellOrIsRefusedWithAReason(String kind) {
        List<String> failures = HostileModels.all().stream()
                .filter(h -> h.name().startsWith(kind + "/"))
                .flatMap(h -> Endurance.failure(h.model().get().toByteArray(), Map.of(), new StringBuilder())
                        .map(problem -> h.name() + ": " + problem)
                        .stream())
                .toList();
        assertThat(failures).isEmpty();
    }
}
