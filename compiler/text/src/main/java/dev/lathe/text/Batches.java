package dev.lathe.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Cuts texts into batches by length, so that little is padded. */
final class Batches {
    private Batches() {}

    /**
     * The numbers of the texts of each batch. The longest come first: later batches fit into the memory of the first.
     *
     * @param lengths tokens of each text
     * @param mostTokens of a batch, padding included; a text that has more is a batch of its own
     * @param mostTexts of a batch
     * @param padded whether a text may have a longer one beside it
     */
    static List<int[]> of(int[] lengths, int mostTokens, int mostTexts, boolean padded) {
        int[] sorted = IntStream.range(0, lengths.length)
                .boxed()
                .sorted(Comparator.comparingInt(i -> -lengths[i])) // stable: equal lengths stay in order
                .mapToInt(Integer::intValue)
                .toArray();
        List<int[]> batches = new ArrayList<>();
        for (int from = 0; from < sorted.length; ) {
            int longest = lengths[sorted[from]];
            long most = Math.clamp(mostTokens / Math.max(1, longest), 1, mostTexts);
            int to = from + 1;
            while (to < sorted.length && to - from < most && (padded || lengths[sorted[to]] == longest)) {
                to++;
            }
            batches.add(java.util.Arrays.copyOfRange(sorted, from, to));
            from = to;
        }
        return batches;
    }
}
