package dev.lathe.filetests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.frontend.text.PipelineText;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.text.Printer;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.PassRegistry;
import dev.lathe.passes.PassSpec;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.listen.Verify;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.function.Executable;

/**
 * Makes JUnit tests of the {@code .lir} and {@code .textproto} files in a folder and below it:
 *
 * {@snippet :
 * class MyPassesTest {
 *     @TestFactory
 *     List<DynamicNode> files() {
 *         return FileTests.in(Path.of("src/test/lir"));
 *     }
 * }
 * }
 *
 * <p>With {@code -Dbless} the tests write what the passes make into the files, to be read before it is committed. What
 * a {@code // run:} shows to be wrong is not written.
 */
public final class FileTests {
    private static final boolean BLESS = System.getProperty("bless") != null;
    private static final Pattern POSITION = Pattern.compile("text:([0-9]+):[0-9]+: .*", Pattern.DOTALL);

    private static final Pattern ANY_POSITION = Pattern.compile("text:([0-9]+):[0-9]+: ");

    private FileTests() {}

    private static List<FileTest> read(Path folder) {
        List<FileTest> tests = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(FileTest::isTest).sorted().toList()) {
                if (!folder.relativize(file).startsWith("target")) {
                    tests.add(FileTest.read(file));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return tests;
    }

    /**
     * A test for each file, with the passes that are on the class path.
     *
     * @throws IllegalArgumentException if there is no file, or one has a line that cannot be understood
     */
    public static List<DynamicNode> in(Path folder) {
        List<DynamicNode> nodes = new ArrayList<>();
        for (FileTest test : read(folder)) {
            List<DynamicNode> parts = new ArrayList<>();
            if (test.errors().isEmpty()) {
                parts.add(part("result", test, test.expectedLine(), () -> result(test, BLESS)));
                parts.add(part("print, parse, print", test, 1, () -> roundTrip(test)));
                parts.add(part("symbolic", test, 1, () -> symbolic(test)));
                test.unwanted()
                        .forEach((line, op) -> parts.add(part("no " + op, test, line, () -> unwanted(test, op))));
                for (FileTest.Run run : test.runs()) {
                    String name = "run @" + run.graph() + " " + run.seed();
                    parts.add(part(name, test, run.line(), () -> run(test, run)));
                }
            } else {
                parts.add(part("errors", test, 1, () -> errors(test)));
            }
            nodes.add(dynamicContainer(
                    folder.relativize(test.file()).toString(), test.file().toUri(), parts.stream()));
        }
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("there is no .lir or .textproto file in " + folder.toAbsolutePath());
        }
        return nodes;
    }

    /** A test of a file, whose failure begins with the file and the line that it is about. */
    private static DynamicTest part(String name, FileTest test, int line, Executable body) {
        URI at = URI.create(test.file().toUri() + "?line=" + line);
        return dynamicTest(name, at, () -> located(test, line, body));
    }

    static void located(FileTest test, int line, Executable body) throws Throwable {
        try {
            body.execute();
        } catch (AssertionError | RuntimeException e) {
            Matcher position = ANY_POSITION.matcher(String.valueOf(e.getMessage()));
            int found = position.find() ? Integer.parseInt(position.group(1)) : line;
            throw new AssertionError(test.file() + ":" + found + ": " + e.getMessage(), e);
        }
    }

    private static void unwanted(FileTest test, String op) {
        for (Graph g : test.graphs()) {
            assertThat(transform(test, g).allNodes())
                    .as("nodes of @%s after the passes, of which none may be %s", g.name(), op)
                    .noneMatch(n -> n.op().mnemonic().equals(op));
        }
    }

    /** The names of the passes that the files in a folder test. */
    public static Set<String> passes(Path folder) {
        Set<String> tested = new TreeSet<>();
        read(folder).forEach(t -> PipelineText.parse(t.passes()).forEach(s -> tested.add(s.name())));
        return tested;
    }

    private static Graph transform(FileTest test, Graph graph) {
        Pipeline pipeline = Pipeline.of(
                PipelineText.parse(test.passes()).stream()
                        .map(s -> new PassSpec(s.name(), s.options()))
                        .toList(),
                PassRegistry.standard());
        return PassManager.run(
                graph,
                pipeline,
                PassContext.standard()
                        .withNumerics(test.numerics())
                        .withShapes(shapes(test))
                        .withListeners(List.of(new Verify())));
    }

    /** Of {@code x=2x3 y=4}. */
    private static Map<String, Shape> shapes(FileTest test) {
        Map<String, Shape> shapes = new HashMap<>();
        for (String s : test.shapes().split(" ")) {
            if (!s.isBlank()) {
                String[] dims = s.substring(s.indexOf('=') + 1).split("x");
                shapes.put(
                        s.substring(0, s.indexOf('=')),
                        Shape.of(Arrays.stream(dims).mapToLong(Long::parseLong).toArray()));
            }
        }
        return shapes;
    }

    /** With {@code bless} the file is written instead, but only if its runs give the same before and after. */
    static void result(FileTest test, boolean bless) throws IOException {
        String actual = test.graphs().stream()
                .map(g -> test.mode().show(transform(test, g)))
                .collect(Collectors.joining("\n\n"));
        if (bless) {
            test.runs().forEach(run -> run(test, run));
            test.bless(actual);
            return;
        }
        assertThat(test.expected())
                .as("`// expect:` of %s; -Dbless writes it", test.file())
                .isPresent();
        assertThat(actual).isEqualTo(test.expected().orElseThrow().strip());
    }

    private static void roundTrip(FileTest test) {
        for (Graph g : test.graphs()) {
            for (Graph each : List.of(g, transform(test, g))) {
                Map<String, dev.lathe.ir.tensor.Tensor> weights = new HashMap<>();
                String text = dev.lathe.ir.text.Printer.print(each, weights::put);
                Graph again = IrText.parse(text, name -> Optional.ofNullable(weights.get(name)));
                assertThat(Printer.print(again)).isEqualTo(text);
            }
        }
    }

    /** The passes also work when the sizes are not known, and give the same results. */
    private static void symbolic(FileTest test) {
        if (!test.shapes().isEmpty()) {
            return; // the shapes say which dimensions are symbols
        }
        for (Graph g : test.graphs()) {
            Optional<SymbolicSizes> symbolic = SymbolicSizes.of(g);
            if (symbolic.isEmpty()) {
                continue;
            }
            Graph after = transform(test, symbolic.get().graph());
            for (FileTest.Run run : test.runs()) {
                if (run.graph().equals(g.name())) {
                    Map<String, Datum> inputs = new SeededInputs(run).of(g);
                    Results.assertSame(
                            new ReferenceEvaluator(g).run(inputs),
                            new ReferenceEvaluator(after).run(inputs),
                            run.within(),
                            "symbolic sizes");
                }
            }
        }
    }

    private static void run(FileTest test, FileTest.Run run) {
        Graph before = test.graphs().stream()
                .filter(g -> g.name().equals(run.graph()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(test.file() + ": there is no graph @" + run.graph()));
        Graph after = transform(test, before);
        Map<String, Datum> inputs = new SeededInputs(run).of(before);
        Map<String, Datum> expected = new ReferenceEvaluator(before).run(inputs);
        Results.assertSame(expected, new ReferenceEvaluator(after).run(inputs), run.within(), "after the passes");
        for (Backend backend : Backends.all()) {
            if (!(backend.probe() instanceof Availability.Ready)) {
                continue; // `lathe doctor` says why
            }
            CompileOptions options = CompileOptions.builder().build();
            Graph target = PassManager.run(after, backend.pipeline(options), List.of(new Verify()));
            try (dev.lathe.ir.Executable executable =
                    backend.compile(target, options).load()) {
                Results.assertSame(expected, executable.run(inputs), run.within(), "on target " + backend.name());
            }
        }
    }

    private static void errors(FileTest test) {
        try {
            test.graphs().forEach(g -> transform(test, g));
        } catch (LatheException e) {
            List<String> unexpected = new ArrayList<>();
            Map<Integer, String> missing = new HashMap<>(test.errors());
            for (Diagnostic d : e.diagnostics()) {
                Matcher position = POSITION.matcher(d.what());
                Optional<Integer> line = missing.entrySet().stream()
                        .filter(m -> d.toString().contains(m.getValue())
                                && (!position.matches() || Integer.parseInt(position.group(1)) == m.getKey()))
                        .map(Map.Entry::getKey)
                        .findFirst();
                line.ifPresentOrElse(missing::remove, () -> {
                    // One mistake may show in several ways, on a line where one is expected.
                    if (position.matches() && !test.errors().containsKey(Integer.parseInt(position.group(1)))) {
                        unexpected.add(d.toString());
                    }
                });
            }
            assertThat(missing)
                    .as("errors that do not occur; there are\n%s", e.getMessage())
                    .isEmpty();
            assertThat(unexpected).as("errors that no `// error:` expects").isEmpty();
            return;
        }
        fail(test.file() + " has no error");
    }
}
