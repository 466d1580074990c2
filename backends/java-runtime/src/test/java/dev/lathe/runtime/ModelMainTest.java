package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.runtime.input.InputValues;
import dev.lathe.runtime.machine.MachineCode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.module.ModuleFinder;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each test runs {@code java -jar} on a jar like those that the compiler writes. */
class ModelMainTest {
    @TempDir
    static Path folder;

    private static Path jar;

    private record Result(int code, String out, String err) {}

    @BeforeAll
    static void makeJar() throws Exception {
        jar = folder.resolve("tiny.jar");
        Manifest manifest = new Manifest();
        Attributes a = manifest.getMainAttributes();
        a.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        a.put(Attributes.Name.MAIN_CLASS, ModelMain.class.getName());
        a.put(Attributes.Name.CLASS_PATH, location(Tensor.class).toString());
        a.putValue("Lathe-Model", TinyModel.class.getName());
        a.putValue("Lathe-Name", "tiny");
        a.putValue("Lathe-Version", "1.2.3");
        Map<String, byte[]> entries = new TreeMap<>();
        addPackage(entries, ModelMain.class);
        addPackage(entries, InputValues.class);
        addPackage(entries, MachineCode.class);
        addPackage(entries, TinyModel.class);
        entries.put("sources/model/TinyModel.java", "class TinyModel {}".getBytes(StandardCharsets.UTF_8));
        entries.put("sources/../../outside.java", new byte[0]);
        ModelArchive.Checksum sum = new ModelArchive.Checksum();
        entries.forEach((name, bytes) -> {
            CRC32 crc = new CRC32();
            crc.update(bytes);
            sum.add(name, bytes.length, crc.getValue());
        });
        a.putValue(ModelArchive.CHECKSUM, sum.toString());
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            for (Map.Entry<String, byte[]> e : entries.entrySet()) {
                out.putNextEntry(new ZipEntry(e.getKey()));
                out.write(e.getValue());
                out.closeEntry();
            }
        }
    }

    private static URI location(Class<?> c) throws Exception {
        return c.getProtectionDomain().getCodeSource().getLocation().toURI();
    }

    /** Adds the classes of the package of {@code c} from where that comes from, a folder or a jar. */
    private static void addPackage(Map<String, byte[]> entries, Class<?> c) throws Exception {
        String name = c.getPackageName().replace('.', '/');
        Path root = Path.of(location(c));
        if (Files.isDirectory(root)) {
            try (Stream<Path> files = Files.list(root.resolve(name))) {
                for (Path f : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                    entries.put(name + "/" + f.getFileName(), Files.readAllBytes(f));
                }
            }
        } else {
            try (var in = java.nio.file.FileSystems.newFileSystem(root);
                    Stream<Path> files = Files.list(in.getPath(name))) {
                for (Path f : files.filter(f -> f.toString().endsWith(".class")).toList()) {
                    entries.put(name + "/" + f.getFileName(), Files.readAllBytes(f));
                }
            }
        }
    }

    private static Result java(List<String> jvm, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(jvm);
        command.add("-jar");
        command.add(jar.toString());
        command.addAll(List.of(arguments));
        Path out = Files.createTempFile(folder, "out", ".txt");
        Path err = Files.createTempFile(folder, "err", ".txt");
        Process p = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertThat(p.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Result(p.exitValue(), Files.readString(out), Files.readString(err));
    }

    @Test
    void aLiteralRunsAndTheResultIsPrinted() throws Exception {
        Result r = java(List.of(), "--input", "x=[1, 2, 3]");
        assertThat(r.out()).isEqualTo("y/out:0: f32[1, 3] {3.0, 5.0, 7.0}\n");
        assertThat(r.err()).isEmpty();
        assertThat(r.code()).isZero();
    }

    @Test
    void filesGoInAndOut() throws Exception {
        Path in = folder.resolve("in.npy");
        Path results = folder.resolve("results");
        Npy.write(Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3), in);
        Result r = java(List.of(), "--input=x=" + in, "--output", results.toString(), "--scalar");
        assertThat(r.err()).isEmpty();
        assertThat(r.code()).isZero();
        assertThat(Npy.read(results.resolve("y_out_0.npy")))
                .isEqualTo(Tensor.of(new float[] {3, 5, 7, 9, 11, 13}, 2, 3));
    }

    @Test
    void inputsThatAreNotGivenAreRandomAndSaidSo() throws Exception {
        Result r = java(List.of(), "--shape", "x=4x3", "--scalar");
        assertThat(r.err()).isEqualTo("note: input \"x\" is not given: random, f32[4, 3], seed 1\n");
        assertThat(r.out()).startsWith("y/out:0: f32[4, 3] {");
        assertThat(java(List.of(), "--shape", "n=4", "--scalar").out()).isEqualTo(r.out());
        assertThat(java(List.of(), "--shape", "n=4", "--seed", "2", "--scalar").out())
                .isNotEqualTo(r.out());
    }

    @Test
    void aPlainStartGetsVectorsAndKeepsTheOptionsOfTheJvm() throws Exception {
        assumeTrue(ModuleFinder.ofSystem().find("jdk.incubator.vector").isPresent(), "this Java has no Vector API");
        Result r = java(List.of("-XX:MaxVectorSize=16"), "--bench", "3", "--threads", "1");
        assertThat(r.out()).contains("load ", "first ", "median ", "p99 ", " 3 calls, 1 threads, vectors of 4 floats");
        assertThat(r.err()).doesNotContain("WARNING").contains("note: input \"x\"");
        assertThat(r.code()).isZero();
    }

    @Test
    void aCallStopsAtItsTimeout() throws Exception {
        Result r = java(List.of(), "--input", "x=[1, 2, 3]", "--timeout", "0", "--scalar");
        assertThat(r.err()).startsWith("error[call.cancelled]: the call was stopped at its deadline");
        assertThat(r.code()).isEqualTo(1);
    }

    @Test
    void scalarStaysWithoutVectors() throws Exception {
        Result r = java(List.of("--add-modules=jdk.incubator.vector"), "--bench", "3", "--scalar");
        assertThat(r.out()).contains(" threads, no vectors");
        assertThat(java(List.of("-Dlathe.scalar=true"), "--bench=3").out()).contains(" threads, no vectors");
    }

    @Test
    void theRestartIsNotRepeated() throws Exception {
        Result r = java(List.of("-Dlathe.restarted=true"), "--bench", "3");
        assertThat(r.out()).contains(" threads, no vectors");
        assertThat(r.err()).contains("running without vectors", "--add-modules jdk.incubator.vector");
    }

    @Test
    void theRestartPassesOnFaults() throws Exception {
        Result r = java(List.of(), "--input", "x=[[1, 2]]");
        assertThat(r.code()).isEqualTo(1);
        assertThat(r.err())
                .startsWith("error[run.wrong-input]: input \"x\" is f32[1, 2], but the model takes f32[n, 3]")
                .doesNotContain("WARNING", "\tat ");
        assertThat(r.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        2 | --nope          | error[usage.option]: there is no option --nope
        2 | model.onnx      | error[usage.option]: there is no option model.onnx
        2 | --output        | error[usage.option]: --output needs a value
        2 | --timeout=soon  | error[usage.option]: --timeout soon is not a number
        2 | --timeout=-1    | error[usage.timeout]: a timeout cannot be -1.0
        2 | --threads=many  | error[usage.option]: --threads many is not a number
        1 | --input==[1]    | error[run.unknown-input]: the model has no input ""
        2 | --shape=x=3x4   | error[usage.shape]: input x is f32[n, 3] and cannot have shape [3, 4]
        2 | --shape=m=3     | error[usage.shape]: there is no input named m
        2 | --fit=crp       | error[usage.image]: --fit crp: there is no such way
        2 | --std=0         | error[usage.image]: --std 0: it divides by 0
        1 | --input=z=[1]   | error[run.unknown-input]: the model has no input "z"
        1 | --input=x=[1,a] | error[input.literal]: input "x": "[1,a]" is not a tensor of f32: "a" is not such a value
        """)
    void faultsAreDiagnosticsWithAnExitCode(int code, String argument, String message) throws Exception {
        Result r = java(List.of("-Dlathe.scalar=true"), argument);
        assertThat(r.err()).startsWith(message).contains("\n  fix: ").doesNotContain("\tat ");
        assertThat(r.code()).isEqualTo(code);
    }

    @Test
    void anOutputFolderThatCannotBeIsAFault() throws Exception {
        Result r = java(List.of("-Dlathe.scalar=true"), "--output", jar + "/below", "--stacktrace");
        assertThat(r.err()).contains("error[output.unwritable]: cannot write below", "\tat ");
        assertThat(r.code()).isEqualTo(1);
    }

    @Test
    void helpTellsWhatTheModelIsAndHowToCallIt() throws Exception {
        Result r = java(List.of(), "--help");
        assertThat(r.err()).isEmpty();
        assertThat(r.code()).isZero();
        assertThat(r.out())
                .startsWith("tiny, a model compiled by Lathe 1.2.3\n")
                .contains("Inputs:\n  x  f32[n, 3]\n", "Outputs:\n  y/out:0  f32[n, 3]\n")
                .contains("Dimensions that each call chooses: n\n")
                .contains("java -jar tiny.jar --input x=x.npy\n")
                .contains("import dev.lathe.runtime.TinyModel;", "try (TinyModel model = TinyModel.load(0)) {")
                .contains("Tensor x = Tensor.of(new float[] {...}, n, 3);  // x: f32[n, 3]")
                .contains("Tensor result = model.scaled(x);")
                .contains("java --add-modules jdk.incubator.vector");
        for (String option :
                ModelOptions.HELP.lines().map(l -> l.strip().split("[ ,]")[0]).toList()) {
            assertThat(r.out()).contains("  " + option);
        }
    }

    @Test
    void theSourcesComeOutOfTheJarAndNoFurther() throws Exception {
        Path to = folder.resolve("a").resolve("sources");
        Result r = java(List.of(), "--sources", to.toString());
        assertThat(r.out()).isEqualTo("1 files below " + to + "\n");
        assertThat(to.resolve("model/TinyModel.java")).content().isEqualTo("class TinyModel {}");
        assertThat(folder.resolve("outside.java")).doesNotExist();
        assertThat(java(List.of(), "--version").out()).isEqualTo("tiny, compiled by Lathe 1.2.3\n");
    }

    @Test
    void onlyTheWarningOfTheJvmIsDropped() throws Exception {
        String warning = "WARNING: Using incubator modules: jdk.incubator.vector";
        assertThat(passedOn(warning + "\nerror[x]\n" + warning + "\n")).isEqualTo("error[x]\n" + warning + "\n");
        assertThat(passedOn(warning)).isEmpty();
        assertThat(passedOn("WARNING: Using more\nrest")).isEqualTo("WARNING: Using more\nrest");
        assertThat(passedOn("WARN")).isEqualTo("WARN");
        assertThat(passedOn("")).isEmpty();
    }

    private static String passedOn(String text) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        VectorRestart.passOn(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), out);
        return out.toString(StandardCharsets.UTF_8);
    }
}
