package dev.lathe.ir.diag;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What somebody may have meant by a name that does not exist. */
public final class Suggestion {
    private static final int MOST = 3;

    private Suggestion() {}

    /**
     * {@code did you mean a or b? }, with the blank behind it, or the empty text if nothing in {@code known} is near.
     */
    public static String of(String wrong, Collection<String> known) {
        List<String> near = near(wrong, known);
        return near.isEmpty() ? "" : "did you mean " + String.join(" or ", near) + "? ";
    }

    /**
     * The names in {@code known} that are a few typing mistakes away from {@code wrong}, or that one begins as the
     * other; the nearest first.
     */
    public static List<String> near(String wrong, Collection<String> known) {
        String typed = plain(wrong);
        Map<String, Integer> distances = new HashMap<>();
        for (String name : known) {
            String target = plain(name);
            int distance = distance(typed, target);
            boolean begins = typed.length() >= 3 && (target.startsWith(typed) || typed.startsWith(target));
            int limit = Math.max(1, Math.max(typed.length(), target.length()) / 3);
            if (!target.isEmpty() && (distance <= limit || begins && target.length() >= 3)) {
                distances.putIfAbsent(name, distance);
            }
        }
        List<String> near = new ArrayList<>(distances.keySet());
        near.sort(Comparator.comparing((String name) -> distances.get(name)).thenComparing(Comparator.naturalOrder()));
        return near.subList(0, Math.min(MOST, near.size()));
    }

    /** Letters and digits, small: how people write hyphens and capitals says nothing. */
    private static String plain(String name) {
        String small = name.toLowerCase(Locale.ROOT);
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < small.length() && i < 64; i++) {
            if (Character.isLetterOrDigit(small.charAt(i))) {
                s.append(small.charAt(i));
            }
        }
        return s.toString();
    }

    /**
     * Letters left out, added, changed, or swapped with the next one (Damerau and Levenshtein's distance, in its
     * restricted form).
     */
    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(d[i - 1][j - 1] + change, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
