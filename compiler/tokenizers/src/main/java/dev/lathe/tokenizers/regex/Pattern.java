package dev.lathe.tokenizers.regex;

import dev.lathe.tokenizers.json.Config;
import java.util.function.IntPredicate;

/** A pattern that finds parts of texts. Immutable and thread-safe. */
public sealed interface Pattern {
    /** All matches in a part of a text, which the pattern takes for the whole. */
    Matches all(char[] text, int from, int to);

    /** A fixed text. */
    record Literal(String literal) implements Pattern {
        @Override
        public Matches all(char[] text, int from, int to) {
            Matches matches = new Matches();
            int n = literal.length();
            for (int i = from; n > 0 && i + n <= to; ) {
                if (isAt(text, i)) {
                    matches.add(i, i + n);
                    i += n;
                } else {
                    i++;
                }
            }
            return matches;
        }

        private boolean isAt(char[] text, int at) {
            for (int i = 0; i < literal.length(); i++) {
                if (text[at + i] != literal.charAt(i)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** A regular expression. */
    final class Regex implements Pattern {
        private final Program program;

        Regex(Program program) {
            this.program = program;
        }

        @Override
        public Matches all(char[] text, int from, int to) {
            Matches matches = new Matches();
            Machine machine = new Machine(text, from, to);
            CodePointSet first = program.first;
            int last = -1;
            int at = from;
            while (at <= to) {
                if (first != null && (at == to || !first.contains(codePoint(text, at, to)))) {
                    at = next(text, at, to);
                    continue;
                }
                int end = machine.run(program, at);
                if (end < 0) {
                    at = next(text, at, to);
                } else if (end == at && end == last) {
                    at = next(text, at, to); // no empty match directly behind another match
                } else {
                    matches.add(at, end);
                    last = end;
                    at = end;
                }
            }
            return matches;
        }

        private static int codePoint(char[] text, int at, int to) {
            char c = text[at];
            return Character.isHighSurrogate(c) && at + 1 < to ? Character.toCodePoint(c, text[at + 1]) : c;
        }

        private static int next(char[] text, int at, int to) {
            return at + (at < to && Character.isHighSurrogate(text[at]) && at + 1 < to ? 2 : 1);
        }
    }

    /** Every single character of a set. */
    record EachOf(IntPredicate members) implements Pattern {
        @Override
        public Matches all(char[] text, int from, int to) {
            Matches matches = new Matches();
            for (int i = from; i < to; ) {
                int c = Regex.codePoint(text, i, to);
                int next = i + Character.charCount(c);
                if (members.test(c)) {
                    matches.add(i, next);
                }
                i = next;
            }
            return matches;
        }
    }

    /**
     * A regular expression.
     *
     * @throws IllegalArgumentException if it is none that is supported
     */
    static Pattern regex(String expression) {
        try {
            return new Regex(Program.of(Parser.parse(expression)));
        } catch (PatternException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /** The member {@code pattern} of a part of a tokenizer, which is a fixed text or a regular expression. */
    static Pattern read(Config config) {
        Config pattern = config.object("pattern");
        if (pattern.has("String")) {
            return new Literal(pattern.string("String"));
        }
        String expression = pattern.string("Regex");
        try {
            return regex(expression);
        } catch (IllegalArgumentException e) {
            throw config.unsupported("the pattern \"" + expression + "\" (" + e.getMessage() + ")");
        }
    }
}
