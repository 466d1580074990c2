package dev.lathe.conformance.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.conformance.ColdJvm;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models that are called from the start of a JVM until C2 has compiled them; {@link RepeatFuzzer} has them all, as a
 * command.
 */
@DisplayName("the results of a model have the same bits at every call and on every number of threads")
class RepeatTest {
    /** Lets the JIT compile after a few calls what otherwise takes thousands. */
    private static final String SOON = "-XX:CompileThresholdScaling=0.02";

    private static final String VECTORS = "--add-modules=jdk.incubator.vector";

    @ParameterizedTest
    @ValueSource(ints = {16, 32, 64})
    void ofASentenceModel(int bytes) throws Exception {
        assertRepeats(List.of(VECTORS, "-XX:MaxVectorSize=" + bytes), "200", "MINILM");
    }

    @Test
    void ofRandomGraphs() throws Exception {
        assertRepeats(List.of(VECTORS, SOON), "60", "graphs:0:40");
    }

    @Test
    void ofRandomGraphsWithoutVectors() throws Exception {
        assertRepeats(List.of(SOON), "60", "graphs:100:20");
    }

    private static void assertRepeats(List<String> flags, String... arguments) throws Exception {
        ColdJvm.Result result = ColdJvm.run(flags, RepeatFuzzer.class, arguments);
        assertThat(result.status()).as(result.said()).isZero();
    }
}
