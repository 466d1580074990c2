package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.TensorProto;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListingCommandsTest {
    @TempDir
    private Path folder;

    @Test
    void passesAreListedWithTheirOptionsAndPipelines() throws IOException {
        Cli cli = Cli.lathe("passes");
        assertThat(cli.exit()).isZero();
        assertThat(cli.out()).contains("canonicalize", "limit=0", "-O2  specialize-shapes, fold-constants");
        JsonNode json =
                new ObjectMapper().readTree(Cli.lathe("passes", "--json", "-").out());
        assertThat(json.get("passes").size()).isGreaterThan(10);
        assertThat(json.get("pipelines").get("-O0").asText()).isEqualTo("specialize-shapes");
    }

    @Test
    void operatorsAreListedByOpset() {
        Cli cli = Cli.lathe("ops");
        assertThat(cli.exit()).isZero();
        assertThat(cli.out()).containsPattern("Softmax +1, 13").contains("operators, up to opset");
    }

    @Test
    void coverageSaysWhatAModelNeeds() {
        Cli cli = Cli.lathe("ops", "--coverage", TinyModels.onnx(folder.resolve("good.onnx"), "Relu"));
        assertThat(cli.exit()).isZero();
        assertThat(cli.out()).contains("all 1 operators are known");
    }

    @Test
    void coverageSaysWhatIsMissing() throws IOException {
        Path model = TinyModels.onnx(folder.resolve("bad.onnx"), "Frobnicate");
        Cli cli = Cli.lathe("ops", "--coverage", model);
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.out()).contains("1 of 1 operators are missing: Frobnicate");
        JsonNode json = new ObjectMapper()
                .readTree(Cli.lathe("ops", "--coverage", model, "--json", "-").out());
        assertThat(json.get("missing").asInt()).isOne();
        assertThat(json.get("operators").get(0).get("known").asBoolean()).isFalse();
    }

    /** StringNormalizer has no kernel in the target java. */
    @Test
    void coverageNamesNodesAndTellsSlowOnes() throws IOException {
        int string = TensorProto.DataType.STRING_VALUE;
        ModelProto.Builder strings =
                TinyModels.model("StringNormalizer", 13, List.of("x"), List.of(TinyModels.input("x", string, "3")))
                        .toBuilder();
        strings.getGraphBuilder()
                .getOutputBuilder(0)
                .getTypeBuilder()
                .getTensorTypeBuilder()
                .setElemType(string);
        Path model = TinyModels.write(folder.resolve("slow.onnx"), strings.build());
        Cli cli = Cli.lathe("ops", "--coverage", model);
        assertThat(cli.exit()).isZero();
        assertThat(cli.out())
                .containsPattern("StringNormalizer +13 +1 +1 slow +only")
                .contains("no kernel");
        JsonNode json = new ObjectMapper()
                .readTree(Cli.lathe("ops", "--coverage", model, "--json", "-").out());
        assertThat(json.get("slow").get("StringNormalizer").asInt()).isOne();
        assertThat(json.get("operators").get(0).get("names").get(0).asText()).isEqualTo("only");
    }

    @Test
    void theDoctorKnowsEveryTarget() throws IOException {
        Cli cli = Cli.lathe("doctor");
        assertThat(cli.exit()).isZero();
        assertThat(cli.out()).contains("java: " + Runtime.version(), "target java", "target reference");
        JsonNode json =
                new ObjectMapper().readTree(Cli.lathe("doctor", "--json", "-").out());
        assertThat(json.get("processors").asInt())
                .isEqualTo(Runtime.getRuntime().availableProcessors());
    }
}
