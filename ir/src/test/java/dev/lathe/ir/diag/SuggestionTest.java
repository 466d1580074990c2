package dev.lathe.ir.diag;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuggestionTest {
    private static final List<String> COMMANDS =
            List.of("compile", "run", "bench", "verify", "inspect", "opt", "passes", "ops", "doctor", "demo");

    @ParameterizedTest
    @CsvSource({
        "rn,run",
        "rum,run",
        "urn,run",
        "complie,compile",
        "compil,compile",
        "COMPILE,compile",
        "insp,inspect",
        "verfy,verify",
        "docter,doctor",
        "bnech,bench"
    })
    void aTypingMistakeIsSeen(String wrong, String meant) {
        assertThat(Suggestion.near(wrong, COMMANDS)).first().isEqualTo(meant);
    }

    @ParameterizedTest
    @CsvSource({"quantize", "x", "help", "--"})
    void anotherWordIsNone(String wrong) {
        assertThat(Suggestion.of(wrong, COMMANDS)).isEmpty();
    }

    @Test
    void hyphensSayNothing() {
        assertThat(Suggestion.of("--allowfallback", List.of("--allow-fallback", "--bgr")))
                .isEqualTo("did you mean --allow-fallback? ");
        assertThat(Suggestion.of("dead_code", List.of("dead-code", "fold-constants")))
                .isEqualTo("did you mean dead-code? ");
    }
}
