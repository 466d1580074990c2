package dev.lathe.passes.weights;

import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Names that fit one of several patterns, separated by commas, in which {@code *} is any text and {@code ?} any
 * character. The empty text fits nothing.
 */
public final class Glob {
    private final Pattern pattern;

    private Glob(Pattern pattern) {
        this.pattern = pattern;
    }

    /** The names that {@code text} describes. */
    public static Glob of(String text) {
        String regex = Arrays.stream(text.split(",", -1))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .map(Glob::regex)
                .collect(Collectors.joining("|"));
        // Nothing matches a character that is not there.
        return new Glob(Pattern.compile(regex.isEmpty() ? "[^\\s\\S]" : regex, Pattern.DOTALL));
    }

    private static String regex(String glob) {
        StringBuilder s = new StringBuilder();
        glob.codePoints().forEach(c -> {
            switch (c) {
                case '*' -> s.append(".*");
                case '?' -> s.append('.');
                default -> s.append(Pattern.quote(Character.toString(c)));
            }
        });
        return s.toString();
    }

    /** Whether {@code name} as a whole is one of them. */
    public boolean fits(String name) {
        return pattern.matcher(name).matches();
    }
}
