package dev.lathe.conformance.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.conformance.ColdJvm;
import dev.lathe.demo.Zoo;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("a compiled model on other machines")
class ScalarTest {

    /**
     * Vectors of other widths stand for other processors; without the module of the Vector API, and by a property,
     * the code is scalar.
     */
    @ParameterizedTest
    @CsvSource({
        "scalar, '-Dlathe.scalar=true --add-modules=jdk.incubator.vector'",
        "scalar, ''",
        "vector, '-XX:MaxVectorSize=16 --add-modules=jdk.incubator.vector'",
        "vector, '-XX:MaxVectorSize=32 --add-modules=jdk.incubator.vector'",
    })
    void givesTheSameResults(String kind, String flags) throws Exception {
        Models.file(Zoo.FACE_FRONT); // skips where there is none
        List<String> options = flags.isEmpty() ? List.of() : List.of(flags.split(" "));
        ColdJvm.Result result = ColdJvm.run(options, ScalarTwin.class);

        assertThat(result.status()).as(result.said()).isZero();
        assertThat(result.said().lines()).contains(kind);
    }
}
