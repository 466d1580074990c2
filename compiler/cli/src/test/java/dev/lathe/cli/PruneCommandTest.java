package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.Lathe;
import dev.lathe.compress.Sparsity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PruneCommandTest {
    @TempDir
    private Path folder;

    private Path model = Path.of("");
    private Path out = Path.of("");

    private static String weights(int seed, int count) {
        return new Random(seed)
                .doubles(count)
                .mapToObj(d -> Float.toString((float) (d - 0.5)))
                .collect(Collectors.joining(", "));
    }

    @BeforeEach
    void write() {
        model = TinyModels.write(folder.resolve("dense.lir"), """
            graph @dense(%%x: f32[4, 64]) -> (y: f32[4, 64]) {
              %%first = constant [%s] : f32[64, 32]
              %%a = mat_mul(%%x, %%first) : f32[4, 32]
              %%second = constant [%s] : f32[32, 64]
              %%y = mat_mul(%%a, %%second) : f32[4, 64]
              return %%y
            }
            """.formatted(weights(1, 64 * 32), weights(2, 32 * 64)));
        out = folder.resolve("sparse.onnx");
    }

    private void assertZeros(int zeros, Object... flags) {
        Object[] all = new Object[4 + flags.length];
        all[0] = "prune";
        all[1] = model;
        all[2] = "-o";
        all[3] = out;
        System.arraycopy(flags, 0, all, 4, flags.length);
        Cli cli = Cli.lathe(all);
        assertThat(cli.exit()).as(cli.err()).isZero();
        assertThat(cli.err()).contains("wrote");
        assertThat(cli.out()).contains(String.format("4,096 parameters, %,d of them 0", zeros));
        assertThat(Sparsity.of(Lathe.read(out))).isEqualTo(new Sparsity(4096, zeros));
    }

    @Test
    void weightsBecomeZeroInEveryWay() {
        assertZeros(2868, "--unstructured", "70%", "--scope", "layer");
        assertZeros(2867, "--unstructured", "0.7", "--scope", "global", "--importance", "l2");
        assertZeros(3072, "--pattern", "1:4");
        assertZeros(2048, "--block", "1x32");
        assertZeros(1024, "--block", "1x32", "--ratio", "25%");
        assertZeros(1024, "--unstructured", "50%", "--only", "first");
        assertZeros(1024, "--unstructured", "50%", "--except", "none", "--except", "fi?st");
    }

    @Test
    void dataSayWhatMatters() throws Exception {
        Path data = Files.createDirectory(folder.resolve("data"));
        Path made = folder.resolve("made");
        assertThat(Cli.lathe("run", model, "--output", made).exit()).isZero();
        // An output has the shape of an input.
        Files.copy(made.resolve("y.npy"), data.resolve("a.npy"));
        assertZeros(2048, "--unstructured", "50%", "--importance", "wanda", "--data", data);
        assertZeros(2048, "--pattern", "2:4", "--importance", "sparsegpt", "--data", data);
        assertZeros(2048, "--unstructured", "50%", "--importance", "sparsegpt", "--steps", "2", "--data", data);
    }

    @Test
    void zerosNeedNotBeWritten() throws Exception {
        assertZeros(3277, "--unstructured", "80%", "--scope", "global");
        long dense = Files.size(out);
        assertZeros(3277, "--unstructured", "80%", "--scope", "global", "--sparse");
        assertThat(Files.size(out)).isLessThan(dense);
    }

    @Test
    void eachLayerIsShown() {
        Cli cli = Cli.lathe("prune", model, "-o", out, "--unstructured", "25%", "--except", "second");
        assertThat(cli.out().lines().filter(l -> l.contains("product")))
                .singleElement()
                .asString()
                .contains("first", "2,048", "25.0 %", "dB");
    }

    @Test
    void aModelThatLosesTooMuchIsNotWritten() {
        Cli cli = Cli.lathe("prune", model, "-o", out, "--unstructured", "60%", "--max-loss", "1%");
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.out()).contains("NOT WRITTEN", "nearest that holds: --unstructured ");
        assertThat(Files.exists(out)).isFalse();
    }

    private String mistake(Object... flags) {
        Object[] all = new Object[4 + flags.length];
        all[0] = "prune";
        all[1] = model;
        all[2] = "-o";
        all[3] = out;
        System.arraycopy(flags, 0, all, 4, flags.length);
        Cli cli = Cli.lathe(all);
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(Files.exists(out)).isFalse();
        return cli.err();
    }

    @Test
    void mistakesAreTold() {
        assertThat(mistake()).contains("nothing says what to prune");
        assertThat(mistake("--unstructured", "50%", "--block", "1x32")).contains("several ways");
        assertThat(mistake("--unstructured", "500%")).contains("no share of weights");
        assertThat(mistake("--unstructured", "half")).contains("no share of weights");
        assertThat(mistake("--pattern", "4:2")).contains("keeps everything");
        assertThat(mistake("--pattern", "1x32")).contains("give --pattern 2:4, or --block 1x32");
        assertThat(mistake("--block", "32")).contains("none of unstructured");
        assertThat(mistake("--pattern", "2:4", "--ratio", "50%")).contains("--ratio is about blocks");
        assertThat(mistake("--pattern", "2:4", "--scope", "global")).contains("same in each layer");
        assertThat(mistake("--unstructured", "50%", "--importance", "l3"))
                .contains("there is no importance l3; there are l1, l2, wanda, sparsegpt");
        assertThat(mistake("--unstructured", "50%", "--scope", "all")).contains("there is no scope all");
        assertThat(mistake("--unstructured", "50%", "--steps", "0")).contains("at least one step");
        assertThat(mistake("--unstructured", "50%", "--only", "third")).contains("first or a");
        assertThat(mistake("--unstructured", "50%", "--importance", "wanda")).contains("--data");
    }
}
