package dev.lathe.tokenizers.regex;

/** A place in the text of a pattern. */
final class Cursor {
    private final int[] pattern;
    private int at;

    Cursor(String pattern) {
        this.pattern = pattern.codePoints().toArray();
    }

    boolean isAtEnd() {
        return at >= pattern.length;
    }

    int place() {
        return at;
    }

    void back(int place) {
        at = place;
    }

    int peek() {
        if (isAtEnd()) {
            throw wrong("it ends too early");
        }
        return pattern[at];
    }

    int next() {
        int c = peek();
        at++;
        return c;
    }

    boolean sees(int c) {
        return seesAt(0, c);
    }

    boolean seesAt(int offset, int c) {
        return at + offset < pattern.length && pattern[at + offset] == c;
    }

    boolean accept(int c) {
        if (sees(c)) {
            at++;
            return true;
        }
        return false;
    }

    boolean acceptAll(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!seesAt(i, text.charAt(i))) {
                return false;
            }
        }
        at += text.length();
        return true;
    }

    PatternException wrong(String what) {
        return new PatternException("at character " + at + " of the pattern: " + what);
    }
}
