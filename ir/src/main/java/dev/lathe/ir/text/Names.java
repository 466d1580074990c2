package dev.lathe.ir.text;

import dev.lathe.ir.Value;
import dev.lathe.ir.type.Dim;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Names for the values of one text: their own where they have one that is not taken, otherwise numbers. */
final class Names {
    private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");

    private final Map<Value, String> names = new IdentityHashMap<>();
    private final Map<Value, Integer> numbers = new IdentityHashMap<>();
    private final Set<String> taken = new HashSet<>();
    private final Map<String, Integer> suffixes = new HashMap<>();

    /** The text of a value: {@code %x}, {@code %"odd name"}, or {@code %3} for a value without a name. */
    String text(Value v) {
        String name = name(v);
        return name.isEmpty() ? "%" + numbers.get(v) : "%" + word(name);
    }

    /** The name that a reader of the text gives to a value: unique, or empty for one that prints as a number. */
    String name(Value v) {
        String known = names.get(v);
        if (known != null) {
            return known;
        }
        String name = v.name();
        if (name.isEmpty()) {
            numbers.put(v, numbers.size());
        } else if (!taken.add(name)) {
            name = fresh(name);
        }
        names.put(v, name);
        return name;
    }

    private String fresh(String name) {
        while (true) {
            String candidate = name + "_" + suffixes.merge(name, 1, Integer::sum);
            if (taken.add(candidate)) {
                return candidate;
            }
        }
    }

    static boolean isWord(String text) {
        return IDENTIFIER.matcher(text).matches();
    }

    /** {@code text} as it is if the grammar takes it for one word, else quoted. */
    static String word(String text) {
        return isWord(text) ? text : Dim.quote(text);
    }
}
