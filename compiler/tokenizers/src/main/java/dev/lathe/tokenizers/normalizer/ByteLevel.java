package dev.lathe.tokenizers.normalizer;

import dev.lathe.tokenizers.text.AlignedText;
import dev.lathe.tokenizers.text.ByteAlphabet;
import dev.lathe.tokenizers.text.Rewriter;

/** Writes each byte of the UTF-8 form of a text as one character. */
record ByteLevel() implements Normalizer {
    @Override
    public void normalize(AlignedText text) {
        Rewriter out = new Rewriter(text, 0);
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            int bytes = ByteAlphabet.size(c);
            for (int b = 0; b < bytes; b++) {
                out.put(ByteAlphabet.character(c, b), b == 0 ? 0 : 1);
            }
            i += Character.charCount(c);
        }
        out.finish();
    }
}
