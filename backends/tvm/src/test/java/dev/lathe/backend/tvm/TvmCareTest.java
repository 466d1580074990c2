package dev.lathe.backend.tvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.backend.LoadOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Numerics;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Careless callers and files: each mistake is an error that says what to do, and leaves nothing behind. */
class TvmCareTest {
    private static final int THREADS = 8;

    @TempDir
    private Path folder;

    @BeforeEach
    void needsLibrary() {
        TvmModels.needLibrary();
    }

    private static Graph graph(String activation) {
        return IrText.parse("""
            graph @model(%x: f32[n, 3]) -> (f32[n, 2]) {
              %w = constant [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] : f32[3, 2]
              %p = mat_mul(%x, %w)
              %y = ACTIVATION(%p)
              return %y
            }
            """.replace("ACTIVATION", activation));
    }

    private static final Graph GRAPH = graph("tanh");

    private static TvmArtifact artifact(Graph graph) {
        return TvmModels.artifact(graph, TvmModels.options(2, Numerics.DEFAULT));
    }

    private static Map<String, Tensor> inputs(int rows) {
        return Map.of("x", TvmModels.random(rows, rows, 3));
    }

    private static void assertRight(Executable run, int rows) {
        TvmModels.assertClose(run.call(inputs(rows)), new ReferenceEvaluator(GRAPH).call(inputs(rows)));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }

    @Test
    void kernelsOfAnotherModelAreRefused() throws IOException {
        Path one = folder.resolve("one.jar");
        Path other = folder.resolve("other.jar");
        artifact(GRAPH).write(one);
        artifact(graph("sqrt")).write(other);
        for (String entry : List.of("model.so", "model.tir", "graph.lir")) {
            Path mixed = folder.resolve("mixed.jar");
            mix(one, other, entry, mixed);
            assertThatThrownBy(() -> TvmModels.BACKEND.open(mixed, LoadOptions.standard()))
                    .as(entry)
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("artifact.corrupt");
        }
    }

    /** Writes {@code one} with an entry of {@code other}, as whoever unpacks and packs jars may. */
    private static void mix(Path one, Path other, String name, Path to) throws IOException {
        try (ZipFile from = new ZipFile(one.toFile());
                ZipFile second = new ZipFile(other.toFile());
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(to))) {
            for (ZipEntry e : Collections.list(from.entries())) {
                out.putNextEntry(new ZipEntry(e.getName()));
                ZipFile source = e.getName().equals(name) ? second : from;
                try (InputStream in = source.getInputStream(source.getEntry(e.getName()))) {
                    in.transferTo(out);
                }
            }
        }
    }

    @Test
    void manyThreadsShareOneModel() {
        try (Executable run = artifact(GRAPH).load()) {
            List<Object> wrong = together(n -> {
                for (int i = 0; i < 20; i++) {
                    assertRight(run, n * 20 + i);
                }
            });
            assertThat(wrong).isEmpty();
        }
    }

    @Test
    void aModelMayBeClosedWhileItIsCalled() throws InterruptedException {
        long before = NativeTvm.require().tvm().openHandles();
        for (int round = 0; round < 5; round++) {
            Executable run = artifact(GRAPH).load();
            CountDownLatch called = new CountDownLatch(1);
            Thread closes = Thread.ofPlatform().start(() -> {
                try {
                    called.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                run.close();
            });
            List<Object> wrong = together(n -> {
                try {
                    while (true) {
                        assertRight(run, n + 1);
                        called.countDown();
                    }
                } catch (LatheException e) {
                    assertThat(e).hasMessageContaining("run.closed");
                } finally {
                    called.countDown();
                }
            });
            closes.join();
            assertThat(wrong).isEmpty();
        }
        assertThat(NativeTvm.require().tvm().openHandles()).isEqualTo(before);
    }

    private interface Work {
        void as(int number);
    }

    /** What goes wrong where threads do the same at once. */
    private static List<Object> together(Work work) {
        List<Object> wrong = Collections.synchronizedList(new ArrayList<>());
        List<Thread> threads = IntStream.range(0, THREADS)
                .mapToObj(n -> Thread.ofPlatform().start(() -> {
                    try {
                        work.as(n);
                    } catch (RuntimeException | Error e) {
                        wrong.add(e);
                    }
                }))
                .toList();
        for (Thread t : threads) {
            try {
                t.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return wrong;
    }

    @Test
    void aStoppedCallLeavesTheModelAsItWas() {
        try (Executable run = artifact(GRAPH).load()) {
            assertThatThrownBy(() -> run.call(inputs(4), Deadline.after(Duration.ofNanos(1))))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("call.cancelled");
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> run.call(inputs(4)))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("call.cancelled");
            assertThat(Thread.interrupted()).isTrue();
            assertRight(run, 4);
        }
    }

    @Test
    void aStoppedCompilationLeavesNothing() throws IOException {
        long before = NativeTvm.require().tvm().openHandles();
        TvmArtifact artifact = artifact(GRAPH);
        Path file = folder.resolve("model.jar");
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> artifact.write(file)).isInstanceOfAny(LatheException.class, IOException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(files()).isEmpty();
        assertThat(NativeTvm.require().tvm().openHandles()).isEqualTo(before);
        artifact.write(file);
        try (Executable run = TvmModels.BACKEND
                .open(file, LoadOptions.standard())
                .orElseThrow()
                .load()) {
            assertRight(run, 3);
        }
    }

    @Test
    void whereNoFileCanBeMadeNoneIs() throws IOException {
        TvmArtifact artifact = artifact(GRAPH);
        Path noFolder = Files.writeString(folder.resolve("file"), "");
        for (Path file : List.of(folder.resolve("missing").resolve("model.jar"), noFolder.resolve("model.jar"))) {
            assertThatThrownBy(() -> artifact.write(file)).isInstanceOfAny(LatheException.class, IOException.class);
        }
        assertThat(files()).containsExactly(noFolder);
    }

    /** Two files are loaded at once, also with a third where the first one was. */
    @Test
    void filesThatAreLoadedTogetherAreNotMixedUp() throws IOException {
        Path file = folder.resolve("model.jar");
        Path other = folder.resolve("other.jar");
        Graph root = graph("exp");
        artifact(GRAPH).write(file);
        artifact(root).write(other);
        for (int i = 0; i < 3; i++) {
            Executable first = opened(file);
            try (Executable second = opened(other)) {
                assertRight(first, 5);
                first.close();
                try (Executable third = opened(file)) {
                    TvmModels.assertClose(second.call(inputs(5)), new ReferenceEvaluator(root).call(inputs(5)));
                    assertRight(third, 5);
                }
            }
        }
    }

    private static Executable opened(Path file) {
        return TvmModels.BACKEND
                .open(file, LoadOptions.standard())
                .orElseThrow()
                .load();
    }

    @Test
    void librariesThatAreNotThoseOfTvmAreNamed() throws IOException {
        Path here = NativeTvm.require().origin();
        Path cut = folder.resolve("libtvm.so");
        try (InputStream in = Files.newInputStream(here)) {
            Files.copy(new java.io.ByteArrayInputStream(in.readNBytes(1 << 20)), cut);
        }
        assertThatThrownBy(() -> NativeTvm.open(folder))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("libtvm.so is cut off");
        Path another = here.resolveSibling("libquadmath.so.0");
        if (Files.exists(another)) {
            Files.copy(another, cut, StandardCopyOption.REPLACE_EXISTING);
            assertThatThrownBy(() -> NativeTvm.open(folder))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("there is no function TVM");
        }
    }
}
