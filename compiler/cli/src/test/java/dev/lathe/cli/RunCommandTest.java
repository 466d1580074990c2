package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lathe.frontend.onnx.OnnxTensors;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.SafeTensors;
import dev.lathe.ir.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {
    private static final Tensor X = Tensor.of(new float[] {1, -1, 2, 0, 0, 1}, 2, 3);
    private static final String Y = "y: f32[2, 2]\n  8.000000 10.00000 5.000000 6.000000\n";

    @TempDir
    private Path folder;

    private static Cli run(Object... args) {
        Object[] all = new Object[args.length + 3];
        all[0] = "run";
        all[1] = "--target";
        all[2] = "reference";
        System.arraycopy(args, 0, all, 3, args.length);
        return Cli.lathe(all);
    }

    @Test
    void typedNumbers() {
        Cli cli = run(TinyModels.mlp(folder), "--input", "x=[[1, -1, 2], [0, 0, 1]]");
        assertThat(cli.exit()).isZero();
        assertThat(cli.out()).isEqualTo(Y);
        assertThat(cli.err()).startsWith("ran once in ");
    }

    @Test
    void aModelWithOneInputNeedsNoName() {
        assertThat(run(TinyModels.mlp(folder), "--input", "[[1, -1, 2], [0, 0, 1]]")
                        .out())
                .isEqualTo(Y);
    }

    @Test
    void missingDimensionsAreOnes() {
        assertThat(run(TinyModels.mlp(folder), "--input", "[0, 0, 1]").out())
                .isEqualTo("y: f32[1, 2]\n  5.000000 6.000000\n");
    }

    @Test
    void theJavaTargetGivesTheSame() {
        assertThat(Cli.lathe("run", TinyModels.mlp(folder), "--input", "[[1, -1, 2], [0, 0, 1]]")
                        .out())
                .isEqualTo(Y);
    }

    @Test
    void files() throws IOException {
        Path model = TinyModels.mlp(folder);
        Npy.write(X, folder.resolve("x.npy"));
        Files.write(folder.resolve("x.pb"), OnnxTensors.write(X, "x"));
        SafeTensors.write(Map.of("a", X, "x", X), folder.resolve("two.safetensors"));
        SafeTensors.write(Map.of("other", X), folder.resolve("one.safetensors"));
        for (String file : new String[] {"x.npy", "x.pb", "two.safetensors", "one.safetensors", "two.safetensors:a"}) {
            Cli cli = run(model, "--input", "x=" + folder.resolve(file));
            assertThat(cli.out()).as(file + cli.err()).isEqualTo(Y);
        }
    }

    @Test
    void anEntryThatDoesNotExistIsTold() {
        SafeTensors.write(Map.of("a", X, "b", X), folder.resolve("x.safetensors"));
        Cli cli = run(TinyModels.mlp(folder), "--input", folder.resolve("x.safetensors"));
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).contains("has no entry \"x\"", "it has a, b");
    }

    @Test
    void outputsAreWrittenAndCanBeReadAgain() throws IOException {
        Path results = folder.resolve("results");
        Cli cli = run(TinyModels.mlp(folder), "--input", "[[1, -1, 2], [0, 0, 1]]", "--output", results);
        assertThat(cli.exit()).isZero();
        assertThat(Cli.files(results)).containsExactly("y.npy");
        assertThat(Npy.read(results.resolve("y.npy"))).isEqualTo(Tensor.of(new float[] {8, 10, 5, 6}, 2, 2));
    }

    @Test
    void jsonHoldsEverything() throws IOException {
        Path json = folder.resolve("out.json");
        run(TinyModels.mlp(folder), "--input", "[[1, -1, 2], [0, 0, 1]]", "--json", json);
        JsonNode y = new ObjectMapper().readTree(json.toFile()).get("outputs").get(0);
        assertThat(y.get("name").asText()).isEqualTo("y");
        assertThat(y.get("shape").toString()).isEqualTo("[2,2]");
        assertThat(y.get("values").toString()).isEqualTo("[8.0,10.0,5.0,6.0]");
    }

    @Test
    void randomInputsAreTheSameForTheSameSeed() {
        Path model = TinyModels.mlp(folder);
        assertThat(run(model, "--seed", 3).out())
                .isEqualTo(run(model, "--seed", 3).out());
        assertThat(run(model, "--seed", 3, "--shape", "x=9x3").out())
                .isNotEqualTo(run(model, "--seed", 4, "--shape", "x=9x3").out())
                .startsWith("y: f32[9, 2]");
    }

    @Test
    void randomInputsTakeTheSizesOfThoseThatAreGiven() {
        Cli cli = run(TinyModels.embedding(folder), "--input", "ids=[[1, 2, 3, 4], [0, 0, 0, 0]]");
        assertThat(cli.exit()).isZero();
        assertThat(cli.err()).contains("note: input \"mask\" is not given: ones, f32[2, 4, 1]");
        assertThat(cli.out()).startsWith("y: f32[2, 4, 2]");
    }

    @Test
    void aPictureFitsTheInput() throws IOException {
        Path model = TinyModels.write(folder.resolve("image.lir"), """
            graph @image(%image: f32[1, 3, 2, 2]) -> (y: f32[1, 3, 2, 2]) {
              %y = relu(%image) : f32[1, 3, 2, 2]
              return %y
            }
            """);
        BufferedImage red = new BufferedImage(8, 6, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 48; i++) {
            red.setRGB(i % 8, i / 8, 0xff0000);
        }
        ImageIO.write(red, "png", folder.resolve("red.png").toFile());
        assertThat(run(model, "--input", folder.resolve("red.png")).out())
                .contains("1.000000 1.000000 1.000000 1.000000 0.000000 0.000000");
        assertThat(run(model, "--input", folder.resolve("red.png"), "--mean", "0.5", "--std", "0.5,0.25,1")
                        .out())
                .contains("1.000000 1.000000 1.000000 1.000000 0.000000");
        assertThat(run(model, "--input", folder.resolve("red.png"), "--bgr", "--scale", "1")
                        .out())
                .contains("0.000000 0.000000 0.000000 0.000000");
    }

    @Test
    void aMissingPictureIsTold() {
        Path model = TinyModels.write(folder.resolve("image.lir"), """
            graph @image(%image: f32[1, 3, 2, 2]) -> (y: f32[1, 3, 2, 2]) {
              %y = relu(%image) : f32[1, 3, 2, 2]
              return %y
            }
            """);
        Cli cli = run(model, "--input", folder.resolve("no.png"));
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).contains("there is no file", "no.png");
        assertThat(cli.problems()).isOne();
    }

    @Test
    void aWrongNameIsTold() {
        Cli cli = run(TinyModels.mlp(folder), "--input", "z=[1, 2, 3]");
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).contains("no input \"z\"", "\"x\": f32[batch, 3]");
        assertThat(cli.problems()).isOne();
    }

    @Test
    void aWrongShapeIsTold() {
        Cli cli = run(TinyModels.mlp(folder), "--input", "x=[[1, 2]]");
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).contains("input \"x\" is f32[1, 2]", "f32[batch, 3]");
        assertThat(cli.problems()).isOne();
    }

    @Test
    void aWrongTypeIsTold() {
        Npy.write(Tensor.of(new boolean[] {true, false, true}, 1, 3), folder.resolve("x.npy"));
        Cli cli = run(TinyModels.mlp(folder), "--input", folder.resolve("x.npy"));
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).contains("bool[1, 3]", "f32[batch, 3]");
    }

    @Test
    void everyWrongInputIsTold() {
        Cli cli = run(TinyModels.embedding(folder), "--input", "ids=[[1, 2], [3]]", "--input", "mask=nothing.npy");
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).contains("different lengths", "there is no file nothing.npy", "2 problems");
        assertThat(cli.problems()).isEqualTo(2);
    }

    @Test
    void aFileOfAnUnknownKindIsTold() {
        TinyModels.write(folder.resolve("x.csv"), "1,2,3");
        Cli cli = run(TinyModels.mlp(folder), "--input", folder.resolve("x.csv"));
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).contains(".npy, .npz, .pb, .safetensors");
    }

    @Test
    void badShapesAreWrongUsage() {
        Path model = TinyModels.mlp(folder);
        for (String shape : new String[] {"x=axb", "x=2x-3", "2x3", "=2", "z=2x3", "x=2x4", "x=2"}) {
            Cli cli = run(model, "--shape", shape);
            assertThat(cli.exit()).as(shape).isEqualTo(2);
            assertThat(cli.problems()).as(shape).isOne();
        }
    }

    @Test
    void anUnknownTargetIsWrongUsage() {
        Cli cli = Cli.lathe("run", TinyModels.mlp(folder), "--target", "abacus");
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("no target named abacus", "java, opencl, reference");
    }

    @Test
    void namesOfOutputsDoNotLeadOutOfTheFolder() throws IOException {
        Path model = TinyModels.write(folder.resolve("hostile.lir"), """
            graph @g(%x: f32[1]) -> ("../../evil": f32[1]) {
              %y = relu(%x) : f32[1]
              return %y
            }
            """);
        Path results = folder.resolve("a/b");
        Cli cli = run(model, "--output", results);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(Cli.files(results)).hasSize(1);
        assertThat(Cli.files(folder)).containsExactly("a", "hostile.lir");
    }

    /** What is not given, and how it is told, is one thing for {@code lathe run} and for a jar. */
    @Test
    void aJarTakesTheSameDefaultsAsTheModel() {
        Path model = TinyModels.embedding(folder);
        Path jar = folder.resolve("embedding.jar");
        assertThat(Cli.lathe("compile", model, "-o", jar).exit()).isZero();
        Cli fromModel = Cli.lathe("run", model);
        Cli fromJar = Cli.lathe("run", jar);
        assertThat(fromModel.exit()).as(fromModel.err()).isZero();
        assertThat(fromJar.out()).isEqualTo(fromModel.out());
        assertThat(notes(fromJar)).isNotEmpty().isEqualTo(notes(fromModel));
    }

    private static List<String> notes(Cli cli) {
        return cli.err().lines().filter(l -> l.startsWith("note: ")).toList();
    }

    @Test
    void anArrayOfDoublesIsRoundedWithANote() {
        Npy.write(Tensor.of(new double[] {0, 0, 1}, 1, 3), folder.resolve("x.npy"));
        Cli cli = run(TinyModels.mlp(folder), "--input", folder.resolve("x.npy"));
        assertThat(cli.out()).isEqualTo("y: f32[1, 2]\n  5.000000 6.000000\n");
        assertThat(cli.err()).contains("note: input \"x\" is f64: converted to the model's f32");
    }
}
