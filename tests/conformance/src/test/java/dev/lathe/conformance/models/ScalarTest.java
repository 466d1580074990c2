package dev.lathe.conformance.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.demo.Zoo;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("a compiled model on other machines")
class ScalarTest {

    /** Vectors of other widths stand for other processors; without the module of the Vector API, and by a property, the code is scalar. */
    @ParameterizedTest
    @CsvSource({
        "scalar, '-Dlathe.scalar=true --add-modules=jdk.incubator.vector'",
        "scalar, ''",
        "vector, '-XX:MaxVectorSize=16 --add-modules=jdk.incubator.vector'",
        "vector, '-XX:MaxVectorSize=32 --add-modules=jdk.incubator.vector'",
    })
    void givesTheSameResults(String kind, String flags) throws Exception {
        Models.file(Zoo.FACE_FRONT); // skips where there is none
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED"));
        if (!flags.isEmpty()) {
            command.addAll(List.of(flags.split(" ")));
        }
        command.addAll(List.of(
                "-Dlathe.test.models=" + System.getProperty("lathe.test.models", ""),
                "-cp",
                System.getProperty("java.class.path"),
                ScalarTwin.class.getName()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said.lines()).contains(kind);
    }
}
