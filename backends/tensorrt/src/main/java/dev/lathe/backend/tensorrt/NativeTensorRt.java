package dev.lathe.backend.tensorrt;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorrt.global.nvinfer;
import org.jspecify.annotations.Nullable;

/**
 * TensorRT's library, loaded by hand: the loader of the JavaCPP preset wants CUDA's libraries first, and fails where
 * they are not. It is looked for in the folder that an option or {@code TENSORRT_HOME} names; without one, among the
 * libraries of the system, then in the redist jar of the preset, if that is on the class path. Once loaded, it stays
 * for the life of the process.
 */
final class NativeTensorRt {
    /** The version of the API that this backend was compiled for; libraries of another one have other symbols. */
    static final int MAJOR = 11;

    private static final String LIBRARY = "libnvinfer.so." + MAJOR;
    private static final String REDIST = "org/bytedeco/tensorrt/linux-x86_64/" + LIBRARY;
    private static final String API = "org/bytedeco/tensorrt/linux-x86_64/libjninvinfer.so";
    private static final String JAVACPP = "org/bytedeco/javacpp/linux-x86_64/libjnijavacpp.so";
    /** The variable that names the folder of an installation. */
    private static final String HOME = "TENSORRT_HOME";

    private static final List<String> FOLDERS = List.of(
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib64",
            "/usr/local/lib",
            "/usr/local/tensorrt/lib",
            "/opt/tensorrt/lib");
    static final String FIX = "install TensorRT " + MAJOR + " (`apt-get install libnvinfer" + MAJOR
            + "` from NVIDIA's repository), put tensorrt-*-linux-x86_64-redist.jar on the class path, or name the"
            + " folder of an installation with -T tensorrt-home=FOLDER or in TENSORRT_HOME";
    /** No object is at an address in the first page: a failed call may return such a one. */
    private static final long FIRST_PAGE = 4096;

    private static final Object LOCK = new Object();
    private static @Nullable NativeTensorRt loaded;

    private final String origin;
    private final String version;

    private NativeTensorRt(String origin, String version) {
        this.origin = origin;
        this.version = version;
    }

    /** Where the library was found. */
    String origin() {
        return origin;
    }

    /** Such as {@code 11.2.1}. */
    String version() {
        return version;
    }

    /** Why the library is not there. */
    static final class MissingException extends Exception {
        private static final long serialVersionUID = 1;

        private final String what;

        MissingException(String what) {
            super(what);
            this.what = what;
        }

        String what() {
            return what;
        }
    }

    /**
     * Loads the library, once.
     *
     * @param home the folder of an installation; empty for that of {@code TENSORRT_HOME}, or to look for one
     * @throws MissingException if there is none, or none that loads
     */
    static NativeTensorRt load(String home) throws MissingException {
        synchronized (LOCK) {
            if (loaded == null) {
                loaded = loadNow(home);
            }
            return loaded;
        }
    }

    /** As {@link #load}, where the library is needed. */
    static NativeTensorRt require(String home) {
        try {
            return load(home);
        } catch (MissingException e) {
            throw unavailable(e.what(), FIX);
        }
    }

    static LatheException unavailable(String what, String fix) {
        return new LatheException(
                LatheException.Fault.UNAVAILABLE, List.of(Diagnostic.error("target.unavailable", what, fix)));
    }

    private static NativeTensorRt loadNow(String home) throws MissingException {
        if (!System.getProperty("os.name").equals("Linux")
                || !System.getProperty("os.arch").equals("amd64")) {
            throw new MissingException("target tensorrt runs on Linux on x86-64");
        }
        Path library = find(home);
        // JavaCPP reads this when its first class is used: it must not load anything by itself.
        System.setProperty("org.bytedeco.javacpp.loadlibraries", "false");
        try {
            System.load(extracted(JAVACPP).toString());
            System.load(library.toString());
            System.load(extracted(API).toString());
            int major = nvinfer.getInferLibMajorVersion();
            String version = major + "." + nvinfer.getInferLibMinorVersion() + "." + nvinfer.getInferLibPatchVersion();
            if (major != MAJOR) {
                throw new MissingException(library + " is TensorRT " + version + ", where " + MAJOR + " is needed");
            }
            return new NativeTensorRt(library.toString(), version);
        } catch (LinkageError e) {
            throw new MissingException(library + " cannot be loaded: " + e.getMessage());
        } catch (IOException e) {
            throw new MissingException("the native code of JavaCPP cannot be unpacked: " + e.getMessage());
        }
    }

    private static Path find(String given) throws MissingException {
        String home = given.isEmpty() ? Optional.ofNullable(System.getenv(HOME)).orElse("") : given;
        if (!home.isEmpty()) {
            return Stream.of(Path.of(home), Path.of(home, "lib"), Path.of(home, "targets/x86_64-linux-gnu/lib"))
                    .map(f -> f.resolve(LIBRARY))
                    .filter(Files::isRegularFile)
                    .findFirst()
                    .orElseThrow(() -> new MissingException("there is no " + LIBRARY + " in " + home));
        }
        Optional<Path> installed = folders().stream()
                .map(f -> Path.of(f, LIBRARY))
                .filter(Files::isRegularFile)
                .findFirst();
        if (installed.isPresent()) {
            return installed.get();
        }
        if (resource(REDIST) == null) {
            throw new MissingException("there is no TensorRT library (" + LIBRARY + ")");
        }
        try {
            return extractedWithNeighbours();
        } catch (IOException e) {
            throw new MissingException("the redist jar cannot be unpacked: " + e.getMessage());
        }
    }

    private static List<String> folders() {
        List<String> all = new ArrayList<>();
        for (String list : List.of(
                System.getProperty("java.library.path", ""),
                Optional.ofNullable(System.getenv("LD_LIBRARY_PATH")).orElse(""))) {
            for (String folder : list.split(File.pathSeparator)) {
                if (!folder.isBlank()) {
                    all.add(folder);
                }
            }
        }
        all.addAll(FOLDERS);
        return all;
    }

    private static @Nullable URL resource(String name) {
        return NativeTensorRt.class.getClassLoader().getResource(name);
    }

    /** TensorRT looks for its builder resources beside its library. */
    private static Path extractedWithNeighbours() throws IOException {
        Path library = extracted(REDIST);
        String folder = REDIST.substring(0, REDIST.lastIndexOf('/') + 1);
        String resource = "libnvinfer_builder_resource_ptx.so." + MAJOR + ".2.1";
        if (resource(folder + resource) != null) {
            Path beside = extracted(folder + resource);
            Files.move(beside, library.resolveSibling(resource), StandardCopyOption.REPLACE_EXISTING);
        }
        return library;
    }

    /** A copy of a file of the class path, for as long as the process lives. */
    static Path extracted(String name) throws IOException {
        URL url = resource(name);
        if (url == null) {
            throw new IOException(name + " is not on the class path; its jar is that of the classifier linux-x86_64");
        }
        Path folder = Files.createTempDirectory("lathe-tensorrt");
        Path file = folder.resolve(name.substring(name.lastIndexOf('/') + 1));
        try (InputStream in = url.openStream()) {
            Files.copy(in, file);
        }
        file.toFile().deleteOnExit();
        folder.toFile().deleteOnExit();
        return file;
    }

    /** Whether a call failed that returns an object: its pointer is null, or one that no object has. */
    static boolean isNothing(@Nullable Pointer p) {
        return p == null || p.address() < FIRST_PAGE;
    }
}
