package dev.lathe.tokenizers.pretokenizer;

import dev.lathe.tokenizers.text.AlignedText;
import dev.lathe.tokenizers.text.CodePoints;

/** Cuts that look at one character at a time, in one pass. */
final class Characterwise {
    private Characterwise() {}

    /** BERT's words: between spaces, with punctuation on its own. */
    static void bert(AlignedText text, int start, int end, Pieces parts) {
        int open = start;
        for (int i = start; i < end; ) {
            int c = text.codePointAt(i);
            int next = i + Character.charCount(c);
            boolean space = CodePoints.isWhitespace(c);
            if (space || CodePoints.isPunctuation(c)) {
                parts.add(open, i, Pieces.NONE);
                if (!space) {
                    parts.add(i, next, Pieces.NONE);
                }
                open = next;
            }
            i = next;
        }
        parts.add(open, end, Pieces.NONE);
    }

    /** Words as {@code \w+|[^\w\s]+} finds them. */
    static void words(AlignedText text, int start, int end, Pieces parts) {
        int open = start;
        int kind = 0;
        for (int i = start; i < end; ) {
            int c = text.codePointAt(i);
            int now = isRustWord(c) ? 1 : CodePoints.isWhitespace(c) ? 0 : 2;
            if (now != kind) {
                if (kind != 0) {
                    parts.add(open, i, Pieces.NONE);
                }
                open = i;
                kind = now;
            }
            i += Character.charCount(c);
        }
        if (kind != 0) {
            parts.add(open, end, Pieces.NONE);
        }
    }

    /** A word character as the reference's own regular expressions have it: with the joiners. */
    private static boolean isRustWord(int c) {
        return CodePoints.isWord(c) || c == 0x200c || c == 0x200d;
    }

    /** Pieces of {@code length} characters. */
    static void fixed(AlignedText text, int start, int end, int length, Pieces parts) {
        int open = start;
        int taken = 0;
        for (int i = start; i < end; ) {
            i += Character.charCount(text.codePointAt(i));
            if (++taken == length) {
                parts.add(open, i, Pieces.NONE);
                open = i;
                taken = 0;
            }
        }
        parts.add(open, end, Pieces.NONE);
    }

    /**
     * Where the script changes. Kana count as Han; a space belongs to any script, and what has none is left out before
     * the first that has one.
     */
    static void scripts(AlignedText text, int start, int end, Pieces parts) {
        Character.UnicodeScript last = null;
        int open = -1;
        for (int i = start; i < end; ) {
            int c = text.codePointAt(i);
            Character.UnicodeScript script = script(c);
            if (script != Character.UnicodeScript.UNKNOWN) {
                if (script != last) {
                    if (open >= 0) {
                        parts.add(open, i, Pieces.NONE);
                    }
                    open = i;
                }
                last = script;
            }
            i += Character.charCount(c);
        }
        if (open >= 0) {
            parts.add(open, end, Pieces.NONE);
        }
    }

    private static Character.UnicodeScript script(int c) {
        if (c == ' ') {
            return Character.UnicodeScript.UNKNOWN;
        }
        Character.UnicodeScript script = Character.UnicodeScript.of(c);
        return c == 0x30fc || script == Character.UnicodeScript.HIRAGANA || script == Character.UnicodeScript.KATAKANA
                ? Character.UnicodeScript.HAN
                : script;
    }
}
