package dev.lathe.runtime.input;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Shapes as people type them: {@code image=1x3x224x224}, {@code scalar=}, {@code batch=8}. */
public final class ShapeText {
    private static final int MOST_DIGITS = 18;

    private ShapeText() {}

    /**
     * The shapes by name.
     *
     * @throws LatheException of the user's fault if one is no shape
     */
    public static Map<String, Shape> parse(List<String> texts) {
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
        String[] parts = dims.replace(',', 'x').split("x", -1);
        long[] sizes = new long[parts.length];
        for (int i = 0; i < parts.length; i++) {
            sizes[i] = size(text, parts[i]);
        }
        return Shape.of(sizes);
    }

    private static long size(String text, String part) {
        boolean digits = !part.isEmpty() && part.length() <= MOST_DIGITS;
        for (int i = 0; digits && i < part.length(); i++) {
            digits = part.charAt(i) >= '0' && part.charAt(i) <= '9';
        }
        if (!digits) {
            throw bad(text, "\"" + part + "\" is not a size");
        }
        return Long.parseLong(part);
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
