package dev.lathe.tokenizers.pretokenizer;

import dev.lathe.tokenizers.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** GPT-2's words, whose bytes are then written as characters. */
final class ByteLevel implements PreTokenizer {
    private static final String WORDS =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    private final boolean addsSpace;
    private final @Nullable Split words;

    ByteLevel(boolean addsSpace, boolean cuts) {
        this.addsSpace = addsSpace;
        this.words = cuts ? new Split(Pattern.regex(WORDS), Behavior.Isolated, false) : null;
    }

    @Override
    public void apply(Pieces pieces) {
        if (addsSpace) {
            pieces.rewrite(text -> {
                if (text.chars()[0] != ' ') {
                    text.prepend(" ");
                }
                return text;
            });
        }
        if (words != null) {
            words.apply(pieces);
        }
        pieces.writeBytes();
    }
}
