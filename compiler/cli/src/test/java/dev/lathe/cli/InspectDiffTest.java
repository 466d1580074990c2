package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lathe inspect --diff}. */
class InspectDiffTest {
    @TempDir
    private Path folder;

    private Path changed(String... changes) throws IOException {
        String text = Files.readString(TinyModels.mlp(folder));
        for (int i = 0; i < changes.length; i += 2) {
            assertThat(text).contains(changes[i]);
            text = text.replace(changes[i], changes[i + 1]);
        }
        return TinyModels.write(folder.resolve("changed.lir"), text);
    }

    private Cli diff(Path other, Object... more) {
        Object[] args = {"inspect", TinyModels.mlp(folder), "--diff", other};
        Object[] all = Arrays.copyOf(args, args.length + more.length);
        System.arraycopy(more, 0, all, args.length, more.length);
        return Cli.lathe(all);
    }

    @Test
    void equalModelsDoNotDiffer() throws IOException {
        Cli cli = diff(changed());
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.out()).contains("the models do not differ");
    }

    @Test
    void everythingThatDiffersIsTold() throws IOException {
        Path json = folder.resolve("diff.json");
        Cli cli = diff(changed("relu", "exp", "5, 6]", "5, 7]", "(y: ", "(z: ", "batch", "n"), "--json", json);
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.out())
                .contains(
                        "~ x: f32[batch, 3] → f32[n, 3]",
                        "- y: f32[batch, 2]",
                        "+ z: f32[n, 2]",
                        "+ exp: 1",
                        "- relu: 1",
                        "1 of 6 values differ, by up to 1.00",
                        "~ y: relu(%h) : f32[batch, 2] → exp(%h) : f32[n, 2]");
        JsonNode diff = new ObjectMapper().readTree(json.toFile());
        assertThat(diff.at("/weights/0/name").asText()).isEqualTo("w");
        assertThat(diff.get("opsets")).isEmpty();
    }

    @Test
    void shapesAndTypesOfWeightsAreCompared() throws IOException {
        Cli cli = diff(changed(
                "[1, 2, 3, 4, 5, 6] : f32[3, 2]",
                "[1, 2, 3, 4, 5, 6, 7, 8, 9] : f32[3, 3]",
                "f32[batch, 2]",
                "f32[batch, 3]"));
        assertThat(cli.out()).contains("~ w: f32[3, 2] → f32[3, 3]");
    }

    @Test
    void onnxModelsHaveOpsets() {
        Path a = TinyModels.write(
                folder.resolve("a.onnx"),
                TinyModels.model("Relu", 13, List.of("x"), List.of(TinyModels.input("x", TinyModels.F32, "2"))));
        Path b = TinyModels.write(
                folder.resolve("b.onnx"),
                TinyModels.model("Exp", 17, List.of("x"), List.of(TinyModels.input("x", TinyModels.F32, "2"))));
        Cli cli = Cli.lathe("inspect", a, "--diff", b);
        assertThat(cli.out()).contains("~ ai.onnx: 13 → 17", "+ Exp: 1", "- Relu: 1");
        assertThat(Cli.lathe("inspect", a, "--diff", b, "--layers").exit()).isEqualTo(2);
        assertThat(Cli.lathe("inspect", a, "--diff", folder.resolve("no.onnx")).exit())
                .isEqualTo(1);
    }
}
