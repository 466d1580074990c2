package dev.lathe.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are not what a command needs: one diagnostic each, exit code 1, and nothing left behind. */
class BadFileTest {
    @TempDir
    private Path folder;

    private void assertRefused(Path model, String... told) throws IOException {
        List<String> before = Cli.files(folder);
        for (List<Object> command : List.<List<Object>>of(
                List.of("compile", model, "-o", folder.resolve("out.jar")),
                List.of("run", model),
                List.of("inspect", model),
                List.of("opt", model, "-o", folder.resolve("out.lir")),
                List.of("bench", model, "--json", folder.resolve("out.json")))) {
            Cli cli = Cli.lathe(command.toArray());
            assertThat(cli.exit()).as(command.toString()).isEqualTo(1);
            assertThat(cli.err()).as(command.toString()).contains(told).doesNotContain("\tat ", "Exception");
            assertThat(cli.problems()).as(command.toString()).isOne();
            assertThat(cli.out()).isEmpty();
        }
        assertThat(Cli.files(folder)).isEqualTo(before);
    }

    @Test
    void missing() throws IOException {
        assertRefused(folder.resolve("no.onnx"), "there is no file", "no.onnx");
    }

    @Test
    void missingText() throws IOException {
        assertRefused(folder.resolve("no.lir"), "no.lir");
    }

    @Test
    void empty() throws IOException {
        assertRefused(TinyModels.write(folder.resolve("empty.onnx"), new byte[0]), "is empty");
    }

    @Test
    void random() throws IOException {
        byte[] bytes = new byte[5000];
        new Random(1).nextBytes(bytes);
        assertRefused(TinyModels.write(folder.resolve("random.onnx"), bytes), "is not an ONNX model");
    }

    @Test
    void truncated() throws IOException {
        byte[] whole = Files.readAllBytes(TinyModels.onnx(folder.resolve("whole.onnx"), "Relu"));
        assertRefused(
                TinyModels.write(folder.resolve("cut.onnx"), Arrays.copyOf(whole, whole.length - 20)),
                "cut off",
                "size");
    }

    @Test
    void picture() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(new BufferedImage(20, 20, BufferedImage.TYPE_INT_RGB), "jpeg", bytes);
        assertRefused(TinyModels.write(folder.resolve("cat.onnx"), bytes.toByteArray()), "is not an ONNX model");
    }

    @Test
    void folder() throws IOException {
        Files.createDirectory(folder.resolve("dir.onnx"));
        assertRefused(folder.resolve("dir.onnx"), "is not a file");
    }

    @Test
    void unknownOperator() throws IOException {
        assertRefused(
                TinyModels.onnx(folder.resolve("new.onnx"), "Frobnicate"),
                "Frobnicate is not known",
                "\"only\"(Frobnicate-13)",
                "lathe ops");
    }

    @Test
    void wrongText() throws IOException {
        assertRefused(
                TinyModels.write(folder.resolve("bad.lir"), "graph @g(%x: f32[2]) -> (f32[2]) {\n  %y = rellu(%x)"),
                "2");
    }

    @Test
    void aJarThatIsNoModel() {
        Path jar = TinyModels.write(folder.resolve("zip.jar"), "PK");
        for (String command : List.of("run", "bench")) {
            Cli cli = Cli.lathe(command, jar);
            assertThat(cli.exit()).isEqualTo(1);
            assertThat(cli.err()).contains("is not a compiled model", "lathe compile");
            assertThat(cli.problems()).isOne();
        }
    }

    @Test
    void aMissingJar() {
        Cli cli = Cli.lathe("run", folder.resolve("no.jar"));
        assertThat(cli.exit()).isEqualTo(1);
        assertThat(cli.err()).contains("there is no file");
    }

    @Test
    void anOutputInAFolderThatDoesNotExist() throws IOException {
        Path model = TinyModels.mlp(folder);
        for (Cli cli : List.of(
                Cli.lathe("compile", model, "-o", folder.resolve("no/out.jar")),
                Cli.lathe("opt", model, "-o", folder.resolve("no/out.lir")),
                Cli.lathe("opt", model, "--html", folder.resolve("no/out.html")),
                Cli.lathe("inspect", model, "--json", folder.resolve("no/out.json")))) {
            assertThat(cli.exit()).isEqualTo(2);
            assertThat(cli.err()).contains("cannot write", "there is no folder");
            assertThat(cli.problems()).isOne();
        }
        assertThat(Cli.files(folder)).containsExactly("mlp.lir");
    }

    @Test
    void anOutputWithoutPermission() throws IOException {
        Path locked = Files.createDirectory(
                folder.resolve("locked"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-xr-xr-x")));
        Assumptions.assumeFalse(Files.isWritable(locked), "this user may write everywhere");
        Cli cli = Cli.lathe("compile", TinyModels.mlp(folder), "-o", locked.resolve("out.jar"));
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("no permission");
    }

    @Test
    void anOutputThatIsAFolder() {
        Cli cli = Cli.lathe("compile", TinyModels.mlp(folder), "-o", folder);
        assertThat(cli.exit()).isEqualTo(2);
        assertThat(cli.err()).contains("it is a folder");
    }

    @Test
    void aDeviceIsNotReplacedByAFile() {
        Path device = Path.of("/dev/null");
        Assumptions.assumeTrue(Files.exists(device), "there is no /dev/null");
        Path model = TinyModels.mlp(folder);
        assertThat(Cli.lathe("compile", model, "-o", device).err()).contains("no regular file");
        assertThat(Cli.lathe("opt", model, "--html", device).exit()).isZero();
        assertThat(Files.isRegularFile(device)).isFalse();
    }

    @Test
    void aLinkStaysALink() throws IOException {
        Path target = TinyModels.write(folder.resolve("target.html"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link.html"), target);
        assertThat(Cli.lathe("opt", TinyModels.mlp(folder), "--html", link).exit())
                .isZero();
        assertThat(Files.isSymbolicLink(link)).isTrue();
        assertThat(Files.readString(target)).startsWith("<!doctype html>");
    }

    @Test
    void aFolderThatTakesNoFiles() {
        Path proc = Path.of("/proc");
        Assumptions.assumeTrue(Files.isWritable(proc), "there is no /proc that pretends to be writable");
        Path model = TinyModels.mlp(folder);
        for (Cli cli : List.of(
                Cli.lathe("compile", model, "-o", proc.resolve("x.jar")),
                Cli.lathe("opt", model, "-o", proc.resolve("x.lir")),
                Cli.lathe("opt", model, "-o", proc.resolve("x.onnx")),
                Cli.lathe("opt", model, "--html", proc.resolve("x.html")))) {
            assertThat(cli.exit()).as(cli.err()).isEqualTo(1);
            assertThat(cli.problems()).isOne();
        }
    }
}
