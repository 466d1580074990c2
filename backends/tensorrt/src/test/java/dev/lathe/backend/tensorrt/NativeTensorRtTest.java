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
import org.bytedeco.tensorrt.nvinfer.ILogger;
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
        assertThat(missing.what()).contains(NativeTensorRt.api().library()).contains(folder.toString());
        assertThat(missing.howToFix())
                .contains("apt-get install")
                .contains("redist")
                .contains("tensorrt-home");
    }

    @Test
    void refusesAFileThatIsNoLibrary() throws IOException {
        Files.writeString(folder.resolve(NativeTensorRt.api().library()), "no library");
        assertThat(missingLibrary().what()).contains("cannot be loaded");
    }

    /** The libraries of both versions may be there; one alone that does not fit the API is named. */
    @Test
    void aLibraryOfAnotherVersionIsNamed() throws IOException {
        int other = NativeTensorRt.api().major() == 11 ? 10 : 11;
        Files.createDirectories(folder.resolve("lib"));
        Files.writeString(folder.resolve("lib/libnvinfer.so." + other), "a library");
        Availability.Missing missing = missingLibrary();
        assertThat(missing.what())
                .contains("TensorRT " + other)
                .contains(NativeTensorRt.api().library());
        assertThat(missing.howToFix()).contains("LATHE_TARGETS=tensorrt,tensorrt10");
        Files.writeString(folder.resolve("lib").resolve(NativeTensorRt.api().library()), "no library");
        assertThat(missingLibrary().what()).contains("cannot be loaded");
    }

    @Test
    void versionsFromTenFifteenFitTheApiOfTheirMajorVersion() {
        Version ten = new Version(10, 15);
        Version eleven = new Version(11, 2);
        assertThat(ten.misfit(ten)).isEmpty();
        assertThat(new Version(10, 16).misfit(ten)).isEmpty();
        assertThat(new Version(11, 0).misfit(eleven)).isEmpty();
        assertThat(new Version(10, 14).misfit(ten).orElseThrow()).contains("too old");
        assertThat(new Version(8, 6).misfit(ten).orElseThrow()).contains("too old");
        assertThat(ten.misfit(eleven).orElseThrow()).contains("10.15").contains("11.2");
        assertThat(eleven.misfit(ten)).isPresent();
        assertThat(ten.networkFlags()).isEqualTo(2);
        assertThat(eleven.networkFlags()).isZero();
        assertThat(NativeTensorRt.api()).isIn(ten, eleven);
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
    void aVerboseLogIsInformation() {
        assertThat(EngineLog.level(ILogger.Severity.kVERBOSE, true)).isEqualTo(System.Logger.Level.INFO);
        assertThat(EngineLog.level(ILogger.Severity.kVERBOSE, false)).isEqualTo(System.Logger.Level.TRACE);
        assertThat(EngineLog.level(ILogger.Severity.kINFO, false)).isEqualTo(System.Logger.Level.DEBUG);
        assertThat(EngineLog.level(ILogger.Severity.kERROR, true)).isEqualTo(System.Logger.Level.ERROR);
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
        assertThat(library.version()).startsWith(NativeTensorRt.api().major() + ".");
        assumeTrue(Cuda.driver().isEmpty(), "there is a driver");
        EngineLog log = new EngineLog(false);
        assertThat(NativeTensorRt.isNothing(nvinfer.createInferBuilder(log))).isTrue();
        assertThat(NativeTensorRt.isNothing(nvinfer.createInferRuntime(log))).isTrue();
        assertThat(log.lastError()).contains("CUDA");
    }
}
