package dev.lathe.tokenizers.postprocessor;

import dev.lathe.tokenizers.json.Config;
import java.util.List;

/**
 * How texts are cut that are too long.
 *
 * @param most how many tokens stay, with the special ones
 * @param stride how many tokens what overflows repeats
 */
public record Truncation(int most, int stride, Strategy strategy, Direction direction) {
    /** Which of two texts is cut. */
    public enum Strategy {
        LongestFirst,
        OnlyFirst,
        OnlySecond
    }

    /** At which end tokens go. */
    public enum Direction {
        Left,
        Right
    }

    /** Cuts the ends of the longest text. */
    public static Truncation to(int most) {
        return new Truncation(most, 0, Strategy.LongestFirst, Direction.Right);
    }

    public static Truncation read(Config config) {
        return new Truncation(
                config.integer("max_length", Integer.MAX_VALUE),
                config.integer("stride", Integer.MAX_VALUE, 0),
                config.has("strategy") ? config.choice("strategy", Strategy.class) : Strategy.LongestFirst,
                config.has("direction") ? config.choice("direction", Direction.class) : Direction.Right);
    }

    /** Cuts one text, or two, to which {@code added} tokens are yet to come. */
    public void apply(List<Draft> drafts, int added) {
        if (added > most) {
            throw Config.refusedText(
                    added + " special tokens are more than the " + most + " tokens that a text is cut to",
                    "truncate to more tokens");
        }
        int room = most - added;
        Draft first = drafts.getFirst();
        boolean pair = drafts.size() == 2;
        long total = (long) first.size() + (pair ? drafts.getLast().size() : 0);
        if (room == 0) {
            drafts.forEach(d -> cut(d, 0));
        } else if (total > room) {
            switch (strategy) {
                case LongestFirst -> {
                    if (pair) {
                        longest(first, drafts.getLast(), room);
                    } else {
                        cut(first, room);
                    }
                }
                case OnlyFirst -> only(first, Math.toIntExact(total - room));
                case OnlySecond -> {
                    if (!pair) {
                        throw Config.refusedText(
                                "the tokenizer cuts only the second text, and there is one of " + total + " tokens",
                                "give two texts, or use truncated(most)");
                    }
                    only(drafts.getLast(), Math.toIntExact(total - room));
                }
            }
        }
    }

    private void cut(Draft draft, int to) {
        draft.truncate(to, stride, direction == Direction.Right);
    }

    private void only(Draft draft, int removed) {
        if (draft.size() <= removed) {
            throw Config.refusedText(
                    "the text that the tokenizer may cut has " + draft.size() + " tokens, and " + removed
                            + " are too many",
                    "give a shorter other text, or use truncated(most)");
        }
        cut(draft, draft.size() - removed);
    }

    /** The shorter text stays as it is where it fits, and else both get half. */
    private void longest(Draft first, Draft second, int room) {
        int shorter = Math.min(first.size(), second.size());
        int longer = shorter > room ? shorter : Math.max(shorter, room - shorter);
        if ((long) shorter + longer > room) {
            shorter = room / 2;
            longer = shorter + room % 2;
        }
        boolean swapped = first.size() > second.size();
        cut(first, swapped ? longer : shorter);
        cut(second, swapped ? shorter : longer);
    }
}
