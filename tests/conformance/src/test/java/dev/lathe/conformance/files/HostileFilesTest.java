package dev.lathe.conformance.files;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.cli.Main;
import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The folders below those that {@code -Dlathe.hostile} names, each with a {@code model.onnx} and a file
 * {@code in.txt} of inputs, one a line: {@code name;type;dims;values}, where {@code r} stands for random values.
 * Whatever is done with such a file ends within seconds, in a result or in diagnostics.
 */
class HostileFilesTest {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private static final Duration CALL = Duration.ofSeconds(5);

    @TempDir
    Path temporary;

    @TestFactory
    Stream<DynamicContainer> run() {
        return Stream.of("java", "reference")
                .map(target -> dynamicContainer(target, tests(folder -> run(folder, target))));
    }

    @TestFactory
    Stream<DynamicContainer> commands() {
        return Stream.of(
                dynamicContainer("inspect", tests(folder -> command("inspect", model(folder)))),
                dynamicContainer("opt", tests(f -> command("opt", model(f), "-o", out("opt.onnx")))),
                dynamicContainer("compile", tests(f -> command("compile", model(f), "-o", out("model.jar")))));
    }

    private Stream<DynamicTest> tests(Check check) {
        return Folders.named("lathe.hostile").stream()
                .flatMap(HostileFilesTest::folders)
                .map(folder -> dynamicTest(
                        folder.getFileName().toString(),
                        () -> assertTimeoutPreemptively(LIMIT, () -> check.of(folder))));
    }

    private interface Check {
        void of(Path folder) throws IOException;
    }

    private static Stream<Path> folders(Path root) {
        try (Stream<Path> files = Files.list(root)) {
            return files.filter(f -> Files.isRegularFile(f.resolve("model.onnx"))).sorted().toList().stream();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String model(Path folder) {
        return folder.resolve("model.onnx").toString();
    }

    private String out(String name) {
        return temporary.resolve(name).toString();
    }

    /** A call may take as long as the model says; what is promised is that its deadline stops it. */
    private static void run(Path folder, String target) throws IOException {
        CompileOptions options = CompileOptions.builder().target(target).build();
        try (Executable executable =
                Lathe.compile(folder.resolve("model.onnx"), options).load()) {
            executable.run(inputs(folder), Deadline.after(CALL));
        } catch (LatheException e) {
            assertTrue(!e.diagnostics().isEmpty(), "a failure without a diagnostic");
        }
    }

    private static void command(String... arguments) {
        StringWriter err = new StringWriter();
        int exit = Main.execute(new PrintWriter(new StringWriter()), new PrintWriter(err), arguments);
        assertTrue(exit == 0 || exit == 1, () -> "exit code " + exit + ": " + err);
    }

    private static Map<String, Datum> inputs(Path folder) throws IOException {
        Map<String, Datum> inputs = new HashMap<>();
        for (String line : Files.readAllLines(folder.resolve("in.txt"))) {
            List<String> parts = List.of(line.split(";", 4));
            long[] dims = Stream.of(parts.get(2).split(","))
                    .mapToLong(Long::parseLong)
                    .toArray();
            inputs.put(parts.get(0), tensor(parts.get(1), dims, parts.get(3)));
        }
        return inputs;
    }

    private static Tensor tensor(String type, long[] dims, String text) {
        long count = 1;
        for (long d : dims) {
            count *= d;
        }
        String[] values = text.equals("r")
                ? new Random(1).doubles(count, -1, 1).mapToObj(Double::toString).toArray(String[]::new)
                : type.equals("str") ? new String[] {text} : text.split(",");
        return switch (type) {
            case "f32" -> {
                float[] all = new float[values.length];
                for (int i = 0; i < all.length; i++) {
                    all[i] = Float.parseFloat(values[i]);
                }
                yield Tensor.of(all, dims);
            }
            case "i64" -> Tensor.of(Stream.of(values).mapToLong(Long::parseLong).toArray(), dims);
            case "str" -> Tensor.ofStrings(values, dims);
            default ->
                throw new IllegalArgumentException("in.txt has an element type that this test does not know: " + type);
        };
    }
}
