package dev.lathe.backend.tvm;

import dev.lathe.backend.Availability;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.runtime.CacheFolder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * TVM's library. It is looked for in the folder that {@code TVM_HOME} names, or else in the jars of the JavaCPP preset,
 * if they are on the class path: these are unpacked once, into Lathe's folder for what can be made again. Once loaded,
 * it stays for the life of the process.
 *
 * @param origin where it was found
 * @param cpu the processor of this machine
 * @param linker what links object files
 */
record NativeTvm(Tvm tvm, Path origin, Processor cpu, Path linker) {
    /** The version of the preset whose interface this is. */
    static final String VERSION = "0.18.0-1.5.11";

    static final String FIX =
            "run `LATHE_TARGETS=tvm ./lathe …` in a checkout, put the jars of org.bytedeco:tvm:" + VERSION
                    + " and its natives for linux-x86_64 on the class path (docs/reference/targets.md lists them), or"
                    + " name the folder of libtvm.so 0.18 in TVM_HOME";

    private static final String HOME = "TVM_HOME";
    private static final String LIBRARY = "libtvm.so";
    private static final String LINKER = "ld.lld";
    private static final String PRESETS = "org/bytedeco/";
    private static final String PLATFORM = "/linux-x86_64/";
    private static final List<String> FILES = List.of(
            PRESETS + "tvm" + PLATFORM + "python/tvm/" + LIBRARY,
            PRESETS + "llvm" + PLATFORM + "libLLVM.so.19.1",
            PRESETS + "llvm" + PLATFORM + "lld",
            PRESETS + "openblas" + PLATFORM + "libopenblas.so.0",
            PRESETS + "openblas" + PLATFORM + "libgfortran.so.5",
            PRESETS + "openblas" + PLATFORM + "libquadmath.so.0",
            PRESETS + "dnnl" + PLATFORM + "libdnnl.so.2",
            PRESETS + "dnnl" + PLATFORM + "libgomp.so.1",
            PRESETS + "opencl" + PLATFORM + "libOpenCL.so.1");

    private static final Object LOCK = new Object();
    private static @Nullable NativeTvm loaded;

    /** Why the library is not there. */
    static final class MissingException extends Exception {
        private static final long serialVersionUID = 1;

        private final String fix;

        MissingException(String what, String fix) {
            super(what);
            this.fix = fix;
        }
    }

    static Availability probe() {
        try {
            NativeTvm found = load();
            return new Availability.Ready("TVM 0.18, LLVM for " + found.cpu.name() + " (" + found.origin + ")");
        } catch (MissingException e) {
            return new Availability.Missing(String.valueOf(e.getMessage()), e.fix);
        }
    }

    /**
     * Loads the library, once.
     *
     * @throws MissingException if there is none, or none that loads
     */
    static NativeTvm load() throws MissingException {
        synchronized (LOCK) {
            if (loaded == null) {
                loaded = loadNow();
            }
            return loaded;
        }
    }

    /** As {@link #load}, where the library is needed. */
    static NativeTvm require() {
        try {
            return load();
        } catch (MissingException e) {
            throw new LatheException(
                    LatheException.Fault.UNAVAILABLE,
                    List.of(Diagnostic.error("target.unavailable", String.valueOf(e.getMessage()), e.fix)));
        }
    }

    private static NativeTvm loadNow() throws MissingException {
        if (!System.getProperty("os.name").equals("Linux")
                || !System.getProperty("os.arch").equals("amd64")) {
            throw new MissingException("target tvm runs on Linux on x86-64", "use --target java");
        }
        Path folder = find();
        Path library = folder.resolve(LIBRARY);
        try {
            return open(folder);
        } catch (IOException | IllegalArgumentException | TvmException e) { // also where TVM was built without LLVM
            throw new MissingException(
                    library + " cannot be used: " + e.getMessage(),
                    "name the folder of a " + LIBRARY + " 0.18 with LLVM in " + HOME
                            + ", or, if this one is whole no more, remove " + folder + " and run it again");
        }
    }

    /**
     * Loads the library of a folder.
     *
     * @throws IOException if a library there is cut off, which would end the process
     * @throws IllegalArgumentException if it does not load, or is none of TVM 0.18
     */
    static NativeTvm open(Path folder) throws IOException {
        for (String file : FILES) {
            Path own = folder.resolve(name(file));
            if (Files.isRegularFile(own) && !ElfFile.isWhole(own)) {
                throw new IOException(own.getFileName() + " is cut off");
            }
        }
        Path library = folder.resolve(LIBRARY);
        Tvm tvm = new Tvm(library);
        return new NativeTvm(tvm, library, Processor.here(tvm), folder.resolve(LINKER));
    }

    private static Path find() throws MissingException {
        String home = Optional.ofNullable(System.getenv(HOME)).orElse("");
        if (!home.isEmpty()) {
            if (!Files.isRegularFile(Path.of(home, LIBRARY))) {
                throw new MissingException(
                        "there is no " + LIBRARY + " in " + home,
                        "name the folder of " + LIBRARY + " 0.18 in " + HOME + ", or unset it");
            }
            return Path.of(home);
        }
        Path folder = CacheFolder.root().resolve("tvm").resolve(VERSION);
        if (Files.isDirectory(folder)) {
            return folder;
        }
        for (String file : FILES) {
            if (resource(file) == null) {
                throw new MissingException(
                        "there is no TVM library (" + file.substring(file.lastIndexOf('/') + 1) + ")", FIX);
            }
        }
        try {
            return unpacked(folder);
        } catch (IOException | UncheckedIOException e) {
            throw new MissingException(
                    "TVM's libraries cannot be unpacked to " + folder + ": " + e,
                    "name a folder that can be written to, with 340 MB of room, in XDG_CACHE_HOME");
        }
    }

    private static @Nullable URL resource(String name) {
        return NativeTvm.class.getClassLoader().getResource(name);
    }

    /** What a file of the presets is called in the folder. */
    private static String name(String file) {
        String name = file.substring(file.lastIndexOf('/') + 1);
        return name.equals("lld") ? LINKER : name;
    }

    /** Unpacks the libraries beside the folder, which is there when it is whole. */
    private static Path unpacked(Path folder) throws IOException {
        Files.createDirectories(folder.getParent());
        Path beside = Files.createTempDirectory(folder.getParent(), "unpacking");
        try {
            for (String file : FILES) {
                Path to = beside.resolve(name(file));
                URL url = java.util.Objects.requireNonNull(resource(file));
                try (InputStream in = url.openStream()) {
                    Files.copy(in, to);
                }
            }
            if (!beside.resolve(LINKER).toFile().setExecutable(true)) {
                throw new IOException("the linker cannot be made executable");
            }
            Files.move(beside, folder, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileAlreadyExistsException | java.nio.file.DirectoryNotEmptyException e) {
            delete(beside); // another process was first
        } catch (IOException e) {
            delete(beside);
            throw e;
        }
        return folder;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
