package dev.lathe.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Availability;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.PassManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeasuredTilesTest {
    private static final OpenClBackend BACKEND = new OpenClBackend();

    @TempDir
    Path folder;

    private Device device;

    @BeforeEach
    void needsDevice() {
        Availability here = Devices.probe();
        assumeTrue(here instanceof Availability.Ready, here::toString);
        device = Devices.find("");
    }

    private static Tensor steps(long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (int i = 0; i < t.size(); i++) {
            t.setDouble(i, (i * 37 % 19 - 9) * 0.3);
        }
        return t;
    }

    /** A product of 49 rows, and a convolution of 30 pixels, which no tile divides. */
    private static Graph model(String rows) {
        Graph graph = IrText.parse(
                """
                graph @tiles(%%x: f32[%1$s, 40], %%i: f32[1, 3, 5, 6]) -> (f32[%1$s, 70], f32[1, 5, 5, 6]) {
                  %%w = constant @"w" : f32[40, 70]
                  %%f = constant @"f" : f32[5, 3, 3, 3]
                  %%m = mat_mul(%%x, %%w)
                  %%r = relu(%%m)
                  %%c = conv(%%i, %%f) {strides=[1, 1], pads=[1, 1, 1, 1], dilations=[1, 1], groups=1,
                      layout=channels_first}
                  return %%r, %%c
                }
                """.formatted(rows), name -> Optional.of(name.equals("w") ? steps(40, 70) : steps(5, 3, 3, 3)));
        return PassManager.run(
                graph,
                BACKEND.pipeline(CompileOptions.builder().build()),
                CompileOptions.builder().build().passContext());
    }

    private Map<String, Tensor> run(Graph graph, Map<String, RegisterTile> tiles) {
        Features features = Features.usual(Tiles.REGISTERS).with(new MeasuredTiles(tiles));
        try (Executable run = OpenClModel.load(OpenClPlans.of(graph, features), Map.of(), device, null)) {
            return run.call(Map.of("x", steps(49, 40), "i", steps(1, 3, 5, 6)));
        }
    }

    @Test
    void everyTileMakesTheSameBits() {
        Graph graph = model("49");
        Map<String, Tensor> usual = run(graph, Map.of());
        Map<String, RegisterTile> names =
                new TileTrial(device, graph, Map.of()).run(Features.usual(Tiles.REGISTERS), new TileStore(folder));
        assertThat(names).hasSize(2).containsKey("matrix 49 40 70 relu");
        for (RegisterTile tile : RegisterTile.CANDIDATES) {
            Map<String, RegisterTile> all = new HashMap<>(names);
            all.replaceAll((_, _) -> tile);
            assertThat(run(graph, all)).as("%s", tile).isEqualTo(usual);
        }
        // What was kept is what kernels are made with from now on.
        assertThat(new TileStore(folder).find(device).fastest()).isEqualTo(names);
        assertThat(new TileStore(folder.resolve("other")).find(device)).isEqualTo(MeasuredTiles.NONE);
    }

    @Test
    void rowsAreCutEvenlyIfNobodyMeasured() {
        String source = OpenClPlans.of(model("49"), Features.usual(Tiles.REGISTERS))
                .launches()
                .source();
        assertThat(source).contains("get_global_id(0) * 7L").contains("get_global_id(0) * 8L");
        assertThat(OpenClPlans.of(model("n"), Features.usual(Tiles.REGISTERS))
                        .launches()
                        .source())
                .doesNotContain("get_global_id(0) * 7L");
    }

    private Path file() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.findFirst().orElseThrow();
        }
    }

    @Test
    void damagedRecordsAreNoRecords() throws IOException {
        TileStore store = new TileStore(folder);
        RegisterTile four = new RegisterTile(4, 8);
        RegisterTile twelve = new RegisterTile(12, 1);
        store.keep(device, Map.of("matrix 1", four, "matrix 2", four));
        store.keep(device, Map.of("matrix 2", twelve));
        assertThat(store.find(device).fastest()).isEqualTo(Map.of("matrix 1", four, "matrix 2", twelve));
        byte[] kept = Files.readAllBytes(file());
        for (int at = 0; at < kept.length; at++) {
            byte[] damaged = kept.clone();
            damaged[at] ^= 4;
            Files.write(file(), damaged);
            assertThat(store.find(device)).isEqualTo(MeasuredTiles.NONE);
            Files.write(file(), Arrays.copyOf(kept, at)); // cut off
            assertThat(store.find(device)).isEqualTo(MeasuredTiles.NONE);
        }
        store.keep(device, Map.of("matrix 3", four));
        assertThat(store.find(device).fastest()).isEqualTo(Map.of("matrix 3", four));
    }

    @Test
    void tilesOfAnotherVersionAreLeftOut() throws IOException {
        TileStore store = new TileStore(folder);
        store.keep(device, Map.of("a", new RegisterTile(5, 3), "b", new RegisterTile(4, 8)));
        assertThat(store.find(device).fastest()).containsOnlyKeys("b");
    }

    @Test
    void aFolderThatTakesNoFilesIsFoundBeforeAnythingIsMeasured() throws IOException {
        TileStore store = new TileStore(Files.writeString(folder.resolve("file"), "no folder"));
        assertThatThrownBy(
                        () -> new TileTrial(device, model("49"), Map.of()).run(Features.usual(Tiles.REGISTERS), store))
                .isInstanceOfSatisfying(
                        LatheException.class, e -> assertThat(e.fault()).isEqualTo(LatheException.Fault.UNAVAILABLE))
                .hasMessageContaining("opencl.cache")
                .hasMessageContaining("XDG_CACHE_HOME");
        assertThat(file()).hasContent("no folder");
    }

    private static Graph compiled(String text) {
        CompileOptions options = CompileOptions.builder().build();
        return PassManager.run(IrText.parse(text), BACKEND.pipeline(options), options.passContext());
    }

    @Test
    void whatCannotBeMeasuredSaysWhy() {
        TileStore store = new TileStore(folder);
        Features registers = Features.usual(Tiles.REGISTERS);
        Graph dynamic = compiled("""
            graph @dynamic(%x: f32[n, 1]) -> (f32[n, 2]) {
              %w = constant [1.0, 2.0] : f32[1, 2]
              %y = mat_mul(%x, %w)
              return %y
            }
            """);
        assertThatThrownBy(() -> new TileTrial(device, dynamic, Map.of()).run(registers, store))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("opencl.tune")
                .hasMessageContaining("depend on the call")
                .hasMessageContaining("--shape NAME=DIMS");
        Graph without = compiled("""
            graph @without(%x: f32[2, 2]) -> (f32[2, 2]) {
              %y = mat_mul(%x, %x)
              %z = exp(%y)
              return %z
            }
            """);
        assertThatThrownBy(() -> new TileTrial(device, without, Map.of()).run(registers, store))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("opencl.tune")
                .hasMessageContaining("multiplies nothing by weights")
                .hasMessageContaining("leave out --tune");
        assertThatThrownBy(
                        () -> new TileTrial(device, dynamic, Map.of()).run(Features.usual(Tiles.LOCAL_MEMORY), store))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("--tiles registers");
        assertThat(folder).isEmptyDirectory();
    }
}
