package dev.lathe.backend.java;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.runtime.CompiledModel;
import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Where the classes are that generated code uses. */
final class ClassPath {
    private ClassPath() {}

    /** The class path with the runtime and the IR, wherever they were loaded from. */
    static String ofRuntime() {
        return Stream.of(CompiledModel.class, Tensor.class)
                .map(ClassPath::location)
                .distinct()
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** The jar or folder that a class was loaded from. */
    static Path location(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException("the classes of Lathe are at a place without a path", e);
        }
    }
}
