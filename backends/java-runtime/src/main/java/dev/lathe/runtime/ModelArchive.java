package dev.lathe.runtime;

import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * The jar of a compiled model, read as data: no class of it is loaded, and nothing of it runs. Its manifest names the
 * model's class, its name, the compiler's version, and a checksum of all entries; {@link #MODEL_TEXT} says what goes
 * in and comes out. Whatever is damaged is one {@code artifact.corrupt}.
 */
public final class ModelArchive implements AutoCloseable {
    /** The manifest attribute that names the class of the model. */
    public static final String MODEL = "Lathe-Model";
    /** The manifest attribute that names the target; it is not there for {@code java}. */
    public static final String TARGET = "Lathe-Target";
    /** The manifest attribute with the name of the model. */
    public static final String NAME = "Lathe-Name";
    /** The manifest attribute with the version of the compiler. */
    public static final String VERSION = "Lathe-Version";
    /** The manifest attribute with the {@link Checksum} of the other entries. */
    public static final String CHECKSUM = "Lathe-Checksum";
    /**
     * The entry that says what goes in and comes out: lines of {@code input} or {@code output}, a name and a type,
     * between tabs.
     */
    public static final String MODEL_TEXT = "META-INF/lathe-model.txt";
    /** The folder of the sources. */
    public static final String SOURCES = "sources/";

    /**
     * A CRC32C over the names, sizes and checksums of entries in the order of their names, so that none is renamed,
     * taken away or added.
     */
    public static final class Checksum {
        private final Map<String, ByteBuffer> entries = new TreeMap<>();

        /** {@code crc} is that of the ZIP format. */
        public void add(String name, long size, long crc) {
            entries.put(name, ByteBuffer.allocate(16).putLong(size).putLong(crc).flip());
        }

        @Override
        public String toString() {
            CRC32C sum = new CRC32C();
            for (Map.Entry<String, ByteBuffer> e : entries.entrySet()) {
                sum.update(e.getKey().getBytes(StandardCharsets.UTF_8));
                sum.update(e.getValue().duplicate());
            }
            return Long.toHexString(sum.getValue());
        }
    }

    private final Path file;
    private final ZipFile zip;
    private final Attributes attributes;

    private ModelArchive(Path file, ZipFile zip) throws IOException {
        this.file = file;
        this.zip = zip;
        ZipEntry entry = zip.getEntry(JarFile.MANIFEST_NAME);
        if (entry == null) {
            throw notAModel(file, "it has no manifest");
        }
        Manifest manifest = new Manifest();
        manifest.read(new ByteArrayInputStream(bytes(entry)));
        this.attributes = manifest.getMainAttributes();
        if (attributes.getValue(MODEL) == null) {
            throw notAModel(file, "its manifest names no model");
        }
        if (attributes.getValue(CHECKSUM) == null) {
            throw notAModel(file, "another version of Lathe compiled it, " + version());
        }
    }

    /**
     * The jar that a class was loaded from.
     *
     * @throws LatheException {@code artifact.no-model} if it was loaded from something else
     */
    public static Path jarOf(Class<?> type) {
        Path file;
        try {
            CodeSource source = type.getProtectionDomain().getCodeSource();
            file = source == null ? Path.of("") : Path.of(source.getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new LatheException(Diagnostic.error(
                    "model.unreadable", "the model's jar cannot be read: " + e.getMessage(), "check the file"));
        }
        if (!Files.isRegularFile(file)) {
            throw new LatheException(Diagnostic.error(
                    "artifact.no-model",
                    file.toAbsolutePath() + " holds no compiled model",
                    "run the jar that lathe compile wrote"));
        }
        return file;
    }

    /** Whether a file calls itself a jar, or begins as one. */
    public static boolean isJar(Path file) {
        return String.valueOf(file.getFileName()).endsWith(".jar") || beginsAsZip(file);
    }

    /**
     * Opens a jar and reads its manifest.
     *
     * @throws LatheException {@code artifact.corrupt} if the file is damaged, {@code artifact.no-model} if it is
     * something else
     */
    public static ModelArchive open(Path file) {
        ZipFile zip = null;
        try {
            zip = new ZipFile(file.toFile());
            return new ModelArchive(file, zip);
        } catch (LatheException e) {
            close(zip);
            throw e;
        } catch (IOException | RuntimeException e) {
            close(zip);
            if (!beginsAsZip(file)) {
                throw notAModel(file, "it is no jar");
            }
            throw corrupt(file, "its table of contents or its manifest: " + e.getMessage());
        }
    }

    private static void close(@Nullable ZipFile zip) {
        if (zip != null) {
            try {
                zip.close();
            } catch (IOException e) {
                // It was only read.
            }
        }
    }

    private static boolean beginsAsZip(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(4), new byte[] {'P', 'K', 3, 4});
        } catch (IOException e) {
            return false;
        }
    }

    /** The name of the target that it was compiled for. */
    public String target() {
        String target = attributes.getValue(TARGET);
        return target == null ? "java" : target;
    }

    /** The full name of the model's class, whose static method {@code load(int threads)} opens it. */
    public String className() {
        return attributes.getValue(MODEL);
    }

    /** The name of the model. */
    public String name() {
        String name = attributes.getValue(NAME);
        return name != null ? name : className().substring(className().lastIndexOf('.') + 1);
    }

    /** The version of the compiler. */
    public String version() {
        String version = attributes.getValue(VERSION);
        return version != null ? version : "(version unknown)";
    }

    private String weightsName() {
        return className().replace('.', '/') + WeightsFile.SUFFIX;
    }

    /** Bytes of each entry by name, in the order of the jar. */
    public Map<String, Long> entries() {
        Map<String, Long> sizes = new LinkedHashMap<>();
        for (ZipEntry entry : Collections.list(zip.entries())) {
            sizes.put(entry.getName(), entry.getSize());
        }
        return sizes;
    }

    /**
     * Reads all entries but the weights, and compares all checksums but those of the weights, which {@link #weights}
     * compares when it reads them.
     *
     * @return the entries by name
     * @throws LatheException {@code artifact.corrupt} for the first that is damaged
     */
    public Map<String, byte[]> check() {
        Map<String, byte[]> all = new LinkedHashMap<>();
        Checksum sum = new Checksum();
        for (ZipEntry entry : Collections.list(zip.entries())) {
            String name = entry.getName();
            if (!name.equals(weightsName())) {
                all.put(name, checked(entry));
            }
            if (!name.equals(JarFile.MANIFEST_NAME)) {
                sum.add(name, entry.getSize(), entry.getCrc());
            }
        }
        if (!sum.toString().equals(attributes.getValue(CHECKSUM))) {
            throw corrupt(file, "its table of contents: entries are missing, renamed or exchanged");
        }
        return all;
    }

    private byte[] checked(ZipEntry entry) {
        try {
            return bytes(entry);
        } catch (IOException | RuntimeException e) {
            throw corrupt(file, "entry " + Dim.quote(entry.getName()) + ": " + e.getMessage());
        }
    }

    private byte[] bytes(ZipEntry entry) throws IOException {
        byte[] bytes;
        try (InputStream in = zip.getInputStream(entry)) {
            if (in == null) {
                throw new IOException("it is not there");
            }
            bytes = in.readAllBytes();
        }
        CRC32 crc = new CRC32();
        crc.update(bytes);
        if (bytes.length != entry.getSize() || crc.getValue() != entry.getCrc()) {
            throw new IOException("its checksum differs");
        }
        return bytes;
    }

    /**
     * The weights; the checksum of each is compared.
     *
     * @throws LatheException {@code artifact.corrupt} if one is damaged
     */
    public List<Tensor> weights() {
        ZipEntry entry = zip.getEntry(weightsName());
        try (InputStream in = entry == null ? null : zip.getInputStream(entry)) {
            if (in == null) {
                throw new IOException("they are not there");
            }
            return WeightsFile.read(in);
        } catch (IOException | IllegalArgumentException e) {
            throw corrupt(file, "its weights: " + e.getMessage());
        }
    }

    /** What {@link #MODEL_TEXT} holds. */
    public static String text(List<Port> inputs, List<Port> outputs) {
        StringBuilder s = new StringBuilder();
        inputs.forEach(p -> line(s, "input", p));
        outputs.forEach(p -> line(s, "output", p));
        return s.toString();
    }

    private static void line(StringBuilder s, String kind, Port p) {
        s.append(kind)
                .append('\t')
                .append(Dim.quote(p.name()))
                .append('\t')
                .append(p.type())
                .append('\n');
    }

    /**
     * An input or output as {@link #MODEL_TEXT} says it.
     *
     * @param kind {@code input} or {@code output}
     * @param name as a quoted string of IR text, with escapes
     * @param type as IR text
     */
    public record PortLine(String kind, String name, String type) {}

    /** The inputs, then the outputs. */
    public List<PortLine> ports() {
        ZipEntry entry = zip.getEntry(MODEL_TEXT);
        List<PortLine> ports = new ArrayList<>();
        String text = entry == null ? "" : new String(checked(entry), StandardCharsets.UTF_8);
        for (String line : text.lines().toList()) {
            String[] parts = line.split("\t", 3);
            if (parts.length == 3) {
                ports.add(new PortLine(parts[0], parts[1], parts[2]));
            }
        }
        return ports;
    }

    static LatheException corrupt(Path file, String what) {
        return corrupt(file + " is damaged, in " + what);
    }

    static LatheException corrupt(String what) {
        return new LatheException(
                Diagnostic.error("artifact.corrupt", what, "copy the file again, or compile the model again"));
    }

    private static LatheException notAModel(Path file, String why) {
        return new LatheException(Diagnostic.error(
                "artifact.no-model",
                file + " is not a compiled model: " + why,
                "give a jar that `lathe compile` of this version wrote"));
    }

    @Override
    public void close() {
        close(zip);
    }
}
