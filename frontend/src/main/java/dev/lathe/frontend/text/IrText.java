package dev.lathe.frontend.text;

import dev.lathe.grammar.LatheParser;
import dev.lathe.grammar.LatheParser.DefinitionContext;
import dev.lathe.grammar.LatheParser.FileContext;
import dev.lathe.grammar.LatheParser.GraphContext;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.OpCatalog;
import dev.lathe.ir.tensor.SafeTensors;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.tensor.WholeFile;
import dev.lathe.ir.text.Printer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.antlr.v4.runtime.tree.ParseTree;
import org.jspecify.annotations.Nullable;

/**
 * IR text to graphs and back. What {@link Printer} prints reads as an equal graph; people may leave out the types of
 * results, and write what they like of names, spaces and comments.
 *
 * <p>Every method throws {@link LatheException} with every problem of the text, each with line, column and a fix.
 */
public final class IrText {
    private static final long MAX_FILE_BYTES = 256L << 20;

    private IrText() {}

    /** The one graph of a text that needs no file beside it. */
    public static Graph parse(String text) {
        return parse(text, _ -> Optional.empty());
    }

    /** The one graph of a text; {@code weights} gives the tensors that it only names. */
    public static Graph parse(String text, Function<String, Optional<Tensor>> weights) {
        return one(parseAll(text, "text", weights), "text");
    }

    /**
     * The graphs of a text; the tensors that it only names are looked for in the {@code .safetensors} files of
     * {@code folder}.
     */
    public static List<Graph> parseAll(String text, @Nullable Path folder) {
        return parseAll(text, "text", folder == null ? _ -> Optional.empty() : weightsIn(() -> safeTensors(folder)));
    }

    /** The one graph of a file, and the {@code .safetensors} file beside it. */
    public static Graph read(Path file) {
        String name = String.valueOf(file.getFileName());
        return one(parseAll(content(file), name, weightsIn(() -> List.of(weightsFile(file)))), name);
    }

    /**
     * Writes a graph to a file, and its large tensors to the {@code .safetensors} file beside it.
     *
     * @throws LatheException if one of them cannot be written
     */
    public static void write(Graph graph, Path file) {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        String text = Printer.print(graph, (name, tensor) -> weights.put(name, LiteralReader.stored(tensor))) + "\n";
        if (!weights.isEmpty()) {
            SafeTensors.write(weights, weightsFile(file));
        }
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        WholeFile.write(file, channel -> WholeFile.put(channel, MemorySegment.ofArray(bytes)));
    }

    private static List<Graph> parseAll(String text, String name, Function<String, Optional<Tensor>> weights) {
        Problems problems = new Problems(text, name, "text.invalid", LatheException.Fault.INPUT);
        LatheParser parser = Syntax.parser(text, problems);
        FileContext file = parser.file();
        problems.throwIfAny();
        LiteralReader literals = new LiteralReader(text.length());
        List<Graph> graphs = new ArrayList<>();
        TypeReader types = new TypeReader();
        for (ParseTree part : file.children) {
            if (part instanceof DefinitionContext definition) {
                try {
                    types.define(definition);
                } catch (TextException e) {
                    e.addTo(problems);
                }
            } else if (part instanceof GraphContext graph) {
                graphs.add(new GraphReader(problems, OpCatalog.standard(), weights, literals, types).read(graph));
            }
        }
        problems.throwIfAny();
        return graphs;
    }

    private static Graph one(List<Graph> graphs, String name) {
        if (graphs.size() != 1) {
            throw failure(
                    name + " has " + graphs.size() + " graphs, where one is needed: "
                            + String.join(
                                    ", ",
                                    graphs.stream().map(g -> "@" + g.name()).toList()),
                    "keep one graph in a file");
        }
        return graphs.getFirst();
    }

    private static Path weightsFile(Path file) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        return file.resolveSibling((dot > 0 ? name.substring(0, dot) : name) + ".safetensors");
    }

    /** Looks tensors up in files that are opened only once one is asked for. */
    private static Function<String, Optional<Tensor>> weightsIn(java.util.function.Supplier<List<Path>> files) {
        Map<String, Tensor> found = new LinkedHashMap<>();
        boolean[] read = {false};
        return name -> {
            if (!read[0]) {
                read[0] = true;
                for (Path file : files.get()) {
                    if (Files.exists(file)) {
                        SafeTensors.read(file).forEach(found::putIfAbsent);
                    }
                }
            }
            return Optional.ofNullable(found.get(name));
        };
    }

    private static List<Path> safeTensors(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw failure(folder + " cannot be listed: " + e.getMessage(), "check the path and its permissions");
        }
    }

    private static String content(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw failure(
                        Files.exists(file) ? file + " is not a file" : "there is no file " + file,
                        "give the path of a .lir file");
            }
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw failure(file + " has " + Files.size(file) + " bytes", "at most " + MAX_FILE_BYTES + " are read");
            }
            // Anything that is not UTF-8 becomes a character that no rule of the grammar takes.
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw failure(file + " cannot be read: " + e.getMessage(), "check the file's permissions");
        }
    }

    private static LatheException failure(String what, String fix) {
        return new LatheException(Diagnostic.error("text.file", what, fix));
    }
}
