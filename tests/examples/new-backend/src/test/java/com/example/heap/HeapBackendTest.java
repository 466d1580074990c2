package com.example.heap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lathe.backend.CompileOptions;
import dev.lathe.filetests.FileTests;
import dev.lathe.verify.TestDirectory;
import dev.lathe.verify.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

class HeapBackendTest {
    /** The standard's own tests, as Debian's package libonnx-testdata has them. */
    private static final Path ONNX = Path.of("/usr/share/libonnx-testdata/data/node");

    @TestFactory
    List<DynamicNode> files() {
        return FileTests.in(Path.of("src/test/lir"));
    }

    @TestFactory
    List<DynamicNode> onnx() throws IOException {
        assumeTrue(Files.isDirectory(ONNX), "apt-get install libonnx-testdata");
        CompileOptions options = CompileOptions.builder().target("heap").build();
        Verification verification = new Verification(options, OptionalDouble.empty(), OptionalDouble.empty());
        return TestDirectory.find(ONNX).stream()
                .filter(test -> test.name().matches("test_(concat|transpose|slice|split|reshape|softmax|if|loop).*"))
                .<DynamicNode>map(test -> dynamicTest(test.name(), () -> {
                    Verification.Outcome outcome = verification.run(test);
                    assertEquals(Verification.Status.PASSED, outcome.status(), outcome.reason());
                }))
                .toList();
    }
}
