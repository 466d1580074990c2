package dev.lathe.cli;

import dev.lathe.ir.type.Shape;
import dev.lathe.runtime.input.ShapeText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code --shape}: sizes for the symbolic dimensions of inputs. */
final class ShapeFlags {
    @Option(
            names = "--shape",
            paramLabel = "NAME=DIMS",
            description =
                    "Fix the shape of an input, for example image=1x3x224x224; a scalar has no digits. Repeatable.")
    private List<String> texts = new ArrayList<>();

    /** The shapes given, by input name. */
    Map<String, Shape> shapes() {
        return ShapeText.parse(texts);
    }
}
