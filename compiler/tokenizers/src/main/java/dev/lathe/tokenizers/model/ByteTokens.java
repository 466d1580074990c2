package dev.lathe.tokenizers.model;

import dev.lathe.tokenizers.text.ByteAlphabet;
import java.util.Locale;

/** The tokens {@code <0x00>} to {@code <0xFF>} of a vocabulary, for characters that it lacks. */
final class ByteTokens {
    /** The id of each byte; -1 where there is none. */
    private final int[] ids;

    private ByteTokens(int[] ids) {
        this.ids = ids;
    }

    /** Those of a vocabulary; none at all if it does not use them. */
    static ByteTokens of(Vocabulary vocabulary, boolean used) {
        int[] ids = new int[256];
        for (int b = 0; b < 256; b++) {
            ids[b] = used
                    ? vocabulary.id(String.format(Locale.ROOT, "<0x%02X>", b)).orElse(-1)
                    : -1;
        }
        return new ByteTokens(ids);
    }

    int id(int b) {
        return ids[b];
    }

    /** Whether there is a token for each byte of a part of a text. */
    boolean has(char[] text, int from, int to) {
        for (int i = from; i < to; ) {
            int c = Character.codePointAt(text, i, to);
            for (int b = 0; b < ByteAlphabet.size(c); b++) {
                if (ids[ByteAlphabet.utf8(c, b)] < 0) {
                    return false;
                }
            }
            i += Character.charCount(c);
        }
        return true;
    }
}
