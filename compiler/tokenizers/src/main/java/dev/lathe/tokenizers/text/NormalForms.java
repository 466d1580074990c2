package dev.lathe.tokenizers.text;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What Unicode's normal forms are made of, taken from the JDK: decompositions of characters, the order of combining
 * marks, and which two characters compose to one. The JDK normalizes whole texts alone, and does not say which
 * character of the result came from where.
 */
final class NormalForms {
    private static final int HANGUL = 0xac00;
    private static final int HANGUL_END = 0xd7a4;
    private static final int LEADING = 0x1100;
    private static final int LEADING_COUNT = 19;
    private static final int VOWEL = 0x1161;
    private static final int VOWEL_COUNT = 21;
    private static final int TRAILING = 0x11a7;
    private static final int TRAILING_COUNT = 28;
    /** Marks of the lowest class and of the highest: every other is sorted after the one or before the other. */
    private static final String LOWEST = "\u0334";

    private static final String HIGHEST = "\u0345";

    /** Made on first use; never changed after that. */
    private static final class Tables {
        static final NormalForms ONE = new NormalForms();
    }

    private final Map<Integer, Integer> ranks = new HashMap<>();
    private final Map<Long, Integer> composites = new HashMap<>();
    private final Map<Integer, int[]> canonical = new HashMap<>();
    private final Map<Integer, int[]> compatible = new HashMap<>();

    private NormalForms() {
        NavigableSet<String> classes = new TreeSet<>(NormalForms::order);
        List<String> marks = new ArrayList<>();
        for (int c = 0xa0; c < 0x30000; c++) {
            int skipped = ideographs(c);
            if (skipped > c) {
                c = skipped - 1;
                continue;
            }
            int type = Character.getType(c);
            if (type == Character.UNASSIGNED || type == Character.SURROGATE || type == Character.PRIVATE_USE) {
                continue;
            }
            String s = Character.toString(c);
            String compatibly = Normalizer.normalize(s, Normalizer.Form.NFKD);
            if (!compatibly.equals(s)) {
                compatible.put(c, compatibly.codePoints().toArray());
                String canonically = Normalizer.normalize(s, Normalizer.Form.NFD);
                if (!canonically.equals(s)) {
                    canonical.put(c, canonically.codePoints().toArray());
                    composite(c, s, canonically);
                }
            } else if (CodePoints.isMark(c) && (swapped(HIGHEST, s) || swapped(s, LOWEST))) {
                classes.add(s);
                marks.add(s);
            }
        }
        Map<String, Integer> places = new HashMap<>();
        for (String mark : classes) {
            places.put(mark, places.size() + 1);
        }
        for (String mark : marks) {
            ranks.put(mark.codePointAt(0), places.get(classes.floor(mark)));
        }
    }

    static NormalForms tables() {
        return Tables.ONE;
    }

    /** The end of a range of characters that are themselves in all forms, or are computed; 0 outside of these. */
    private static int ideographs(int c) {
        return c >= 0x3400 && c < 0x4dc0
                ? 0x4dc0
                : c >= 0x4e00 && c < 0xa000
                        ? 0xa000
                        : c >= HANGUL && c < HANGUL_END ? HANGUL_END : c >= 0x20000 && c < 0x2f800 ? 0x2f800 : 0;
    }

    private static boolean swapped(String first, String second) {
        return !Normalizer.normalize(first + second, Normalizer.Form.NFD).startsWith(first);
    }

    /** By combining class. */
    private static int order(String a, String b) {
        return a.equals(b) ? 0 : swapped(a, b) ? 1 : swapped(b, a) ? -1 : 0;
    }

    private void composite(int c, String s, String canonically) {
        if (!Normalizer.normalize(canonically, Normalizer.Form.NFC).equals(s)) {
            return;
        }
        // The decomposition goes all the way; the last character composes with all before it.
        int last = canonically.codePointBefore(canonically.length());
        String before = Normalizer.normalize(
                canonically.substring(0, canonically.length() - Character.charCount(last)), Normalizer.Form.NFC);
        if (before.codePointCount(0, before.length()) == 1) {
            composites.put((long) before.codePointAt(0) << 32 | last, c);
        }
    }

    /** The order of a combining mark among others; 0 for what is no such mark. */
    int rank(int c) {
        return c < 0x300 ? 0 : ranks.getOrDefault(c, 0);
    }

    /** What a character decomposes to; null if it is itself. */
    int @Nullable [] decomposed(int c, boolean compatibly) {
        if (c >= HANGUL && c < HANGUL_END) {
            int s = c - HANGUL;
            int l = LEADING + s / (VOWEL_COUNT * TRAILING_COUNT);
            int v = VOWEL + s % (VOWEL_COUNT * TRAILING_COUNT) / TRAILING_COUNT;
            int t = s % TRAILING_COUNT;
            return t == 0 ? new int[] {l, v} : new int[] {l, v, TRAILING + t};
        }
        return (compatibly ? compatible : canonical).get(c);
    }

    /** The character that two compose to; -1 if there is none. */
    int composed(int first, int second) {
        if (first >= LEADING && first < LEADING + LEADING_COUNT && second >= VOWEL && second < VOWEL + VOWEL_COUNT) {
            return HANGUL + ((first - LEADING) * VOWEL_COUNT + second - VOWEL) * TRAILING_COUNT;
        }
        if (first >= HANGUL
                && first < HANGUL_END
                && (first - HANGUL) % TRAILING_COUNT == 0
                && second > TRAILING
                && second < TRAILING + TRAILING_COUNT) {
            return first + second - TRAILING;
        }
        return composites.getOrDefault((long) first << 32 | second, -1);
    }
}
