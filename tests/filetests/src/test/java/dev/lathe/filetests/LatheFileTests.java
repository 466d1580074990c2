package dev.lathe.filetests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.passes.Pass;
import dev.lathe.passes.PassRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Runs every file test of this module. */
class LatheFileTests {
    private static Path folder() {
        Path here = Path.of(System.getProperty("basedir", "")).toAbsolutePath();
        Path module = here.resolve("tests/filetests");
        return Files.isDirectory(module) ? module : here;
    }

    @TestFactory
    List<DynamicNode> files() {
        return FileTests.in(folder());
    }

    /** A pass that is not here is not tested. */
    @Test
    void everyPassHasAFileTest() {
        assertThat(FileTests.passes(folder()))
                .containsAll(
                        PassRegistry.standard().all().stream().map(Pass::name).toList());
    }
}
