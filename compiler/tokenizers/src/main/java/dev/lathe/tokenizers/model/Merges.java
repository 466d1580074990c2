package dev.lathe.tokenizers.model;

import dev.lathe.tokenizers.json.Config;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/** The pairs of symbols that become one: each has a rank, its place in the file. Immutable. */
final class Merges {
    /** Pairs of ids, at the places that their hashes give; -1 where there is none. */
    private final long[] pairs;

    private final int[] ranks;
    private final int[] merged;

    private Merges(int count) {
        int capacity = Integer.highestOneBit(Math.max(8, count)) << 2;
        this.pairs = new long[capacity];
        this.ranks = new int[capacity];
        this.merged = new int[count];
        Arrays.fill(pairs, -1);
    }

    /** The member {@code merges} of a model: two symbols as a list, or as one text with a space between. */
    static Merges read(Config model, Vocabulary vocabulary, String prefix) {
        List<?> lines = model.list("merges");
        Merges merges = new Merges(lines.size());
        int rank = 0;
        for (Object line : lines) {
            if (line instanceof String s && s.startsWith("#version")) {
                continue;
            }
            String left;
            String right;
            if (line instanceof List<?> pair
                    && pair.size() == 2
                    && pair.getFirst() instanceof String a
                    && pair.getLast() instanceof String b) {
                left = a;
                right = b;
            } else if (line instanceof String s && s.indexOf(' ') >= 0 && s.indexOf(' ') == s.lastIndexOf(' ')) {
                left = s.substring(0, s.indexOf(' '));
                right = s.substring(s.indexOf(' ') + 1);
            } else {
                throw model.bad("merge " + rank + " is not two symbols");
            }
            if (right.length() < prefix.length()) {
                throw model.bad("merge " + rank + " lacks the prefix of what continues a word");
            }
            merges.put(
                    id(model, vocabulary, left),
                    id(model, vocabulary, right),
                    rank,
                    id(model, vocabulary, left + right.substring(prefix.length())));
            rank++;
        }
        return merges;
    }

    private static int id(Config model, Vocabulary vocabulary, String word) {
        OptionalInt id = vocabulary.id(word);
        if (id.isEmpty()) {
            throw model.bad("\"" + word + "\" is in a merge, and not in the vocabulary");
        }
        return id.getAsInt();
    }

    private void put(int left, int right, int rank, int result) {
        long pair = (long) left << 32 | right;
        int i = place(pair);
        while (pairs[i] >= 0 && pairs[i] != pair) {
            i = i + 1 & pairs.length - 1;
        }
        pairs[i] = pair;
        ranks[i] = rank;
        merged[rank] = result;
    }

    private int place(long pair) {
        return (int) (pair * 0x9e3779b97f4a7c15L >>> 32) & pairs.length - 1;
    }

    /** The rank of a pair; -1 if it does not merge. */
    int rank(int left, int right) {
        long pair = (long) left << 32 | right;
        int i = place(pair);
        while (pairs[i] >= 0) {
            if (pairs[i] == pair) {
                return ranks[i];
            }
            i = i + 1 & pairs.length - 1;
        }
        return -1;
    }

    /** The symbol that the pair of a rank becomes. */
    int merged(int rank) {
        return merged[rank];
    }
}
