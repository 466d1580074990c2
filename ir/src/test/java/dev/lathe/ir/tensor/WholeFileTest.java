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
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        busy.toString())
                .redirectErrorStream(true)
                .start();
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
