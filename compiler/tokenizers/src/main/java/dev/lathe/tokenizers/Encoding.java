package dev.lathe.tokenizers;

import dev.lathe.tokenizers.postprocessor.Draft;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A text as tokens. All arrays have one element for each token; they belong to the caller, who may change them.
 *
 * <p>Places are UTF-16 units of the Java string that was encoded, as {@link String#substring} takes them, and never
 * stand inside a surrogate pair. Tokens that come from no text have the place 0, 0. Where a pair was encoded, the
 * places of its second text are units of that text.
 */
public final class Encoding {
    private final int[] ids;
    private final int[] typeIds;
    private final int[] attentionMask;
    private final int[] specialTokens;
    private final int[] starts;
    private final int[] ends;
    private final @Nullable String @Nullable [] values;
    private final IntFunction<String> words;
    private final List<Encoding> overflow;

    Encoding(Draft draft, IntFunction<String> words) {
        this.ids = draft.ids();
        this.typeIds = draft.types();
        this.attentionMask = draft.mask();
        this.specialTokens = draft.special();
        this.starts = draft.starts();
        this.ends = draft.ends();
        this.values = draft.values();
        this.words = words;
        this.overflow = draft.overflow().isEmpty()
                ? List.of()
                : draft.overflow().stream().map(o -> new Encoding(o, words)).toList();
    }

    /** How many tokens there are. */
    public int size() {
        return ids.length;
    }

    /** The ids of the tokens in the vocabulary. */
    public int[] ids() {
        return ids;
    }

    /** To which text a token belongs, as the file says: mostly 0 for the first and 1 for the second. */
    public int[] typeIds() {
        return typeIds;
    }

    /** 1 for a token of the text or around it, 0 for one that only fills up. */
    public int[] attentionMask() {
        return attentionMask;
    }

    /** 1 for a token that the tokenizer put around the text, or that fills up; 0 for one of the text. */
    public int[] specialTokens() {
        return specialTokens;
    }

    /** Where in its text each token starts, in UTF-16 units. */
    public int[] starts() {
        return starts;
    }

    /** Where in its text each token ends, in UTF-16 units. */
    public int[] ends() {
        return ends;
    }

    /** What each token reads in the vocabulary, or in the text if the vocabulary does not have it. */
    public List<String> tokens() {
        List<String> tokens = new ArrayList<>(ids.length);
        for (int i = 0; i < ids.length; i++) {
            String value = values == null ? null : values[i];
            tokens.add(value == null ? words.apply(ids[i]) : value);
        }
        return tokens;
    }

    /** What did not fit, where a text was cut: encodings of the rest, with special tokens of their own. */
    public List<Encoding> overflow() {
        return overflow;
    }

    @Override
    public String toString() {
        return tokens().toString();
    }
}
