package dev.lathe.backend.tvm;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * From kernels to a module that runs, and to a file that is loaded again without compiling.
 *
 * @param cpu what LLVM compiles for, which need not be this machine
 */
record KernelCompiler(NativeTvm library, Processor cpu) {
    /** The header of an ELF file of 64 bits: its length, and where it has the place, size and number of sections. */
    private static final int HEADER = 64;

    private static final int MAGIC = 0x464C457F;
    private static final int SECTIONS_AT = 0x28;
    private static final int SECTION_SIZE_AT = 0x3A;
    private static final int SECTION_COUNT_AT = 0x3C;

    /**
     * Compiles the kernels of a program.
     *
     * @throws LatheException {@code tvm.build} with TVM's message and the nodes of the kernel that it refuses
     */
    KernelModule compile(Program program) {
        return new KernelModule(library.tvm(), module(program));
    }

    /** The instructions that kernels become, as text. */
    String assembly(Program program) {
        Tvm.Handle module = module(program);
        try (Tvm.Scope tvm = library.tvm().new Scope()) {
            return tvm.string(tvm.call("runtime.ModuleGetSource", module, "asm"));
        } finally {
            library.tvm().free(module);
        }
    }

    private Tvm.Handle module(Program program) {
        try (Tvm.Scope tvm = library.tvm().new Scope()) {
            return tvm.keep(build(tvm, program.kernels()));
        } catch (TvmException e) {
            throw refused(program, e);
        }
    }

    /**
     * Builds kernels. Of TVM's passes these are the ones that kernels need: {@code driver.lower_module} would also
     * write out what names stand for, and simplify, which takes many times as long as LLVM does for the same.
     */
    private Tvm.Handle build(Tvm.Scope tvm, List<Kernel> kernels) {
        Tvm.Handle made = new KernelObjects(tvm).module(kernels);
        Tvm.Handle vectorized = tvm.make("transform.RunPass", tvm.make("tir.transform.VectorizeLoop", true), made);
        Tvm.Handle lowered = tvm.make("transform.RunPass", tvm.make("tir.transform.RewriteUnsafeSelect"), vectorized);
        String words = cpu.target();
        Tvm.Handle host = tvm.make("target.Target", words);
        Tvm.Handle target = tvm.make("target.WithHost", tvm.make("target.Target", words), host);
        return tvm.make("driver.tir_to_runtime", tvm.make("runtime.Map", target, lowered), host);
    }

    /** The error with the nodes of the kernel that is to blame, if one kernel alone is. */
    private LatheException refused(Program program, TvmException e) {
        for (Kernel k : program.kernels()) {
            try (Tvm.Scope tvm = library.tvm().new Scope()) {
                build(tvm, List.of(k));
            } catch (TvmException own) {
                String nodes = program.origins(k.name());
                return refused("kernel " + k.name() + (nodes.isEmpty() ? "" : ", which runs " + nodes), own);
            }
        }
        return refused("the kernels", e);
    }

    private static LatheException refused(String what, TvmException e) {
        return failure(
                LatheException.Fault.INTERNAL,
                "tvm.build",
                "TVM does not compile " + what + ": " + e.getMessage(),
                "use --target java, and report it: Lathe wrote what TVM refuses",
                e);
    }

    private static LatheException failure(
            LatheException.Fault fault, String code, String what, String fix, @Nullable Throwable cause) {
        LatheException failure = new LatheException(fault, List.of(Diagnostic.error(code, what, fix)));
        if (cause != null) {
            failure.initCause(cause);
        }
        return failure;
    }

    // Files.

    /** The kernels as a shared object. */
    byte[] sharedObject(Program program) throws IOException {
        return inFolder(folder -> {
            Path object = folder.resolve("model.o");
            Path shared = folder.resolve("model.so");
            Tvm.Handle module = module(program);
            try (Tvm.Scope tvm = library.tvm().new Scope()) {
                tvm.call("runtime.ModuleSaveToFile", module, object.toString(), "o");
            } finally {
                library.tvm().free(module);
            }
            link(object, shared);
            return Files.readAllBytes(shared);
        });
    }

    private void link(Path object, Path shared) throws IOException {
        Path linker = library.linker();
        Process p;
        try {
            p = new ProcessBuilder(linker.toString(), "-shared", "-o", shared.toString(), object.toString())
                    .redirectErrorStream(true)
                    .start();
        } catch (IOException e) {
            throw failure(
                    LatheException.Fault.UNAVAILABLE,
                    "tvm.link",
                    "a file needs a linker, and " + linker + " does not run: " + e.getMessage(),
                    NativeTvm.FIX,
                    e);
        }
        try {
            String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (p.waitFor() != 0) {
                throw failure(
                        LatheException.Fault.INTERNAL,
                        "tvm.link",
                        "the linker " + linker + " fails: " + Diagnostic.shortened(said.strip(), 600),
                        "look whether " + shared.getParent() + " has room; if it has, report it",
                        null);
            }
        } catch (InterruptedException e) {
            p.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while linking", e);
        }
    }

    /**
     * Loads what {@link #sharedObject} made, for a processor that has no more than this one.
     *
     * @throws LatheException {@code tvm.load} if the system does not load it
     */
    KernelModule load(byte[] sharedObject) {
        try {
            return inFolder(folder -> {
                Path file = Files.write(folder.resolve("model.so"), sharedObject);
                try (Tvm.Scope tvm = library.tvm().new Scope()) {
                    Tvm.Handle module = tvm.keep(tvm.make("runtime.ModuleLoadFromFile", file.toString(), "so"));
                    return new KernelModule(library.tvm(), module);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (TvmException e) {
            throw failure(
                    LatheException.Fault.UNAVAILABLE,
                    "tvm.load",
                    "the kernels of the file do not load: " + e.getMessage(),
                    "compile the model again; where libraries may not be loaded from the folder for temporary files,"
                            + " name another by -Djava.io.tmpdir",
                    e);
        }
    }

    /** Whether bytes are an ELF file as a whole. One that is cut off ends the process of whoever loads it. */
    static boolean isWhole(byte[] sharedObject) {
        if (sharedObject.length < HEADER) {
            return false;
        }
        ByteBuffer b = ByteBuffer.wrap(sharedObject).order(ByteOrder.LITTLE_ENDIAN);
        long sections = b.getLong(SECTIONS_AT);
        long bytes = (long) b.getShort(SECTION_SIZE_AT) * b.getShort(SECTION_COUNT_AT);
        return b.getInt(0) == MAGIC && sections >= HEADER && bytes > 0 && sections <= sharedObject.length - bytes;
    }

    private interface Work<T> {
        T in(Path folder) throws IOException;
    }

    private static <T> T inFolder(Work<T> work) throws IOException {
        Path folder = Files.createTempDirectory("lathe-tvm");
        try {
            return work.in(folder);
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path f : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(f);
                }
            }
        }
    }
}
