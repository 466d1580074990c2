package dev.lathe.backend.java;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.tensor.WholeFile;
import dev.lathe.runtime.ModelArchive;
import dev.lathe.runtime.WeightsFile;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes a model as a part of a module that is being built. The class that users name is a source, since compilers and
 * editors must see it. The others are class files: their sources need the incubating Vector API, so to compile them
 * again would ask every build for flags, and take as long as here.
 */
final class ModuleWriter {
    private final Path sources;
    private final Path resources;
    private final List<Path> written = new ArrayList<>();

    ModuleWriter(Path sources, Path resources) {
        this.sources = sources;
        this.resources = resources;
    }

    /**
     * Writes the model whose class is {@code typed}.
     *
     * @param texts the sources by class name
     * @param classes the class files by class name
     * @return the files
     */
    List<Path> write(String typed, Map<String, String> texts, Map<String, byte[]> classes, List<Tensor> weights)
            throws IOException {
        for (Map.Entry<String, String> text : texts.entrySet()) {
            String path = path(text.getKey()) + ".java";
            boolean compiledThere = text.getKey().equals(typed);
            Path file = compiledThere ? sources.resolve(path) : resources.resolve(ModelArchive.SOURCES + path);
            put(file, text.getValue().getBytes(StandardCharsets.UTF_8));
        }
        for (Map.Entry<String, byte[]> type : classes.entrySet()) {
            if (!type.getKey().equals(typed)) {
                put(resources.resolve(path(type.getKey()) + ".class"), type.getValue());
            }
        }
        put(resources.resolve(path(typed) + WeightsFile.SUFFIX), channel -> {
            OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 20);
            WeightsFile.write(weights, out);
            out.flush();
        });
        return List.copyOf(written);
    }

    private static String path(String className) {
        return className.replace('.', '/');
    }

    private void put(Path file, byte[] bytes) throws IOException {
        put(file, channel -> WholeFile.put(channel, MemorySegment.ofArray(bytes)));
    }

    private void put(Path file, WholeFile.Content content) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        WholeFile.replace(file, content);
        written.add(file);
    }
}
