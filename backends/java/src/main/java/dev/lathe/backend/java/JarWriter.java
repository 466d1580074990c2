package dev.lathe.backend.java;

import dev.lathe.backend.LatheVersion;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.tensor.WholeFile;
import dev.lathe.runtime.CompiledModel;
import dev.lathe.runtime.ModelArchive;
import dev.lathe.runtime.WeightsFile;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;

/**
 * The jar of a compiled model: its classes and sources, its weights, those classes of the runtime that it reaches, and
 * what Maven wants to know of it.
 */
final class JarWriter {
    private static final String MAIN = "dev.lathe.runtime.ModelMain";
    /** One moment for all entries, in no time zone, so that equal models make equal jars everywhere. */
    private static final LocalDateTime TIME = LocalDateTime.of(2026, 1, 1, 0, 0);

    private final String className;
    private final List<Tensor> weights;
    private final Map<String, byte[]> entries = new TreeMap<>();

    /** The weights as an entry: its size and checksum. */
    private final CountingStream weightsSum = new CountingStream();

    private JarWriter(
            String className,
            String modelVersion,
            List<Port> inputs,
            List<Port> outputs,
            Map<String, String> sources,
            Map<String, byte[]> classes,
            List<Tensor> weights)
            throws IOException {
        this.className = className;
        this.weights = weights;
        classes.forEach((name, bytes) -> entries.put(name.replace('.', '/') + ".class", bytes));
        entries.putAll(Reachable.from(classes.values(), List.of(MAIN), CompiledModel.class.getClassLoader()));
        sources.forEach((name, text) -> putText(ModelArchive.SOURCES + name.replace('.', '/') + ".java", text));
        putText(ModelArchive.MODEL_TEXT, ModelArchive.text(inputs, outputs));
        MavenCoordinates maven = MavenCoordinates.of(className, modelVersion);
        putText(maven.folder() + "pom.xml", maven.pom(LatheVersion.current()));
        putText(maven.folder() + "pom.properties", maven.properties());
        WeightsFile.write(weights, weightsSum);
    }

    private void putText(String name, String text) {
        entries.put(name, text.getBytes(StandardCharsets.UTF_8));
    }

    static void write(
            Path file,
            String className,
            String modelVersion,
            List<Port> inputs,
            List<Port> outputs,
            Map<String, String> sources,
            Map<String, byte[]> classes,
            List<Tensor> weights)
            throws IOException {
        JarWriter writer = new JarWriter(className, modelVersion, inputs, outputs, sources, classes, weights);
        WholeFile.replace(file, channel -> {
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 20);
            JarOutputStream jar = new JarOutputStream(out);
            writer.fill(jar);
            jar.finish();
            out.flush();
        });
    }

    private void fill(JarOutputStream jar) throws IOException {
        String weightsName = className.replace('.', '/') + WeightsFile.SUFFIX;
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
        main.put(Attributes.Name.MAIN_CLASS, MAIN);
        main.putValue(ModelArchive.MODEL, className);
        main.putValue(ModelArchive.NAME, className.substring(className.lastIndexOf('.') + 1));
        main.putValue(ModelArchive.VERSION, LatheVersion.current());
        main.putValue(ModelArchive.CHECKSUM, checksum);
        // Else a module path would name the module by its file.
        main.putValue("Automatic-Module-Name", className);
        main.putValue("Enable-Native-Access", "ALL-UNNAMED");
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
