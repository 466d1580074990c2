package dev.lathe.backend.tensorrt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Availability;
import dev.lathe.backend.LoadOptions;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.tensorrt.global.nvinfer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens without a GPU; with {@code TENSORRT_HOME}, of the library itself. */
class NativeTensorRtTest {
    @TempDir
    Path folder = Path.of("");

    @BeforeAll
    static void loadsNothingByItself() {
        System.setProperty("org.bytedeco.javacpp.loadlibraries", "false");
    }

    /** A library that was loaded stays, so that nothing is missing then. */
    private Availability.Missing missingLibrary() {
        Availability here = Gpu.probe(folder.toString());
        assumeTrue(here instanceof Availability.Missing m && !m.what().startsWith("TensorRT"), "a library is loaded");
        return (Availability.Missing) here;
    }

    @Test
    void saysWhereALibraryIsMissingAndHowToGetOne() {
        Availability.Missing missing = missingLibrary();
        assertThat(missing.what()).contains("libnvinfer.so.11").contains(folder.toString());
        assertThat(missing.howToFix())
                .contains("apt-get install")
                .contains("redist")
                .contains("tensorrt-home");
    }

    @Test
    void refusesAFileThatIsNoLibrary() throws IOException {
        Files.writeString(folder.resolve("libnvinfer.so.11"), "no library");
        assertThat(missingLibrary().what()).contains("cannot be loaded");
    }

    @Test
    void whatNeedsTheLibraryFailsAsUnavailable() {
        assumeTrue(Gpu.probe(folder.toString()) instanceof Availability.Missing, "there is a GPU");
        assertThatThrownBy(() -> Gpu.require(folder.toString())).isInstanceOfSatisfying(LatheException.class, e -> {
            assertThat(e.fault().exitCode()).isEqualTo(3);
            assertThat(e.diagnostics().getFirst().code()).isEqualTo("target.unavailable");
        });
    }

    @Test
    void aPointerIntoTheFirstPageIsNoObject() {
        assertThat(NativeTensorRt.isNothing(null)).isTrue();
        assertThat(NativeTensorRt.isNothing(EngineBuilder.pointer(552))).isTrue();
        assertThat(NativeTensorRt.isNothing(EngineBuilder.pointer(1L << 20))).isFalse();
    }

    @Test
    void anEngineWithoutItsJarIsForeign() throws IOException {
        Path engine = Files.writeString(folder.resolve("model.engine"), "an engine");
        assertThatThrownBy(() -> new TensorRtBackend().open(engine, LoadOptions.standard()))
                .isInstanceOfSatisfying(
                        LatheException.class,
                        e -> assertThat(e.diagnostics().getFirst().code()).isEqualTo("artifact.foreign"));
        assertThat(new TensorRtBackend().open(folder.resolve("model.jar"), LoadOptions.standard()))
                .isEmpty();
    }

    /** Without a driver the library loads and tells its version; what it returns instead of objects is recognized. */
    @Test
    void theLibraryLoadsWithoutADriver() throws NativeTensorRt.MissingException {
        assumeTrue(
                Optional.ofNullable(System.getenv("TENSORRT_HOME"))
                        .filter(h -> !h.isEmpty())
                        .isPresent(),
                "set TENSORRT_HOME to the folder of libnvinfer.so.11");
        NativeTensorRt library = NativeTensorRt.load("");
        assertThat(library.version()).startsWith("11.");
        assumeTrue(Cuda.driver().isEmpty(), "there is a driver");
        EngineLog log = new EngineLog();
        assertThat(NativeTensorRt.isNothing(nvinfer.createInferBuilder(log))).isTrue();
        assertThat(NativeTensorRt.isNothing(nvinfer.createInferRuntime(log))).isTrue();
        assertThat(log.lastError()).contains("CUDA");
    }
}
