package dev.lathe.tokenizers.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The characters of a text as people see them: Unicode's extended grapheme clusters. */
public final class Graphemes {
    private static final Pattern CLUSTER = Pattern.compile("\\X");

    private final AlignedText text;
    private final Matcher cluster;

    public Graphemes(AlignedText text) {
        this.text = text;
        this.cluster = CLUSTER.matcher(text.toString());
    }

    /** Where the cluster ends that starts at {@code from}. */
    public int end(int from) {
        int c = text.codePointAt(from);
        int next = from + Character.charCount(c);
        if (next == text.length() || isAlone(c) && isAlone(text.codePointAt(next))) {
            return next;
        }
        cluster.region(from, text.length());
        return cluster.lookingAt() ? cluster.end() : next;
    }

    /** Characters that neither join the one before nor the one behind. */
    private static boolean isAlone(int c) {
        return c < 0x300 ? c != '\r' && c != '\n' : c >= 0x3041 && c < 0x3097 || c >= 0x4e00 && c < 0xa000;
    }
}
