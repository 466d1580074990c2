package dev.lathe.frontend.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.frontend.text.PipelineText.Step;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.LatheException.Fault;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PipelineTextTest {
    @Test
    void passesWithOptions() {
        assertThat(PipelineText.parse(
                        "canonicalize, fuse-conv-batch-norm,quantize{mode=static,calibration=\"my data.npz\","
                                + " rate=-1e-3}"))
                .containsExactly(
                        new Step("canonicalize", Map.of()),
                        new Step("fuse-conv-batch-norm", Map.of()),
                        new Step("quantize", Map.of("mode", "static", "calibration", "my data.npz", "rate", "-1e-3")));
    }

    @Test
    void nothingIsNoPasses() {
        assertThat(PipelineText.parse("")).isEqualTo(List.of());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "canonicalize,",
                ",",
                "a b",
                "fold{limit}",
                "fold{limit=1",
                "fold{limit=1,limit=2}",
                "fold{limit=1 2}",
                "fold - constants",
                "fold{{{{",
                "$"
            })
    void mistakesAreTheCallers(String text) {
        assertThatThrownBy(() -> PipelineText.parse(text)).isInstanceOfSatisfying(LatheException.class, e -> {
            assertThat(e.fault()).isEqualTo(Fault.USAGE);
            assertThat(e.diagnostics()).allSatisfy(d -> assertThat(d.what()).startsWith("pipeline:1:"));
        });
    }

    @Test
    void hostileText() {
        for (String piece : List.of("{", "a,", "a{b=c},", "-", "\"")) {
            assertThatThrownBy(() -> PipelineText.parse(piece.repeat(1 << 20))).isInstanceOf(LatheException.class);
        }
    }
}
