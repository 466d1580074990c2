package dev.lathe.backend.tensorrt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LoadOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Engines and their jars that were cut, exchanged, lost or left alone: each is an error that says what to do. */
class CarelessEngineFilesTest {
    @TempDir
    private Path folder;

    private final FakeRuntime runtime = new FakeRuntime();

    private TensorRtArtifact compile(double weight) {
        String text = """
            graph @scaled(%%x: f32[2]) -> (f32[2]) {
              %%w = constant %s : f32[2]
              %%y = multiply(%%x, %%w)
              return %%y
            }
            """.formatted(weight);
        return TensorRtArtifact.of(
                IrText.parse(text), CompileOptions.builder().target("tensorrt").build(), _ -> runtime);
    }

    private Path written(String name, double weight) throws IOException {
        Path file = folder.resolve(name);
        compile(weight).write(file);
        return file;
    }

    private TensorRtArtifact open(Path file) {
        return TensorRtArtifact.open(file, LoadOptions.standard(), _ -> runtime);
    }

    private static float run(Artifact artifact) {
        try (Executable model = artifact.load()) {
            Map<String, Tensor> inputs = Map.of("x", Tensor.of(new float[] {1, 1}, 2));
            return Tensor.named(model.call(inputs), "y").getFloat(0);
        }
    }

    private void refused(Path file, String code, String what) {
        assertThatThrownBy(() -> open(file)).isInstanceOfSatisfying(LatheException.class, e -> {
            Diagnostic d = e.diagnostics().getFirst();
            assertThat(d.code()).isEqualTo(code);
            assertThat(d.what()).contains(what);
            assertThat(d.fix()).isNotEmpty();
        });
    }

    private List<String> names() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(p -> p.getFileName().toString()).sorted().toList();
        }
    }

    private static void cut(Path file, long size) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.setLength(size);
        }
    }

    @Test
    void aCutEngineIsForeign() throws IOException {
        Path file = written("a.engine", 2);
        cut(file, Files.size(file) - 1);
        refused(file, "artifact.foreign", "was written with another engine");
        cut(file, 0);
        refused(file, "artifact.foreign", "was written with another engine");
    }

    @Test
    void enginesThatWereExchangedAreForeign() throws IOException {
        Path a = written("a.engine", 2);
        Path b = written("b.engine", 3);
        byte[] ofA = Files.readAllBytes(a);
        Files.copy(b, a, StandardCopyOption.REPLACE_EXISTING);
        Files.write(b, ofA);
        refused(a, "artifact.foreign", "a.engine.jar was written with another engine");
        refused(b, "artifact.foreign", "b.engine.jar was written with another engine");
    }

    @Test
    void enginesThatWereRenamedWithTheirJarsRun() throws IOException {
        Path a = written("a.engine", 2);
        Path b = folder.resolve("b.engine");
        Files.move(a, b);
        refused(b, "artifact.foreign", "there is no b.engine.jar beside it");
        Files.move(EngineFile.beside(a), EngineFile.beside(b));
        assertThat(run(open(b))).isEqualTo(2);
        assertThat(runtime.builds).isEqualTo(1);
    }

    @Test
    void aDamagedJarIsSaidToBeDamaged() throws IOException {
        Path file = written("a.engine", 2);
        Path jar = EngineFile.beside(file);
        byte[] whole = Files.readAllBytes(jar);
        for (int size : new int[] {0, 10, whole.length / 2, whole.length - 1}) {
            cut(jar, size);
            assertThatThrownBy(() -> open(file))
                    .as("cut to %s bytes", size)
                    .isInstanceOfSatisfying(
                            LatheException.class,
                            e -> assertThat(e.diagnostics().getFirst().fix()).isNotEmpty());
            Files.write(jar, whole);
        }
        int refused = 0;
        for (int at = 0; at < whole.length; at += 37) {
            byte[] changed = whole.clone();
            changed[at] ^= 0x55;
            Files.write(jar, changed);
            try {
                assertThat(run(open(file))).as("byte %s changed", at).isEqualTo(2);
            } catch (LatheException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(whole.length / 37 / 2);
    }

    @Test
    void theJarOfAnotherTargetIsForeign() throws IOException {
        Path file = written("a.engine", 2);
        Files.writeString(EngineFile.beside(file), "no jar at all");
        assertThatThrownBy(() -> open(file)).isInstanceOf(LatheException.class).hasMessageContaining("a.engine.jar");
    }

    @Test
    void aFolderIsNoEngine() throws IOException {
        Path file = written("a.engine", 2);
        Files.delete(file);
        Files.createDirectory(file);
        refused(file, "artifact.file", "a.engine cannot be read");
        byte[] jar = Files.readAllBytes(EngineFile.beside(file));
        assertThatThrownBy(() -> compile(3).write(file)).isInstanceOf(IOException.class);
        assertThat(EngineFile.beside(file)).as("the jar as it was").hasBinaryContent(jar);
        assertThat(names()).containsExactly("a.engine", "a.engine.jar");
    }

    @Test
    void aJarThatCannotBeReplacedLeavesTheEngine() throws IOException {
        Path file = written("a.engine", 2);
        byte[] engine = Files.readAllBytes(file);
        Files.delete(EngineFile.beside(file));
        Files.createDirectory(EngineFile.beside(file));
        assertThatThrownBy(() -> compile(3).write(file)).isInstanceOf(IOException.class);
        assertThat(file).as("the engine as it was").hasBinaryContent(engine);
        assertThat(names()).containsExactly("a.engine", "a.engine.jar");
    }

    @Test
    void aStaleEngineIsBuiltAgainWithANotice() throws IOException {
        Path file = written("a.engine", 2);
        runtime.facts.put("driver", "2");
        List<String> notices = notices(() -> assertThat(run(open(file))).isEqualTo(2));
        assertThat(notices).hasSize(1);
        assertThat(notices.getFirst()).contains("a.engine is built again").contains("driver 1, now 2");
        assertThat(notices(() -> assertThat(run(open(file))).isEqualTo(2))).isEmpty();
    }

    @Test
    void aStaleEngineRunsThoughItsFolderIsGone() throws IOException {
        Path gone = Files.createDirectory(folder.resolve("gone"));
        Path file = gone.resolve("a.engine");
        compile(2).write(file);
        TensorRtArtifact opened = open(file);
        Files.delete(file);
        Files.delete(EngineFile.beside(file));
        Files.delete(gone);
        runtime.facts.put("tensorrt", "12");
        List<String> notices = notices(() -> assertThat(run(opened)).isEqualTo(2));
        assertThat(notices).hasSize(2);
        assertThat(notices.getLast()).contains("cannot be written, and is built again each time");
    }

    private static List<String> notices(Runnable work) {
        List<String> messages = new ArrayList<>();
        Handler handler = new Handler() {
            @Override
            public void publish(LogRecord message) {
                messages.add(message.getMessage());
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        Logger logger = Logger.getLogger("dev.lathe.tensorrt");
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
        try {
            work.run();
        } finally {
            logger.removeHandler(handler);
            logger.setUseParentHandlers(true);
        }
        return messages;
    }

    /** A process that may write files of a few kilobytes alone stands for a disk without room. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void withoutRoomBothFilesStayAsTheyWere() throws Exception {
        Path file = written("a.engine", 2);
        byte[] engine = Files.readAllBytes(file);
        byte[] jar = Files.readAllBytes(EngineFile.beside(file));
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Process process = new ProcessBuilder(
                        "bash",
                        "-c",
                        "ulimit -f 32; exec \"$@\"",
                        "-",
                        java,
                        "-XX:-UsePerfData",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writing.class.getName(),
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isEqualTo(Writing.NO_ROOM);
        assertThat(file).hasBinaryContent(engine);
        assertThat(EngineFile.beside(file)).hasBinaryContent(jar);
        assertThat(names()).containsExactly("a.engine", "a.engine.jar");
        assertThat(run(open(file))).isEqualTo(2);
    }

    /** Writes an engine of a megabyte beside a jar of other facts. */
    static final class Writing {
        static final int NO_ROOM = 7;

        public static void main(String[] arguments) {
            Path file = Path.of(arguments[0]);
            EngineFile model = EngineFile.read(file).with(Map.of("gpu", "another"));
            try {
                model.write(file, MemorySegment.ofArray(new byte[1 << 20]));
            } catch (IOException e) {
                System.out.println(e);
                System.exit(NO_ROOM);
            }
        }
    }
}
