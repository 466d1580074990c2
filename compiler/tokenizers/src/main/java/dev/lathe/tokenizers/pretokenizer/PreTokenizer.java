package dev.lathe.tokenizers.pretokenizer;

/** Cuts a text into pieces. */
public interface PreTokenizer {
    /** Cuts those of the pieces that are not tokens already. */
    void apply(Pieces pieces);
}
