package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiffCommandTest {
    private static final String MODEL = """
        graph @chain(%x: f32[batch, 3]) -> (y: f32[batch, 3]) {
          %two = constant [2, 2, 2] : f32[3]
          %a = relu(%x) : f32[batch, 3]
          %b = exp(%a) : f32[batch, 3]
          %c = SIGN(%b) : f32[batch, 3]
          %y = relu(%c) : f32[batch, 3]
          return %y
        }
        """;

    @TempDir
    private Path folder;

    private Path model(String file, String op) {
        return TinyModels.write(folder.resolve(file), MODEL.replace("SIGN", op));
    }

    private static Cli diff(Object... args) {
        return Cli.lathe(Stream.concat(Stream.of("diff"), Stream.of(args)).toArray());
    }

    @Test
    void aModelAgreesWithItsReference() {
        Cli cli = diff(model("a.lir", "sqrt"));
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out())
                .contains("java -O2, where reference -O0 is expected", "all 4 values that both compute agree");
    }

    @Test
    void theFirstValueThatDiffersIsFound() throws IOException {
        Path json = folder.resolve("diff.json");
        Cli cli = diff(model("a.lir", "sqrt"), model("b.lir", "exp"), "--json", json);
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.out())
                .contains("the first value that differs is \"c\", after 2 that agree, computed by sqrt", "DIFFERS");
        JsonNode found = new ObjectMapper().readTree(json.toFile());
        assertThat(found.at("/first/value/name").asText()).isEqualTo("c");
        assertThat(found.get("agrees").asBoolean()).isFalse();
        assertThat(found.get("values")).hasSize(4);
        Cli wide = diff(model("a.lir", "sqrt"), model("b.lir", "exp"), "--atol", 1e9);
        assertThat(wide.exit()).as(wide.out()).isZero();
    }

    @Test
    void passesThatLoseSomethingAreSeen() {
        Path model = TinyModels.write(folder.resolve("weights.lir"), """
            graph @weights(%x: f32[2, 3]) -> (y: f32[2, 4]) {
              %w = constant [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01, 1.11, 1.21] : f32[3, 4]
              %h = relu(%x) : f32[2, 3]
              %p = mat_mul(%h, %w) : f32[2, 4]
              %y = tanh(%p) : f32[2, 4]
              return %y
            }
            """);
        Cli cli = diff(model, "--input", "[[1, 2, 3], [4, 5, 6]]", "--passes", "quantize-weights{bits=4,least=1}");
        assertThat(cli.exit()).as(cli.err()).isEqualTo(1);
        assertThat(cli.out()).contains("the first value that differs is \"p\", after 1 that agree");
    }

    @Test
    void levelsAndTargetsAreTwoWays() {
        Path model = model("a.lir", "sqrt");
        assertThat(diff(model, "-O0", "-O3").out()).contains("java -O3, where java -O0 is expected");
        assertThat(diff(model, "--target", "java", "--target", "reference").out())
                .contains("reference -O2, where java -O2 is expected");
        assertThat(diff(model, "--numerics", "strict", "--numerics", "default").out())
                .contains("java -O2, where java -O2 strict is expected");
        assertThat(diff(model, "-O0", "-O1", "-O2").exit()).isEqualTo(2);
        assertThat(Cli.lathe("run", model, "-O0", "-O1").err()).contains("-O is given 2 times");
        assertThat(diff(model, "-T", "pakage-name=a").err()).contains("did you mean package-name?");
        assertThat(diff(model, "--target", "jva").err()).contains("did you mean java?");
    }

    @Test
    void otherInputsAreTold() {
        Path other = TinyModels.write(folder.resolve("other.lir"), """
            graph @other(%z: f32[2]) -> (y: f32[2]) {
              %y = relu(%z) : f32[2]
              return %y
            }
            """);
        Cli cli = diff(model("a.lir", "sqrt"), other);
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).contains("no value for the input \"z\"", "take the same inputs");
    }

    @Test
    void valuesWithOtherNamesAreToldByTheirNodes() {
        Path a = TinyModels.write(folder.resolve("a.lir"), """
            graph @a(%x: f32[2]) -> (y: f32[2]) {
              %h = exp(%x) : f32[2] at "encoder/Exp"(Exp-13)
              %y = relu(%h) : f32[2]
              return %y
            }
            """);
        Path b = TinyModels.write(folder.resolve("b.lir"), """
            graph @b(%x: f32[2]) -> (y: f32[2]) {
              %v7 = tanh(%x) : f32[2] at "encoder/Exp"(Exp-21)
              %y = relu(%v7) : f32[2]
              return %y
            }
            """);
        assertThat(diff(a, b).out()).contains("the first value that differs is \"h\", after 0 that agree");
    }
}
