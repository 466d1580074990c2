package dev.lathe.ir.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
    @TempDir
    private Path folder;

    private static WholeFile.Content text(String s) {
        return channel -> WholeFile.put(channel, MemorySegment.ofArray(s.getBytes(StandardCharsets.UTF_8)));
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.map(p -> String.valueOf(p.getFileName())).sorted().toList();
        }
    }

    private static Process process(Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    @Test
    void whatAKilledProcessLeftGoesWithTheNextWrite() throws IOException {
        for (String stale : List.of(".out.bin.123-1f-ab.part", ".out.bin.99.part")) {
            Files.writeString(folder.resolve(stale), "half");
        }
        for (String other : List.of(".out.bin.notes.part", ".other.bin.99.part", "out.bin.99.part")) {
            Files.writeString(folder.resolve(other), "someone else's");
        }
        WholeFile.write(folder.resolve("out.bin"), text("new"));
        assertThat(files()).containsExactly(".other.bin.99.part", ".out.bin.notes.part", "out.bin", "out.bin.99.part");
        assertThat(folder.resolve("out.bin")).hasContent("new");
    }

    @Test
    void whatAnotherProcessStillWritesStays() throws Exception {
        Path busy = folder.resolve(".out.bin.123-1f-ab.part");
        Process other = process(Holder.class, busy.toString());
        try {
            assertThat(other.getInputStream().read()).isEqualTo('+');
            WholeFile.write(folder.resolve("out.bin"), text("new"));
            assertThat(files()).containsExactly(".out.bin.123-1f-ab.part", "out.bin");
        } finally {
            other.destroyForcibly().waitFor();
        }
        WholeFile.write(folder.resolve("out.bin"), text("newer"));
        assertThat(files()).containsExactly("out.bin");
    }

    /** A process that writes a file without end. */
    static final class Holder {
        private Holder() {}

        public static void main(String[] arguments) throws Exception {
            try (FileChannel channel =
                    FileChannel.open(Path.of(arguments[0]), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                channel.lock();
                System.out.write('+');
                System.out.flush();
                Thread.sleep(60_000);
            }
        }
    }

    @Test
    void twoProcessesWriteOneFileWhole() throws Exception {
        Path file = folder.resolve("out.bin");
        List<Process> writers =
                List.of(process(Writer.class, file.toString(), "a"), process(Writer.class, file.toString(), "b"));
        try {
            for (Process writer : writers) {
                assertThat(writer.getInputStream().read()).isEqualTo('+');
            }
            for (Process writer : writers) {
                writer.getOutputStream().close(); // they go on together
            }
            while (writers.stream().anyMatch(Process::isAlive)) {
                if (Files.exists(file)) {
                    requireWhole(file);
                }
            }
            for (Process writer : writers) {
                assertThat(writer.waitFor())
                        .as("%s", new String(writer.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .isZero();
            }
        } finally {
            writers.forEach(Process::destroyForcibly);
        }
        requireWhole(file);
        assertThat(files()).containsExactly("out.bin");
    }

    private static void requireWhole(Path file) throws IOException {
        String content = Files.readString(file);
        assertThat(List.of(Writer.content("a"), Writer.content("b")).contains(content))
                .as("%d bytes", content.length())
                .isTrue();
    }

    /** A process that writes a file a hundred times, once its standard input ends. */
    static final class Writer {
        private static final int TIMES = 100;

        private Writer() {}

        /** Longer than what a file system writes at once. */
        static String content(String letter) {
            return letter.repeat(300_000);
        }

        public static void main(String[] arguments) throws IOException {
            System.out.write('+');
            System.out.flush();
            if (System.in.read() >= 0) {
                throw new IOException("nothing is to be read");
            }
            for (int i = 0; i < TIMES; i++) {
                WholeFile.write(Path.of(arguments[0]), text(content(arguments[1])));
            }
        }
    }

    @Test
    void aFailureLeavesTheFileAsItWas() throws IOException {
        Path file = folder.resolve("out.bin");
        WholeFile.write(file, text("old"));
        assertThatThrownBy(() -> WholeFile.write(file, channel -> {
                    text("half").writeTo(channel);
                    throw new IOException("no space");
                }))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("no space");
        assertThat(file).hasContent("old");
        assertThat(files()).containsExactly("out.bin");
    }

    @Test
    void anInterruptLeavesNothing() throws Exception {
        Path file = folder.resolve("out.bin");
        CountDownLatch writing = new CountDownLatch(1);
        Thread writer = new Thread(() -> {
            try {
                WholeFile.write(file, channel -> {
                    writing.countDown();
                    while (true) {
                        channel.position(0);
                        text("again").writeTo(channel);
                    }
                });
            } catch (LatheException e) {
                // as it should be
            }
        });
        writer.start();
        writing.await();
        writer.interrupt();
        writer.join(20_000);
        assertThat(writer.isAlive()).isFalse();
        assertThat(files()).isEmpty();
    }

    @Test
    void namesOfAnyLengthAreWritten() throws IOException {
        String name = "n".repeat(240);
        WholeFile.write(folder.resolve(name), text("long"));
        assertThat(files()).containsExactly(name);
    }

    @Test
    void aLinkStaysOne() throws IOException {
        Path file = folder.resolve("out.bin");
        Files.writeString(file, "old");
        Path link = Files.createSymbolicLink(folder.resolve("link"), file);
        WholeFile.write(link, text("new"));
        assertThat(link).isSymbolicLink();
        assertThat(file).hasContent("new");
    }
}
