package dev.lathe.runtime;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/**
 * The jar that this class was loaded from, which holds one compiled model. Its manifest names the model's class as {@code Lathe-Model}, and may give the model's name
 * as {@code Lathe-Name} and the compiler's version as {@code Lathe-Version}.
 */
final class ModelJar {
    /** The manifest attribute that names the class of the model. */
    static final String MODEL = "Lathe-Model";

    private static final String SOURCES = "sources/";

    private final Path file;
    private final Attributes attributes;

    private ModelJar(Path file, Attributes attributes) {
        this.file = file;
        this.attributes = attributes;
    }

    /** @throws LatheException if this class was not loaded from the jar of a model */
    static ModelJar own() {
        try {
            CodeSource source = ModelJar.class.getProtectionDomain().getCodeSource();
            Path file =
                    source == null ? Path.of("") : Path.of(source.getLocation().toURI());
            if (Files.isRegularFile(file)) {
                try (JarFile jar = new JarFile(file.toFile())) {
                    Manifest manifest = jar.getManifest();
                    if (manifest != null && manifest.getMainAttributes().getValue(MODEL) != null) {
                        return new ModelJar(file, manifest.getMainAttributes());
                    }
                }
            }
            throw new LatheException(Diagnostic.error(
                    "model.no-model",
                    file.toAbsolutePath() + " holds no compiled model",
                    "run the jar that lathe compile wrote"));
        } catch (IOException | URISyntaxException e) {
            throw new LatheException(Diagnostic.error(
                    "model.unreadable", "the model's jar cannot be read: " + e.getMessage(), "check the file"));
        }
    }

    Path file() {
        return file;
    }

    String className() {
        return attributes.getValue(MODEL);
    }

    /** The name of the model. */
    String name() {
        String name = attributes.getValue("Lathe-Name");
        return name != null ? name : className().substring(className().lastIndexOf('.') + 1);
    }

    /** The version of the compiler. */
    String version() {
        String version = attributes.getValue("Lathe-Version");
        return version != null ? version : "(version unknown)";
    }

    /** The model, for at most {@code threads} threads, or 0 for all. */
    CompiledModel load(int threads) {
        try {
            return (CompiledModel)
                    Class.forName(className()).getMethod("load", int.class).invoke(null, threads);
        } catch (InvocationTargetException e) {
            throw loadFailure(e.getTargetException());
        } catch (ReflectiveOperationException e) {
            throw new LatheException(Diagnostic.error(
                    "model.incomplete",
                    "the jar has no usable class " + className() + ": " + e.getMessage(),
                    "compile the model again"));
        }
    }

    private static RuntimeException loadFailure(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        if (cause instanceof UncheckedIOException e) {
            return new LatheException(Diagnostic.error(
                    "model.incomplete", "the weights cannot be read: " + e.getMessage(), "compile the model again"));
        }
        return cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
    }

    /** Writes the Java sources that the jar holds in its folder {@code sources} below {@code folder}, and returns their paths there. */
    List<Path> writeSources(Path folder) {
        List<Path> written = new ArrayList<>();
        Path root = folder.toAbsolutePath().normalize();
        try (JarFile jar = new JarFile(file.toFile())) {
            for (ZipEntry entry : (Iterable<ZipEntry>) jar.stream().map(ZipEntry.class::cast)::iterator) {
                String name = entry.getName();
                if (!name.startsWith(SOURCES) || !name.endsWith(".java")) {
                    continue;
                }
                Path to = root.resolve(name.substring(SOURCES.length())).normalize();
                if (to.startsWith(root)) {
                    Files.createDirectories(to.getParent());
                    try (InputStream in = jar.getInputStream(entry)) {
                        Files.write(to, in.readAllBytes());
                    }
                    written.add(to);
                }
            }
        } catch (IOException e) {
            throw cannotWrite(folder, e);
        } catch (UncheckedIOException e) {
            throw cannotWrite(folder, e.getCause());
        }
        return written;
    }

    static LatheException cannotWrite(Path folder, IOException e) {
        return new LatheException(Diagnostic.error(
                "output.unwritable",
                "cannot write below " + folder + ": " + e.getClass().getSimpleName() + " " + e.getMessage(),
                "give a folder that you may write to"));
    }
}
