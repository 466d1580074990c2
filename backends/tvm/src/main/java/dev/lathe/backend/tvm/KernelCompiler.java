package dev.lathe.backend.tvm;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * From kernels to a module that runs, and to a file that is loaded again without compiling.
 *
 * @param cpu what LLVM compiles for, which need not be this machine
 */
record KernelCompiler(NativeTvm library, Processor cpu) {
    /**
     * Compiles the kernels of a program.
     *
     * @throws LatheException {@code tvm.build} with TVM's message and the nodes of the kernel that it refuses
     */
    KernelModule compile(Program program) {
        return new KernelModule(library.tvm(), module(program), null);
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

    /**
     * The kernels as a shared object. TVM ends the process where a disk has no room, so no disk is used.
     *
     * @throws LatheException {@code tvm.link} if the linker does not run, or fails
     */
    byte[] sharedObject(Program program) throws IOException {
        try (MemoryFile object = new MemoryFile();
                MemoryFile shared = new MemoryFile()) {
            Tvm.Handle module = module(program);
            try (Tvm.Scope tvm = library.tvm().new Scope()) {
                tvm.call("runtime.ModuleSaveToFile", module, object.path().toString(), "o");
            } finally {
                library.tvm().free(module);
            }
            link(object, shared);
            return shared.bytes();
        }
    }

    private void link(MemoryFile object, MemoryFile shared) throws IOException {
        Path linker = library.linker();
        Process p;
        try {
            p = new ProcessBuilder(linker.toString(), "-shared", "-o", "-", "/proc/self/fd/0")
                    .redirectInput(object.path().toFile())
                    .redirectOutput(shared.path().toFile())
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
            String said = new String(p.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            if (p.waitFor() != 0 || !ElfFile.isWhole(shared.path())) {
                throw failure(
                        LatheException.Fault.INTERNAL,
                        "tvm.link",
                        "the linker " + linker + " fails: " + Diagnostic.shortened(said.strip(), 600),
                        "look whether this machine has free memory; if it has, report it",
                        null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while linking", e);
        } finally {
            p.destroy();
        }
    }

    /**
     * Loads what {@link #sharedObject} made, for a processor that has no more than this one.
     *
     * @throws LatheException {@code tvm.load} if the system does not load it
     */
    KernelModule load(byte[] sharedObject) {
        MemoryFile file;
        try {
            file = new MemoryFile();
        } catch (IOException e) {
            throw unloaded(e);
        }
        try (Tvm.Scope tvm = library.tvm().new Scope()) {
            Files.write(file.path(), sharedObject);
            Tvm.Handle module =
                    tvm.keep(tvm.make("runtime.ModuleLoadFromFile", file.path().toString(), "so"));
            return new KernelModule(library.tvm(), module, file);
        } catch (IOException | TvmException e) {
            file.close();
            throw unloaded(e);
        }
    }

    private static LatheException unloaded(Exception e) {
        return failure(
                LatheException.Fault.UNAVAILABLE,
                "tvm.load",
                "the kernels of the file do not load: " + e.getMessage(),
                "compile the model again, on this machine",
                e);
    }
}
