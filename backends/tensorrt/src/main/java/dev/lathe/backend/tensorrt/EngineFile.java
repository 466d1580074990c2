package dev.lathe.backend.tensorrt;

import dev.lathe.backend.LatheVersion;
import dev.lathe.backend.RoleText;
import dev.lathe.frontend.text.StoredGraph;
import dev.lathe.ir.Graph;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.WholeFile;
import dev.lathe.ir.text.Printer;
import dev.lathe.passes.Options;
import dev.lathe.runtime.ModelArchive;
import dev.lathe.runtime.ModelArchiveWriter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An engine in a file, and beside it a jar that says what it was built of and for: the graph and its weights, and the
 * engine's hash, GPU, driver and TensorRT. An engine for other ones is stale, and built again of the graph; one without
 * the jar that belongs to it is foreign.
 *
 * @param facts what the engine was built of and for; see {@link #facts}
 */
record EngineFile(
        String name,
        Graph graph,
        Map<String, InputRole> roles,
        TensorRtOptions options,
        String network,
        Map<String, String> facts) {
    static final String ENDING = ".engine";
    private static final String GRAPH = "graph.lir";
    private static final String ROLES = "META-INF/lathe-roles.txt";
    private static final String FACTS = "engine.txt";
    private static final String OPTIONS = "options.txt";
    static final String NETWORK = "network.txt";
    private static final String ENGINE = "engine";

    /** The jar beside an engine. */
    static Path beside(Path engine) {
        return engine.resolveSibling(engine.getFileName() + ".jar");
    }

    /** What an engine of this model depends on. */
    Map<String, String> facts(EngineRuntime runtime) {
        Map<String, String> all = new TreeMap<>(runtime.facts());
        all.put("lathe", LatheVersion.current());
        all.put("graph", hash(Printer.print(graph).getBytes(StandardCharsets.UTF_8)));
        return all;
    }

    EngineFile with(Map<String, String> other) {
        return new EngineFile(name, graph, roles, options, network, other);
    }

    EngineFile with(Graph changed, String lines) {
        return new EngineFile(name, changed, roles, options, lines, facts);
    }

    /** In what {@code now} differs from what the engine was built for, such as {@code driver 13020, now 13030}. */
    List<String> differences(Map<String, String> now) {
        List<String> differences = new ArrayList<>();
        now.forEach((key, value) -> {
            String then = facts.getOrDefault(key, "unknown");
            if (!then.equals(value)) {
                differences.add(key + " " + then + ", now " + value);
            }
        });
        return differences;
    }

    private static String hash(byte[] bytes) {
        MessageDigest digest = sha256();
        return HexFormat.of().formatHex(digest.digest(bytes));
    }

    private static String hash(MemorySegment bytes) {
        MessageDigest digest = sha256();
        long part = 1 << 24;
        for (long at = 0; at < bytes.byteSize(); at += part) {
            digest.update(
                    bytes.asSlice(at, Math.min(part, bytes.byteSize() - at)).asByteBuffer());
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** Writes an engine and the jar beside it, or leaves both as they were. */
    void write(Path file, MemorySegment engine) throws IOException {
        StoredGraph stored = StoredGraph.of(graph);
        ModelArchiveWriter jar =
                new ModelArchiveWriter(TensorRtBackend.NAME + "." + name, LatheVersion.current(), stored.tensors());
        Map<String, String> all = new TreeMap<>(facts);
        all.put(ENGINE, hash(engine));
        jar.put(GRAPH, stored.text());
        jar.put(NETWORK, network);
        jar.put(ROLES, RoleText.of(roles));
        jar.put(FACTS, lines(all));
        Map<String, String> given = new TreeMap<>();
        Options.describe(options.withoutHome()).forEach(d -> given.put(d.name(), d.defaultValue()));
        jar.put(OPTIONS, lines(given));
        jar.put(ModelArchive.MODEL_TEXT, ModelArchive.text(graph.inputPorts(), graph.outputPorts()));
        jar.attribute(ModelArchive.TARGET, TensorRtBackend.NAME);
        for (Path target : List.of(file, beside(file))) {
            if (Files.isDirectory(target)) {
                throw new FileSystemException(target.toString(), null, "it is a folder");
            }
        }
        // All bytes of both are written before the first takes its place: without room for one, both stay as they were.
        WholeFile.replace(file, channel -> {
            WholeFile.put(channel, engine);
            jar.write(beside(file));
        });
    }

    /**
     * Reads what is beside an engine.
     *
     * @throws LatheException {@code artifact.foreign} if that is not there or belongs to another engine
     */
    static EngineFile read(Path file) {
        Path beside = beside(file);
        if (!Files.isRegularFile(beside)) {
            throw foreign(file, "there is no " + beside.getFileName() + " beside it");
        }
        try (ModelArchive archive = ModelArchive.open(beside)) {
            if (!archive.target().equals(TensorRtBackend.NAME)) {
                throw foreign(file, beside.getFileName() + " is of target " + archive.target());
            }
            Map<String, byte[]> entries = archive.check();
            Map<String, String> facts = parsed(text(entries, FACTS));
            if (!hash(bytes(file)).equals(facts.remove(ENGINE))) {
                throw foreign(file, beside.getFileName() + " was written with another engine");
            }
            String name = archive.name();
            return new EngineFile(
                    name,
                    new StoredGraph(text(entries, GRAPH), archive.weights()).graph(),
                    RoleText.parse(text(entries, ROLES)),
                    Options.configure(
                            "target tensorrt", TensorRtOptions.DEFAULT, given(parsed(text(entries, OPTIONS)))),
                    text(entries, NETWORK),
                    facts);
        }
    }

    /** What was given, without what is empty. */
    private static Map<String, String> given(Map<String, String> all) {
        Map<String, String> given = new HashMap<>(all);
        given.values().removeIf(String::isEmpty);
        return given;
    }

    private static LatheException foreign(Path file, String why) {
        return new LatheException(Diagnostic.error(
                "artifact.foreign",
                file + " is no engine that Lathe wrote: " + why,
                "compile the model for target tensorrt, and keep the two files together"));
    }

    /** An engine in a file. */
    static MemorySegment bytes(Path file) {
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
        } catch (IOException e) {
            throw new LatheException(
                    Diagnostic.error("artifact.file", file + " cannot be read: " + e.getMessage(), "check the file"));
        }
    }

    private static String lines(Map<String, String> all) {
        StringBuilder s = new StringBuilder();
        all.forEach((key, value) -> s.append(key).append('=').append(value).append('\n'));
        return s.toString();
    }

    private static Map<String, String> parsed(String text) {
        Map<String, String> all = new TreeMap<>();
        text.lines().forEach(line -> {
            int at = line.indexOf('=');
            if (at > 0) {
                all.put(line.substring(0, at), line.substring(at + 1));
            }
        });
        return all;
    }

    private static String text(Map<String, byte[]> entries, String name) {
        return new String(entries.getOrDefault(name, new byte[0]), StandardCharsets.UTF_8);
    }
}
