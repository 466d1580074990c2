package dev.lathe.backend.tensorrt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Objects that cross from C++ to Java and back, as a compiler of C++ has them. */
class CppObjectsTest {
    @TempDir
    private static Path folder = Path.of("");

    private static SymbolLookup library = name -> java.util.Optional.empty();

    @BeforeAll
    static void compile() throws IOException, InterruptedException {
        assumeTrue(
                System.getProperty("os.name").equals("Linux")
                        && System.getProperty("os.arch").equals("amd64"),
                "TensorRT runs on Linux on x86-64");
        Path source = folder.resolve("objects.cpp");
        try (InputStream in = Objects.requireNonNull(CppObjectsTest.class.getResourceAsStream("objects.cpp"))) {
            Files.copy(in, source);
        }
        Path made = folder.resolve("libobjects.so");
        try {
            Process compiler = new ProcessBuilder("c++", "-O1", "-shared", "-fPIC", "-o", made + "", source + "")
                    .inheritIO()
                    .start();
            assertThat(compiler.waitFor()).isZero();
        } catch (IOException e) {
            assumeTrue(false, "there is no compiler of C++: " + e.getMessage());
        }
        library = SymbolLookup.libraryLookup(made, Arena.global());
    }

    private static MethodHandle function(String name, FunctionDescriptor type) {
        return Linker.nativeLinker().downcallHandle(library.find(name).orElseThrow(), type);
    }

    @Test
    void objectsAreDeletedByTheirDestructor() throws Throwable {
        MethodHandle make = function("make", FunctionDescriptor.of(ADDRESS));
        MethodHandle living = function("living", FunctionDescriptor.of(JAVA_INT));
        NativeObjects objects = new NativeObjects();
        for (int i = 0; i < 3; i++) {
            objects.own(EngineBuilder.pointer(((MemorySegment) make.invokeExact()).address()));
        }
        assertThat((int) living.invokeExact()).isEqualTo(3);
        objects.close();
        objects.close();
        assertThat((int) living.invokeExact()).isZero();
    }

    private static List<String> heard(Version api, String caller, int answer) throws Throwable {
        List<String> heard = new ArrayList<>();
        try (LayerTimes times = new LayerTimes(api, (layer, millis) -> heard.add(layer + " " + millis))) {
            MethodHandle call = function(caller, FunctionDescriptor.of(JAVA_INT, ADDRESS));
            assertThat((int) call.invokeExact(MemorySegment.ofAddress(times.address())))
                    .isEqualTo(answer);
        }
        return heard;
    }

    @Test
    void layersTellTheirTimes() throws Throwable {
        assertThat(heard(new Version(11, 2), "call11", 10)).containsExactly("first 1.5", "second 2.5");
        assertThat(heard(new Version(10, 15), "call10", 10)).containsExactly("first 1.5", "second 2.5");
    }
}
