package dev.lathe.tokenizers.pretokenizer;

import dev.lathe.tokenizers.regex.Pattern;

/** Cuts at the matches of a pattern, or between them. */
record Split(Pattern pattern, Behavior behavior, boolean inverted) implements PreTokenizer {
    @Override
    public void apply(Pieces pieces) {
        pieces.cut((text, start, end, parts) ->
                behavior.cut(pattern.all(text.chars(), start, end), inverted, start, end, parts));
    }
}
