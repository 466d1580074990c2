package dev.lathe.tokenizers.normalizer;

import dev.lathe.tokenizers.regex.Matches;
import dev.lathe.tokenizers.regex.Pattern;
import dev.lathe.tokenizers.text.AlignedText;

/** Puts a text in the place of each match of a pattern. */
record Replace(Pattern pattern, String content) implements Normalizer {
    @Override
    public void normalize(AlignedText text) {
        Matches matches = pattern.all(text.chars(), 0, text.length());
        text.replace(matches.bounds(), matches.count(), content);
    }
}
