package dev.lathe.backend.tvm;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * From kernels to a module that runs, and to a file that is loaded again without compiling.
 *
 * @param cpu what LLVM compiles for
 */
record KernelCompiler(NativeTvm library, String cpu) {

    /**
     * Compiles the kernels of a program.
     *
     * @throws LatheException {@code tvm.build} with TVM's message if it does not compile them
     */
    KernelModule compile(Program program) {
        return new KernelModule(library.tvm(), module(program));
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
        String words = "llvm -mcpu=" + cpu;
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
                return refused("kernel " + k.name() + ", which runs " + program.origins(k.name()), own);
            }
        }
        return refused("the kernels", e);
    }

    private static LatheException refused(String what, TvmException e) {
        LatheException failure = new LatheException(
                LatheException.Fault.UNAVAILABLE,
                List.of(Diagnostic.error(
                        "tvm.build", "TVM does not compile " + what + ": " + e.getMessage(), "use --target java")));
        failure.initCause(e);
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
        Process p = new ProcessBuilder(
                        library.linker().toString(), "-shared", "-o", shared.toString(), object.toString())
                .redirectErrorStream(true)
                .start();
        try {
            String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (p.waitFor() != 0) {
                throw new IOException("the linker " + library.linker() + " fails: " + said.strip());
            }
        } catch (InterruptedException e) {
            p.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while linking", e);
        }
    }

    /**
     * Loads what {@link #sharedObject} made.
     *
     * @throws LatheException {@code tvm.build} if TVM does not load it
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
            throw refused("what the file has", e);
        }
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
