package dev.lathe.conformance.files;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Folders that a system property names. */
public final class Folders {
    private Folders() {}

    /**
     * The folders in {@code property}, which are separated by commas; the test that asks is skipped if there are
     * none.
     */
    public static List<Path> named(String property) {
        String value = System.getProperty(property, "");
        assumeTrue(!value.isBlank(), "no folder is named by -D" + property);
        List<Path> folders =
                Stream.of(value.split(",")).map(String::strip).map(Path::of).toList();
        folders.stream().filter(f -> !Files.isDirectory(f)).findFirst().ifPresent(f -> {
            throw new IllegalArgumentException("-D" + property + ": there is no folder " + f);
        });
        return folders;
    }
}
