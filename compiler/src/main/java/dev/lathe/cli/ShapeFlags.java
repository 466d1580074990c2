package dev.lathe.cli;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
        Map<String, Shape> shapes = new LinkedHashMap<>();
        for (String text : texts) {
            int equals = text.lastIndexOf('=');
            if (equals <= 0) {
                throw bad(text, "it names no input");
            }
            shapes.put(text.substring(0, equals), shape(text, text.substring(equals + 1)));
        }
        return shapes;
    }

    private static Shape shape(String text, String dims) {
        if (dims.isEmpty()) {
            return Shape.SCALAR;
        }
        String[] parts = dims.split("[x,]", -1);
        long[] sizes = new long[parts.length];
        for (int i = 0; i < parts.length; i++) {
            if (!parts[i].matches("[0-9]{1,18}")) {
                throw bad(text, "\"" + parts[i] + "\" is not a size");
            }
            sizes[i] = Long.parseLong(parts[i]);
        }
        return Shape.of(sizes);
    }

    private static LatheException bad(String text, String why) {
        return new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error(
                        "usage.shape",
                        "--shape " + text + " is not a shape: " + why,
                        "write the input's name and its sizes, for example --shape image=1x3x224x224")));
    }
}
