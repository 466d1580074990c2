package dev.lathe.tokenizers.normalizer;

import dev.lathe.tokenizers.text.AlignedText;

/** Changes a text before it is cut. */
public interface Normalizer {
    /** Changes {@code text}. */
    void normalize(AlignedText text);
}
