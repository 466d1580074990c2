package dev.lathe.frontend.onnx.ops;

import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The element types of each operator as a short text: a resource, which the standard's list of schemas is checked
 * against.
 */
public final class OperatorTypes {
    static final String RESOURCE = "operator-types.txt";

    /** Sets of types that have a name in the text, the larger first. */
    private static final Map<String, Set<ElementType>> GROUPS = groups();

    private OperatorTypes() {}

    private static Map<String, Set<ElementType>> groups() {
        Set<ElementType> integers = EnumSet.of(
                ElementType.I8,
                ElementType.I16,
                ElementType.I32,
                ElementType.I64,
                ElementType.U8,
                ElementType.U16,
                ElementType.U32,
                ElementType.U64);
        Set<ElementType> floats = EnumSet.of(ElementType.F16, ElementType.BF16, ElementType.F32, ElementType.F64);
        Set<ElementType> numbers = EnumSet.copyOf(integers);
        numbers.addAll(floats);
        Set<ElementType> common = EnumSet.copyOf(numbers);
        common.addAll(EnumSet.of(ElementType.BOOL, ElementType.STRING, ElementType.C64, ElementType.C128));
        Map<String, Set<ElementType>> groups = new LinkedHashMap<>();
        groups.put("all", EnumSet.allOf(ElementType.class));
        groups.put("most", EnumSet.complementOf(EnumSet.of(ElementType.F6E2M3, ElementType.F6E3M2)));
        groups.put("common", common);
        groups.put("numbers", numbers);
        groups.put("integers", integers);
        groups.put("floats", floats);
        groups.put(
                "f8",
                EnumSet.of(ElementType.F8E4M3FN, ElementType.F8E4M3FNUZ, ElementType.F8E5M2, ElementType.F8E5M2FNUZ));
        return Collections.unmodifiableMap(groups);
    }

    public static Map<String, Set<ElementType>> named() {
        return GROUPS;
    }

    /** The names of types, with names of groups for those that are there in full. */
    static String text(Collection<ElementType> types) {
        Set<ElementType> left = EnumSet.copyOf(types);
        List<String> words = new ArrayList<>();
        GROUPS.forEach((name, group) -> {
            if (left.containsAll(group)) {
                words.add(name);
                left.removeAll(group);
            }
        });
        left.forEach(t -> words.add(t.text()));
        return String.join(" ", words);
    }

    /** The text of each operator. */
    public static Map<String, String> read() {
        try (InputStream in = OperatorTypes.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing");
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lines {@code operator | types}; those that begin with {@code #} say something to the reader. */
    static Map<String, String> parse(String text) {
        Map<String, String> all = new LinkedHashMap<>();
        for (String line : text.lines().toList()) {
            if (!line.isBlank() && !line.startsWith("#")) {
                int bar = line.indexOf('|');
                all.put(line.substring(0, bar).strip(), line.substring(bar + 1).strip());
            }
        }
        return all;
    }
}
