package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lathe opt --extract}. */
class ExtractTest {
    @TempDir
    private Path folder;

    private Path model;

    @BeforeEach
    void writeModel() {
        model = TinyModels.write(folder.resolve("two.lir"), """
            graph @two(%x: f32[batch, 3], %bias: f32[2]) -> (y: f32[batch, 2], z: f32[batch, 2]) {
              %w = constant [1, 2, 3, 4, 5, 6] : f32[3, 2]
              %hidden = mat_mul(%x, %w) : f32[batch, 2]
              %shift = broadcast(%bias) {shape=[batch, 2]} : f32[batch, 2]
              %sum = add(%hidden, %shift) : f32[batch, 2]
              %y = relu(%sum) : f32[batch, 2]
              %z = exp(%hidden) : f32[batch, 2]
              return %y, %z
            }
            """);
    }

    private Cli extract(Object... args) {
        return Cli.lathe(Stream.concat(Stream.of("opt", model, "-O0", "--extract"), Stream.of(args))
                .toArray());
    }

    @Test
    void aPartHasTheNamedInputsAndOutputs() {
        assertThat(extract("hidden..z", "-o", "-").out())
                .contains("(%hidden: f32[batch, 2]) -> (f32[batch, 2]) {\n  %z")
                .doesNotContain("mat_mul", "relu");
        assertThat(extract("..hidden", "-o", "-").out())
                .contains("(%x: f32[batch, 3]) -> (f32[batch, 2])")
                .doesNotContain("exp");
        assertThat(extract("hidden,bias..", "-o", "-").out())
                .contains("(%bias: f32[2], %hidden: f32[batch, 2]) -> (f32[batch, 2], f32[batch, 2])");
    }

    @Test
    void anOnnxPartRuns() {
        Path part = folder.resolve("part.onnx");
        Cli cli = extract("hidden,bias..sum,z", "-o", part, "--check");
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("are the same");
        assertThat(Cli.lathe("run", part, "--input", "hidden=[[1, 2]]", "--input", "bias=[10, 20]")
                        .out())
                .contains("sum: f32[1, 2]\n  11.00000 22.00000");
    }

    @Test
    void whatMakesNoPartIsTold() {
        assertThat(extract("hidden").err()).contains("is no part of a model", "hidden..logits");
        assertThat(extract("hiden..y").err()).contains("no value named \"hiden\"", "did you mean hidden?");
        assertThat(extract("hidden..y").err()).contains("also needs the input \"bias\"");
        assertThat(extract("hidden,bias..z").err()).contains("\"bias\" leads to none of the outputs");
        assertThat(extract("hidden..y").exit()).isEqualTo(2);
    }

    @Test
    void sizesThatNothingBindsAreTold() {
        model = TinyModels.write(folder.resolve("sizes.lir"), """
            graph @sizes(%x: f32[n, 4]) -> (y: f32[2*n, 2]) {
              %h = reshape(%x) {shape=[2*n, 2]}
              %y = relu(%h)
              return %y
            }
            """);
        assertThat(extract("h..y").err()).contains("depend on those of the input \"x\"", "--shape x=DIMS");
        assertThat(extract("h..y", "--shape", "x=3x4", "-o", "-").out()).contains("(%h: f32[6, 2]) -> (f32[6, 2])");
    }
}
