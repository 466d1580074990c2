package dev.lathe.runtime;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.tensor.WholeFile;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;

/** Writes what {@link ModelArchive} reads. Equal models make equal files. */
public final class ModelArchiveWriter {
    /** One moment for all entries, in no time zone, so that equal models make equal jars everywhere. */
    private static final LocalDateTime TIME = LocalDateTime.of(2026, 1, 1, 0, 0);

    private final String modelName;
    private final String version;
    private final List<Tensor> weights;
    private final Map<String, byte[]> entries = new TreeMap<>();
    /** What a manifest says beside what this class writes there. */
    private final Map<String, String> attributes = new LinkedHashMap<>();

    /** The weights as an entry: its size and checksum. */
    private final CountingStream weightsSum = new CountingStream();

    /**
     * A writer without entries.
     *
     * @param modelName what {@link ModelArchive#className} says
     * @param version the version of the compiler
     */
    public ModelArchiveWriter(String modelName, String version, List<Tensor> weights) throws IOException {
        this.modelName = modelName;
        this.version = version;
        this.weights = weights;
        WeightsFile.write(weights, weightsSum);
    }

    /** Adds an entry. */
    public void put(String name, byte[] bytes) {
        entries.put(name, bytes);
    }

    /** Adds an entry of text. */
    public void put(String name, String text) {
        put(name, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Makes the file one that runs by {@code java -jar}, on nothing but a JRE: adds {@link ModelMain} and, with it, all
     * classes of Lathe that are used.
     *
     * @param own the model's own classes, which are {@linkplain #put(String, byte[]) added} beside
     * @param others names of further classes that are looked up when it runs
     * @param loader where the classes of Lathe are found
     */
    public void runs(Collection<byte[]> own, Collection<String> others, ClassLoader loader) throws IOException {
        List<String> roots = new ArrayList<>(others);
        roots.add(ModelMain.class.getName());
        Reachable.from(own, roots, loader).forEach(this::put);
        attribute(Attributes.Name.MAIN_CLASS.toString(), ModelMain.class.getName());
        attribute("Enable-Native-Access", "ALL-UNNAMED");
    }

    /** Adds an attribute to the manifest. */
    public void attribute(String name, String value) {
        attributes.put(name, value);
    }

    /** Writes the file, which is complete or not there. */
    public void write(Path file) throws IOException {
        WholeFile.replace(file, channel -> {
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 20);
            JarOutputStream jar = new JarOutputStream(out);
            fill(jar);
            jar.finish();
            out.flush();
        });
    }

    private void fill(JarOutputStream jar) throws IOException {
        String weightsName = modelName.replace('.', '/') + WeightsFile.SUFFIX;
        ModelArchive.Checksum sum = new ModelArchive.Checksum();
        entries.forEach((name, bytes) -> sum.add(name, bytes.length, crc(bytes)));
        sum.add(weightsName, weightsSum.size, weightsSum.crc.getValue());
        ByteArrayOutputStream manifest = new ByteArrayOutputStream();
        manifest(sum.toString()).write(manifest);
        put(jar, JarFile.MANIFEST_NAME, manifest.toByteArray());
        for (Map.Entry<String, byte[]> e : entries.entrySet()) {
            put(jar, e.getKey(), e.getValue());
        }
        // Floats do not compress; stored, the jar is written and read at the speed of the disk.
        ZipEntry stored = entry(weightsName);
        stored.setMethod(ZipEntry.STORED);
        stored.setSize(weightsSum.size);
        stored.setCrc(weightsSum.crc.getValue());
        jar.putNextEntry(stored);
        OutputStream out = new BufferedOutputStream(jar, 1 << 20);
        WeightsFile.write(weights, out);
        out.flush();
        jar.closeEntry();
    }

    private Manifest manifest(String checksum) {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue(ModelArchive.MODEL, modelName);
        main.putValue(ModelArchive.NAME, modelName.substring(modelName.lastIndexOf('.') + 1));
        main.putValue(ModelArchive.VERSION, version);
        main.putValue(ModelArchive.CHECKSUM, checksum);
        attributes.forEach(main::putValue);
        return manifest;
    }

    private static void put(JarOutputStream jar, String name, byte[] bytes) throws IOException {
        jar.putNextEntry(entry(name));
        jar.write(bytes);
        jar.closeEntry();
    }

    private static ZipEntry entry(String name) {
        ZipEntry entry = new ZipEntry(name);
        entry.setTimeLocal(TIME);
        return entry;
    }

    private static long crc(byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(bytes);
        return crc.getValue();
    }

    /** Takes the size and the checksum of what is written. */
    private static final class CountingStream extends OutputStream {
        private final CRC32 crc = new CRC32();
        private long size;

        @Override
        public void write(int b) {
            crc.update(b);
            size++;
        }

        @Override
        public void write(byte[] bytes, int at, int n) {
            crc.update(bytes, at, n);
            size += n;
        }
    }
}
