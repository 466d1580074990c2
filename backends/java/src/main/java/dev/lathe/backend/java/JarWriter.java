package dev.lathe.backend.java;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.runtime.CompiledModel;
import dev.lathe.runtime.WeightsFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;

/** The jar of a compiled model: its classes and sources, its weights, and those classes of the runtime that it reaches. */
final class JarWriter {
    private static final String MAIN = "dev.lathe.runtime.ModelMain";
    static final Attributes.Name MODEL = new Attributes.Name("Lathe-Model");
    private static final Attributes.Name NAME = new Attributes.Name("Lathe-Name");
    private static final Attributes.Name VERSION = new Attributes.Name("Lathe-Version");
    /** One moment for all entries, so that equal models make equal jars. */
    private static final long TIME = 1_767_225_600_000L;

    private JarWriter() {}

    static void write(
            Path file, String className, Map<String, String> sources, Map<String, byte[]> classes, List<Tensor> weights)
            throws IOException {
        Path target = file.toAbsolutePath();
        // Not a temporary file, which only its owner could read.
        Path beside = target.resolveSibling(
                "." + target.getFileName() + "." + ProcessHandle.current().pid() + ".part");
        try {
            try (JarOutputStream jar =
                    new JarOutputStream(new BufferedOutputStream(Files.newOutputStream(beside), 1 << 20))) {
                fill(jar, className, sources, classes, weights);
            }
            Files.move(beside, target, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    private static Manifest manifest(String className) {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.put(Attributes.Name.MAIN_CLASS, MAIN);
        main.put(MODEL, className);
        main.put(NAME, className.substring(className.lastIndexOf('.') + 1));
        String version = JarWriter.class.getPackage().getImplementationVersion();
        main.put(VERSION, version == null ? "development" : version);
        main.put(new Attributes.Name("Enable-Native-Access"), "ALL-UNNAMED");
        return manifest;
    }

    private static void fill(
            JarOutputStream jar,
            String className,
            Map<String, String> sources,
            Map<String, byte[]> classes,
            List<Tensor> weights)
            throws IOException {
        entry(jar, JarFile.MANIFEST_NAME);
        manifest(className).write(jar);
        jar.closeEntry();
        Map<String, byte[]> all = new LinkedHashMap<>();
        classes.forEach((name, bytes) -> all.put(name.replace('.', '/') + ".class", bytes));
        all.putAll(Reachable.from(classes.values(), List.of(MAIN), CompiledModel.class.getClassLoader()));
        sources.forEach((name, text) ->
                all.put("sources/" + name.replace('.', '/') + ".java", text.getBytes(StandardCharsets.UTF_8)));
        for (String name : new TreeSet<>(all.keySet())) {
            entry(jar, name);
            jar.write(all.get(name));
            jar.closeEntry();
        }
        // Floats do not compress; without the attempt the jar is written and read at the speed of the disk.
        jar.setLevel(Deflater.NO_COMPRESSION);
        entry(jar, className.replace('.', '/') + WeightsFile.SUFFIX);
        OutputStream out = new BufferedOutputStream(jar, 1 << 20);
        WeightsFile.write(weights, out);
        out.flush();
        jar.closeEntry();
    }

    private static void entry(JarOutputStream jar, String name) throws IOException {
        ZipEntry entry = new ZipEntry(name);
        entry.setTime(TIME);
        jar.putNextEntry(entry);
    }
}
