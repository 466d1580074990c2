package dev.lathe.backend.java;

import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Names of generated code, each given once: those of the model where it has some, made identifiers. */
final class SourceNames {
    /** Characters of a value's name, the last of which tell most. */
    private static final int LONGEST = 48;
    /** What exporters add to the name of a node for that of its result. */
    private static final Pattern FIRST_OUTPUT = Pattern.compile("(_output_0|:0)$");

    private final Set<String> taken;
    private final Map<String, Integer> next = new HashMap<>();

    /** Gives none of {@code taken}. */
    SourceNames(Set<String> taken) {
        this.taken = new HashSet<>(taken);
    }

    /** Keeps the fields of a class and its superclasses from being hidden. */
    SourceNames without(Class<?> type) {
        for (Class<?> c = type; c != null; c = c.getSuperclass()) {
            for (Field f : c.getDeclaredFields()) {
                taken.add(f.getName());
            }
        }
        return this;
    }

    /** A new identifier like {@code words}. */
    String of(String words) {
        String base = JavaText.identifier(words);
        String unique = base;
        String between = Character.isDigit(base.charAt(base.length() - 1)) ? "_" : "";
        while (!taken.add(unique)) {
            unique = base + between + next.merge(base, 2, (before, _) -> before + 1);
        }
        return unique;
    }

    /** A new identifier for what is made for the value of this name; {@code role} says what that is. */
    String of(String value, String role) {
        return of(words(value) + "_" + role);
    }

    /** The last words of a name that are short enough together, joined by {@code _}. A number is not the first. */
    private static String words(String value) {
        String[] words = FIRST_OUTPUT.matcher(value).replaceFirst("").split("[^A-Za-z0-9]+");
        String all = "";
        String longest = "";
        for (int i = words.length - 1; i >= 0 && all.length() + words[i].length() <= LONGEST; i--) {
            all = words[i] + "_" + all;
            longest = Character.isLetter(all.charAt(0)) ? all : longest;
        }
        return longest.isEmpty() ? all : longest;
    }
}
