package dev.lathe.backend.tvm;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file of Linux that is in memory and in no folder. It needs no room on a disk, libraries may be loaded from it
 * wherever folders forbid that, and it is gone when this process is, however that ends.
 */
final class MemoryFile implements AutoCloseable {
    private static final int CLOSE_ON_EXEC = 1;
    private static final MethodHandle CREATE = function(
            "memfd_create", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
    private static final MethodHandle CLOSE =
            function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    private final int descriptor;

    /** An empty file. */
    MemoryFile() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            descriptor = (int) CREATE.invokeExact(arena.allocateFrom("lathe"), CLOSE_ON_EXEC);
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
        if (descriptor < 0) {
            throw new IOException("Linux makes no file in memory");
        }
    }

    private static MethodHandle function(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
    }

    /** Its name in this process, which no other file has until this one is closed. */
    Path path() {
        return Path.of("/proc/self/fd/" + descriptor);
    }

    byte[] bytes() throws IOException {
        return Files.readAllBytes(path());
    }

    @Override
    public void close() {
        try {
            int ignored = (int) CLOSE.invokeExact(descriptor);
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }
}
