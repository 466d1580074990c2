package dev.lathe.cli;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Shape;
import dev.lathe.runtime.input.ShapeText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --shapes}: several sets of shapes, one after the other. */
final class ShapeSetsFlag {
    @Option(
            names = "--shapes",
            paramLabel = "SET[;SET...]",
            description = "Measure each of these sets of shapes: NAME=DIMS with commas between, and semicolons between"
                    + " sets, as in \"ids=1x7,mask=1x7;ids=1x128,mask=1x128\". NAME= may be left out where it is that"
                    + " of the set before, or a size of a symbol is meant: \"batch=1;8;32\". The model is compiled"
                    + " once, for all sizes.")
    private @Nullable String text;

    /** A set, and what it was written as; empty for the one without shapes. */
    record Named(String text, Map<String, Shape> shapes) {}

    /** The sets; one of what {@code fixed} says where none are given, and that is part of each. */
    List<Named> sets(Map<String, Shape> fixed) {
        if (text == null) {
            return List.of(new Named("", fixed));
        }
        List<Named> all = new ArrayList<>();
        String name = "";
        for (String set : text.split(";", -1)) {
            List<String> parts = new ArrayList<>();
            // A comma also stands between sizes, as in 1,3,224,224.
            for (String part : set.strip().split("\\s*,(?=[^,=]*=)\\s*")) {
                int equals = part.lastIndexOf('=');
                if (equals < 0 && name.isEmpty()) {
                    throw new LatheException(
                            LatheException.Fault.USAGE,
                            List.of(Diagnostic.error(
                                    "usage.shape",
                                    "--shapes " + text + ": \"" + part + "\" is for no input",
                                    "write names and sizes, for example --shapes \"image=1x3x224x224;4x3x224x224\"")));
                }
                parts.add(equals < 0 ? name + "=" + part : part);
                name = equals < 0 ? name : part.substring(0, equals);
            }
            Map<String, Shape> shapes = new LinkedHashMap<>(fixed);
            shapes.putAll(ShapeText.parse(parts));
            all.add(new Named(String.join(",", parts), shapes));
        }
        return all;
    }
}
