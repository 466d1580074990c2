package dev.lathe.tokenizers.normalizer;

import dev.lathe.tokenizers.text.AlignedText;
import dev.lathe.tokenizers.text.CodePoints;
import dev.lathe.tokenizers.text.NormalForm;
import dev.lathe.tokenizers.text.Rewriter;

/** What BERT does to a text: drops controls, takes Chinese characters apart, strips accents, lowers the case. */
record Bert(boolean cleans, boolean separatesChinese, boolean stripsAccents, boolean lowers) implements Normalizer {
    @Override
    public void normalize(AlignedText text) {
        if (ascii(text)) {
            return;
        }
        if (cleans) {
            Characters.drop(text, c -> c == 0 || c == 0xfffd || CodePoints.isControl(c));
            Characters.map(text, c -> CodePoints.isWhitespace(c) ? ' ' : c);
        }
        if (separatesChinese) {
            separateChinese(text);
        }
        if (stripsAccents) {
            NormalForm.NFD.apply(text);
            Characters.drop(text, CodePoints::isNonSpacingMark);
        }
        if (lowers) {
            Characters.lowercase(text);
        }
    }

    /** Does all in one go where nothing but ASCII is in the text, and no character is dropped. */
    private boolean ascii(AlignedText text) {
        if (!text.isWhole()) {
            return false;
        }
        char[] chars = text.chars();
        int n = text.length();
        for (int i = 0; i < n; i++) {
            char c = chars[i];
            if (c >= 0x7f || c < ' ' && cleans && c != '\t' && c != '\n' && c != '\r') {
                return false;
            }
        }
        for (int i = 0; i < n; i++) {
            char c = chars[i];
            if (c < ' ' && cleans) {
                text.set(i, ' ');
            } else if (lowers && c >= 'A' && c <= 'Z') {
                text.set(i, (char) (c + 32));
            }
        }
        return true;
    }

    private static void separateChinese(AlignedText text) {
        if (text.isBelow(0x3400) && text.isWhole()) {
            return;
        }
        Rewriter out = new Rewriter(text, 0);
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            if (CodePoints.isChinese(c)) {
                out.put(' ', 0);
                out.put(c, 1);
                out.put(' ', 1);
            } else {
                out.put(c, 0);
            }
            i += Character.charCount(c);
        }
        out.finish();
    }
}
