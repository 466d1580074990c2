package dev.lathe.cli;

import dev.lathe.input.InputRoles;
import dev.lathe.input.LikelyShapes;
import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.runtime.input.InputValues;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code --input} and {@code --seed}, for a graph. */
final class InputFlags {
    @Option(
            names = "--input",
            paramLabel = "NAME=VALUE",
            description = "A value for an input, as for `lathe run`. Others are random. Repeatable.")
    private List<String> texts = new ArrayList<>();

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "The seed of random inputs. Default: 1.")
    private long seed;

    @Mixin
    private PictureFlags pictures = new PictureFlags();

    List<String> texts() {
        return texts;
    }

    /** The inputs of {@code graph}; {@code given} are {@link #texts}, with files in place of {@code -}. */
    Map<String, Datum> read(Graph graph, Map<String, Shape> shapes, List<String> given, Consumer<String> note) {
        InputValues reader = new InputValues(graph.inputPorts(), new InputRoles(graph)::of)
                .seed(seed)
                .shapes(given.isEmpty() ? LikelyShapes.of(graph, shapes) : shapes)
                .pictures(pictures.reader());
        Map<String, Datum> values = reader.read(given);
        reader.notes().forEach(n -> note.accept("note: " + n));
        return values;
    }
}
