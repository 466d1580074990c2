package dev.lathe.runtime;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.lathe.ir.eval.PatternEngine;
import dev.lathe.ir.op.InvalidOpException;
import org.jspecify.annotations.Nullable;

/** Patterns by RE2/J, which follows RE2 and takes time linear in the text. */
public final class Re2PatternEngine implements PatternEngine {
    /** Groups within groups: RE2/J compiles them by recursion. */
    private static final int DEPTH_LIMIT = 500;
    /** RE2's limit of a count, also of counts within counts, since the program has each repetition. */
    private static final int REPEAT_LIMIT = 1000;
    /** Characters: a pattern becomes a program as long, and each letter of a text may take a step in all of it. */
    private static final int LENGTH_LIMIT = 10_000;

    @Override
    public TextPattern compile(String text) {
        if (text.length() > LENGTH_LIMIT || !isBounded(text)) {
            throw unreadable(
                    text,
                    "it has more than " + LENGTH_LIMIT + " characters, groups more than " + DEPTH_LIMIT
                            + " deep, or what repeats more than " + REPEAT_LIMIT + " times");
        }
        try {
            return new Compiled(Pattern.compile(text, Pattern.LONGEST_MATCH));
        } catch (PatternSyntaxException e) {
            throw unreadable(text, e.getDescription());
        }
    }

    private static InvalidOpException unreadable(String text, String why) {
        return new InvalidOpException("the pattern \"" + text + "\" cannot be read: " + why);
    }

    /**
     * Checks what RE2/J does not: how deep groups are nested, and how often what is counted within counted groups
     * repeats in all. What is in brackets counts as if it were not, which refuses nothing that people write.
     */
    private static boolean isBounded(String text) {
        long[] most = new long[DEPTH_LIMIT + 1];
        int depth = 0;
        long last = 1;
        most[0] = 1;
        for (int i = 0; i < text.length(); i++) {
            switch (text.charAt(i)) {
                case '(' -> {
                    if (++depth > DEPTH_LIMIT) {
                        return false;
                    }
                    most[depth] = 1;
                    last = 1;
                }
                case ')' -> {
                    last = most[depth];
                    depth = Math.max(0, depth - 1);
                }
                case '{' -> last *= count(text, i + 1);
                default -> last = 1;
            }
            most[depth] = Math.max(most[depth], last);
            if (last > REPEAT_LIMIT) {
                return false;
            }
            if (text.charAt(i) == '\\') {
                i++;
            }
            // Braces of a count, of \p{Greek} or of \x{10FFFF}.
            boolean named =
                    i > 0 && i + 1 < text.length() && text.charAt(i - 1) == '\\' && "pPx".indexOf(text.charAt(i)) >= 0;
            if (text.startsWith("{", named ? i + 1 : i)) {
                i = Math.max(i, text.indexOf('}', i));
            }
        }
        return true;
    }

    /** The largest number in the braces that end after {@code from}; 1 if they are no count. */
    private static long count(String text, int from) {
        long greatest = 1;
        long number = 0;
        for (int i = from; i < text.length() && number <= REPEAT_LIMIT; i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                number = number * 10 + c - '0';
                greatest = Math.max(greatest, number);
            } else if (c == ',') {
                number = 0;
            } else {
                return c == '}' ? greatest : 1;
            }
        }
        return greatest;
    }

    private record Compiled(Pattern pattern) implements TextPattern {
        @Override
        public boolean matches(String text) {
            return pattern.matches(text);
        }

        @Override
        public int @Nullable [] find(String text, int from) {
            Matcher m = pattern.matcher(text);
            return m.find(from) ? new int[] {m.start(), m.end()} : null;
        }
    }
}
