package dev.lathe.tokenizers.normalizer;

import dev.lathe.tokenizers.text.AlignedText;
import dev.lathe.tokenizers.text.Rewriter;
import java.util.function.IntPredicate;
import java.util.function.IntUnaryOperator;

/** Changes that look at one character at a time. */
final class Characters {
    private Characters() {}

    /** Drops the characters that {@code dropped} accepts. */
    static void drop(AlignedText text, IntPredicate dropped) {
        if (text.isWhole() && !any(text, dropped)) {
            return;
        }
        int first = 0;
        int i = 0;
        while (i < text.length() && dropped.test(text.codePointAt(i))) {
            i += Character.charCount(text.codePointAt(i));
            first++;
        }
        Rewriter out = new Rewriter(text, i < text.length() ? first : 0);
        while (i < text.length()) {
            int kept = text.codePointAt(i);
            i += Character.charCount(kept);
            int removed = 0;
            while (i < text.length() && dropped.test(text.codePointAt(i))) {
                i += Character.charCount(text.codePointAt(i));
                removed++;
            }
            out.put(kept, -removed);
        }
        out.finish();
    }

    private static boolean any(AlignedText text, IntPredicate test) {
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            if (test.test(c)) {
                return true;
            }
            i += Character.charCount(c);
        }
        return false;
    }

    /** Puts another character in the place of each. */
    static void map(AlignedText text, IntUnaryOperator mapping) {
        if (text.isWhole() && mapInPlace(text, mapping)) {
            return;
        }
        Rewriter out = new Rewriter(text, 0);
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            out.put(mapping.applyAsInt(c), 0);
            i += Character.charCount(c);
        }
        out.finish();
    }

    /** Whether all new characters have the sizes of the old ones, and stand in their places. */
    private static boolean mapInPlace(AlignedText text, IntUnaryOperator mapping) {
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int size = Character.charCount(c);
            if (Character.charCount(mapping.applyAsInt(c)) != size) {
                return false;
            }
            i += size;
        }
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int to = mapping.applyAsInt(c);
            if (c < 0x10000) {
                text.set(i++, (char) to);
            } else {
                text.set(i++, Character.highSurrogate(to));
                text.set(i++, Character.lowSurrogate(to));
            }
        }
        return true;
    }

    /** Lower case, character by character; the only one that becomes two is the dotted capital I. */
    static void lowercase(AlignedText text) {
        boolean dotted = false;
        for (int i = 0; i < text.length(); i++) {
            dotted |= text.chars()[i] == '\u0130';
        }
        if (!dotted) {
            map(text, Character::toLowerCase);
            return;
        }
        Rewriter out = new Rewriter(text, 0);
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            if (c == '\u0130') {
                out.put('i', 0);
                out.put('\u0307', 1);
            } else {
                out.put(Character.toLowerCase(c), 0);
            }
            i += Character.charCount(c);
        }
        out.finish();
    }
}
