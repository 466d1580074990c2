package dev.lathe.tokenizers.normalizer;

import dev.lathe.tokenizers.text.AlignedText;
import dev.lathe.tokenizers.text.CodePoints;
import dev.lathe.tokenizers.text.Rewriter;

/** Drops white space at the ends. */
record Strip(boolean left, boolean right) implements Normalizer {
    @Override
    public void normalize(AlignedText text) {
        int n = text.length();
        int from = 0;
        while (left && from < n && CodePoints.isWhitespace(text.chars()[from])) {
            from++;
        }
        int to = n;
        while (right && to > 0 && CodePoints.isWhitespace(text.chars()[to - 1])) {
            to--;
        }
        if (from == 0 && to == n) {
            return;
        }
        Rewriter out = new Rewriter(text, from);
        for (int i = from; i < to; ) {
            int c = text.codePointAt(i);
            out.put(c, 0);
            i += Character.charCount(c);
        }
        out.finish();
    }
}
