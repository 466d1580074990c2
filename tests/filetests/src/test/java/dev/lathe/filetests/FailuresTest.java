package dev.lathe.filetests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the tests of a file say when they fail. */
class FailuresTest {
    @TempDir
    private Path folder;

    private List<DynamicTest> tests(String text) throws Exception {
        Files.writeString(folder.resolve("f.lir"), text);
        DynamicNode file = FileTests.in(folder).getFirst();
        try (Stream<? extends DynamicNode> parts = ((DynamicContainer) file).getChildren()) {
            return parts.map(DynamicTest.class::cast).toList();
        }
    }

    private void assertFails(String text, String name, int line, String message) throws Exception {
        DynamicTest test = tests(text).stream()
                .filter(t -> t.getDisplayName().equals(name))
                .findFirst()
                .orElseThrow();
        assertThatThrownBy(test.getExecutable()::execute)
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith(folder.resolve("f.lir") + ":" + line + ": ")
                .hasMessageContaining(message);
        assertThat(test.getTestSourceUri().orElseThrow().toString()).contains("f.lir?line=");
    }

    private static final String GRAPH = """
        graph @f(%x: f32[2]) -> (f32[2]) {
          %y = exp(%x)
          return %y
        }
        """;

    @Test
    void anotherResultIsAtItsExpectation() throws Exception {
        assertFails("// test: dead-code\n" + GRAPH + "// expect:\nnothing\n", "result", 7, "nothing");
    }

    @Test
    void aTextThatDoesNotParseIsWhereItIsWrong() throws Exception {
        assertFails("// test:\n" + GRAPH.replace("exp", "exq"), "result", 3, "did you mean exp");
    }

    @Test
    void anUnwantedOpIsAtTheLineThatForbidsIt() throws Throwable {
        assertFails("// test: dead-code\n// expect-not: exp\n" + GRAPH, "no exp", 2, "none may be exp");
        for (DynamicTest test : tests("// test: dead-code\n// expect-not: log\n" + GRAPH)) {
            if (test.getDisplayName().equals("no log")) {
                test.getExecutable().execute();
                return;
            }
        }
        throw new AssertionError("no such test");
    }

    @Test
    void aRunOfAMissingGraphIsAtItsLine() throws Exception {
        assertFails(
                "// test: dead-code\n// run: @g(random(seed=1)) ~ reference within 1e-3\n" + GRAPH,
                "run @g 1",
                2,
                "there is no graph @g");
    }

    @Test
    void toleranceIsReadOrRefused() throws Exception {
        assertThat(FileTest.read(write("// run: @f(random(seed=1)) ~ reference within 0.5e-2"))
                        .runs()
                        .getFirst()
                        .within())
                .hasValue(0.005);
        assertThat(FileTest.read(write("// run: @f(random(seed=1)) ~ reference"))
                        .runs()
                        .getFirst()
                        .within())
                .isEmpty();
        assertThatThrownBy(() -> FileTest.read(write("// run: @f(random(seed=1)) ~ reference within x")))
                .hasMessageContaining("f.lir:2: write");
    }

    private Path write(String run) throws Exception {
        return Files.writeString(folder.resolve("f.lir"), "// test: dead-code\n" + run + "\n" + GRAPH);
    }
}
