package dev.lathe.backend.tensorrt;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorrt.global.nvinfer;
import org.jspecify.annotations.Nullable;

/**
 * TensorRT's library, loaded by hand: the loader of the JavaCPP preset wants CUDA's libraries first, and fails where
 * they are not. It is looked for in the folder that an option or {@code TENSORRT_HOME} names; without one, among the
 * libraries of the system, then in the redist jar of the preset, if that is on the class path. Once loaded, it stays
 * for the life of the process. Its major version is that of the preset: 10 or 11.
 */
final class NativeTensorRt {
    private static final String FOLDER = "org/bytedeco/tensorrt/linux-x86_64/";
    private static final String API = FOLDER + "libjninvinfer.so";
    /** What TensorRT looks for beside its library when it builds an engine. */
    private static final String BUILDER_RESOURCE = "libnvinfer_builder_resource";

    private static final Pattern LIBRARY = Pattern.compile("libnvinfer\\.so\\.([0-9]+)");
    private static final String JAVACPP = "org/bytedeco/javacpp/linux-x86_64/libjnijavacpp.so";
    /** The variable that names the folder of an installation. */
    private static final String HOME = "TENSORRT_HOME";

    private static final List<String> FOLDERS = List.of(
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib64",
            "/usr/local/lib",
            "/usr/local/tensorrt/lib",
            "/opt/tensorrt/lib");
    /** No object is at an address in the first page: a failed call may return such a one. */
    private static final long FIRST_PAGE = 4096;

    private static final Object LOCK = new Object();
    private static @Nullable NativeTensorRt loaded;

    private final String origin;
    private final Version release;
    private final String version;

    private NativeTensorRt(String origin, Version release, String version) {
        this.origin = origin;
        this.release = release;
        this.version = version;
    }

    /** How to get the library. */
    static String fix() {
        int major = api().major();
        return "install TensorRT " + major + " (`apt-get install libnvinfer" + major
                + "` from NVIDIA's repository), put tensorrt-*-linux-x86_64-redist.jar on the class path, or name the"
                + " folder of an installation in TENSORRT_HOME or, to compile, with --tensorrt-home FOLDER; for"
                + " TensorRT "
                + (major == 10
                        ? "11 build with LATHE_TARGETS=tensorrt"
                        : "10 build with LATHE_TARGETS=tensorrt,tensorrt10");
    }

    /** The version of the API; its classes load nothing by themselves. */
    static Version api() {
        // JavaCPP reads this when its first class is used.
        System.setProperty("org.bytedeco.javacpp.loadlibraries", "false");
        return Version.ofApi();
    }

    /** Where the library was found. */
    String origin() {
        return origin;
    }

    /** Its version without the patch. */
    Version release() {
        return release;
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
            throw unavailable(e.what(), fix());
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
        Version api = api();
        Path library = find(home, api.library());
        try {
            System.load(extracted(JAVACPP).toString());
            System.load(library.toString());
            System.load(extracted(API).toString());
            Version found = new Version(nvinfer.getInferLibMajorVersion(), nvinfer.getInferLibMinorVersion());
            Optional<String> misfit = found.misfit(api);
            if (misfit.isPresent()) {
                throw new MissingException(library + " does not fit: " + misfit.get());
            }
            return new NativeTensorRt(library.toString(), found, found + "." + nvinfer.getInferLibPatchVersion());
        } catch (LinkageError e) {
            throw new MissingException(library + " cannot be loaded: " + e.getMessage());
        } catch (IOException e) {
            throw new MissingException("the native code of JavaCPP cannot be unpacked: " + e.getMessage());
        }
    }

    private static Path find(String given, String name) throws MissingException {
        String home = given.isEmpty() ? Optional.ofNullable(System.getenv(HOME)).orElse("") : given;
        List<Path> folders = home.isEmpty()
                ? folders()
                : List.of(Path.of(home), Path.of(home, "lib"), Path.of(home, "targets/x86_64-linux-gnu/lib"));
        for (Path folder : folders) {
            if (Files.isRegularFile(folder.resolve(name))) {
                return folder.resolve(name);
            }
        }
        if (home.isEmpty() && resource(FOLDER + name) != null) {
            try {
                return extractedWithNeighbours(name);
            } catch (IOException e) {
                throw new MissingException("the redist jar cannot be unpacked: " + e.getMessage());
            }
        }
        String where = home.isEmpty() ? "" : " in " + home;
        Optional<String> other = otherVersion(folders);
        throw new MissingException(
                other.isPresent()
                        ? "there is TensorRT " + other.get() + where + ", and the API on the class path is that of "
                                + name
                        : "there is no TensorRT library (" + name + ")" + where);
    }

    /** The major version of a library in these folders. */
    private static Optional<String> otherVersion(List<Path> folders) {
        for (Path folder : folders) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, "libnvinfer.so.*")) {
                for (Path p : all) {
                    Matcher m = LIBRARY.matcher(String.valueOf(p.getFileName()));
                    if (m.matches()) {
                        return Optional.of(m.group(1));
                    }
                }
            } catch (IOException e) {
                // There is no such folder, or nobody may look into it.
            }
        }
        return Optional.empty();
    }

    private static List<Path> folders() {
        List<Path> all = new ArrayList<>();
        for (String list : List.of(
                System.getProperty("java.library.path", ""),
                Optional.ofNullable(System.getenv("LD_LIBRARY_PATH")).orElse(""))) {
            for (String folder : list.split(File.pathSeparator)) {
                if (!folder.isBlank()) {
                    all.add(Path.of(folder));
                }
            }
        }
        FOLDERS.forEach(f -> all.add(Path.of(f)));
        return all;
    }

    private static @Nullable URL resource(String name) {
        return NativeTensorRt.class.getClassLoader().getResource(name);
    }

    /** TensorRT looks for its builder resources beside its library. */
    private static Path extractedWithNeighbours(String name) throws IOException {
        Path library = extracted(FOLDER + name);
        URL jar = resource(FOLDER + name);
        if (jar != null && jar.openConnection() instanceof JarURLConnection connection) {
            for (JarEntry e : Collections.list(connection.getJarFile().entries())) {
                if (e.getName().startsWith(FOLDER + BUILDER_RESOURCE)) {
                    Path resource = extracted(e.getName());
                    Files.move(
                            resource,
                            library.resolveSibling(resource.getFileName()),
                            StandardCopyOption.REPLACE_EXISTING);
                }
            }
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
