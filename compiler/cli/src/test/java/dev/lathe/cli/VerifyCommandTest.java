package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lathe.backend.Availability;
import dev.lathe.backend.Backends;
import dev.lathe.grammar.onnx.TypeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {
    @TempDir
    private Path folder;

    private Cli verify(Object... more) {
        Object[] all = new Object[more.length + 4];
        all[0] = "verify";
        all[1] = folder;
        all[2] = "--target";
        all[3] = "reference";
        System.arraycopy(more, 0, all, 4, more.length);
        return Cli.lathe(all);
    }

    @Test
    void testsAreFoundInAllFoldersAndCounted() throws IOException {
        TinyModels.reluTest(folder.resolve("good"), 0, 2);
        TinyModels.reluTest(folder.resolve("deep/er/good"), 0, 2);
        TinyModels.reluTest(folder.resolve("bad"), 0, 3);
        Files.createDirectories(folder.resolve("empty"));
        TinyModels.onnx(folder.resolve("empty/model.onnx"), "Relu");
        Cli cli = verify();
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.out().lines())
                .containsExactly(
                        "FAIL bad: output \"y\": element [1] is 2.0, expected 3.0 (off by 1.00, allowed 0.00); 1 of 2"
                                + " differ",
                        "2 passed, 1 failed, 1 skipped");
    }

    @Test
    void allPassed() {
        TinyModels.reluTest(folder, 0, 2);
        Cli cli = verify();
        assertThat(cli.exit()).isZero();
        assertThat(cli.out()).isEqualTo("1 passed, 0 failed, 0 skipped\n");
    }

    @Test
    void theJavaTargetPassesToo() {
        TinyModels.reluTest(folder, 0, 2);
        Cli cli = Cli.lathe("verify", folder);
        assertThat(cli.out()).isEqualTo("1 passed, 0 failed, 0 skipped\n");
    }

    @Test
    void tolerancesAreChosen() {
        TinyModels.reluTest(folder, 0, 2.1f);
        assertThat(verify().exit()).isEqualTo(1);
        assertThat(verify("--rtol", "0.1").exit()).isZero();
        assertThat(verify("--atol", "0.2").exit()).isZero();
        assertThat(verify("--atol", "0.01").exit()).isEqualTo(1);
    }

    @Test
    void aModelThatDoesNotCompileFailsAndTheOthersRun() {
        TinyModels.test(
                folder.resolve("unknown"),
                TinyModels.model("Frobnicate", 13, List.of("x"), List.of(TinyModels.input("x", TinyModels.F32, "1"))),
                List.of(Tensor.of(new float[1], 1)),
                Tensor.of(new float[1], 1));
        TinyModels.reluTest(folder.resolve("good"), 0, 2);
        Cli cli = verify();
        assertThat(cli.out()).startsWith("FAIL unknown: operator Frobnicate is not known");
        assertThat(cli.lastLine()).isEqualTo("1 passed, 1 failed, 0 skipped");
    }

    /** An input without rank is refused in general, and right for the rank that its data has. */
    @Test
    void aModelIsCompiledForTheShapesOfItsData() {
        ValueInfoProto input = TinyModels.input("x", TinyModels.F32, "2");
        ValueInfoProto unranked = input.toBuilder()
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(TinyModels.F32)))
                .build();
        TinyModels.test(
                folder,
                TinyModels.model("Transpose", 13, List.of("x"), List.of(unranked)),
                List.of(Tensor.of(new float[] {1, 2, 3, 4}, 2, 2)),
                Tensor.of(new float[] {1, 3, 2, 4}, 2, 2));
        Cli cli = verify();
        assertThat(cli.out()).isEqualTo("1 passed, 0 failed, 0 skipped\n");
        assertThat(cli.err()).contains("1 passed only with the shapes of their data");
        Cli fixed = verify("--shape", "x=2x2");
        assertThat(fixed.out()).isEqualTo("1 passed, 0 failed, 0 skipped\n");
        assertThat(fixed.err()).isEmpty();
    }

    @Test
    void brokenDataFails() throws IOException {
        TinyModels.reluTest(folder, 0, 2);
        Files.write(folder.resolve("test_data_set_0/output_0.pb"), new byte[] {1, 2, 3});
        Cli cli = verify();
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.out()).contains("FAIL ", "output_0.pb holds no ONNX tensor");
    }

    @Test
    void jsonHoldsEveryTest() throws IOException {
        TinyModels.reluTest(folder.resolve("good"), 0, 2);
        Path json = folder.resolve("report.json");
        assertThat(verify("--json", json).exit()).isZero();
        JsonNode report = new ObjectMapper().readTree(json.toFile());
        assertThat(report.get("passed").asInt()).isOne();
        assertThat(report.get("tests").get(0).get("name").asText()).isEqualTo("good");
        assertThat(report.get("tests").get(0).get("outcome").asText()).isEqualTo("passed");
    }

    @Test
    void aFolderWithoutTestsIsTold() {
        Cli cli = verify();
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).contains("no test is in", "model.onnx and test_data_set_0");
    }

    @Test
    void aFolderThatDoesNotExistIsTold() {
        Cli cli = Cli.lathe("verify", folder.resolve("no"));
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).contains("there is no folder");
    }

    @Test
    void jsonReplacesText() throws IOException {
        TinyModels.reluTest(folder, 0, 3);
        Cli cli = verify("--json", "-");
        assertThat(new ObjectMapper().readTree(cli.out()).get("failed").asInt()).isOne();
    }

    /** OpenCL has no cast of floats to u64. */
    @Test
    void whatRunsElsewhereIsTold() {
        Path model = TinyModels.write(folder.resolve("model.lir"), """
            graph @half(%x: f32[2]) -> (f32[2]) {
              %a = cast(%x) {to=u64, saturate=true}
              %y = cast(%a) {to=f32, saturate=true}
              return %y
            }
            """);
        Path test = folder.resolve("test");
        assumeTrue(Backends.named("opencl").probe() instanceof Availability.Ready, "no device of OpenCL");
        assertThat(Cli.lathe("run", model, "--input", "[1, 2]", "--save-inputs", test)
                        .exit())
                .isZero();
        Cli verified = Cli.lathe("verify", test, "--target", "opencl", "--allow-fallback");
        assertThat(verified.exit()).as(verified.err()).isZero();
        assertThat(verified.err()).contains("test:", "1. opencl: 1 node", "2. host: 1 node", "cast");
        assertThat(verified.out()).isEqualTo("1 passed, 0 failed, 0 skipped\n");
        Cli compared = Cli.lathe("diff", model, "--target", "java", "--target", "opencl", "--allow-fallback");
        assertThat(compared.exit()).as(compared.err()).isZero();
        assertThat(compared.err()).contains("opencl -O2:", "2. host: 1 node");
    }
}
