package com.example.passes;

import dev.lathe.filetests.FileTests;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

class MyPassesTest {
    @TestFactory
    List<DynamicNode> files() {
        return FileTests.in(Path.of("src/test/lir"));
    }
}
