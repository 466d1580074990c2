package dev.lathe.tokenizers.postprocessor;

import java.util.List;

/** Puts special tokens around the tokens of a text, or of two. */
public interface PostProcessor {
    /** How many tokens it adds to one text, or to two. */
    int added(boolean pair);

    /** Changes the drafts of the texts; the results are joined. */
    List<Draft> process(List<Draft> drafts);
}
