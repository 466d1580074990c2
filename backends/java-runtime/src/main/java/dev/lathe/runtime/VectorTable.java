package dev.lathe.runtime;

import java.util.ArrayList;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * Copies of floats of a row by a table, where each vector of results takes its elements from one vector of the source,
 * as if a row is made longer by repeating elements. The last vector overlaps the one before it.
 */
final class VectorTable {
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final int W = F.length();

    private final int n;
    /** The first element that each vector of results needs, or one before it. */
    private final int[] bases;
    /** How the elements from there on are distributed. */
    private final List<VectorShuffle<Float>> shuffles;

    private VectorTable(int n, int[] bases, List<VectorShuffle<Float>> shuffles) {
        this.n = n;
        this.bases = bases;
        this.shuffles = shuffles;
    }

    /**
     * Copies by {@code table}; null where vectors would need elements that are too far apart, or that no source has.
     *
     * @param length of a row of the source
     */
    static @Nullable VectorTable of(int[] table, int length) {
        if (table.length < W || length < W) {
            return null;
        }
        int[] bases = new int[Math.ceilDiv(table.length, W)];
        List<VectorShuffle<Float>> shuffles = new ArrayList<>();
        for (int b = 0; b < bases.length; b++) {
            int first = Math.min(b * W, table.length - W);
            int least = Integer.MAX_VALUE;
            int greatest = 0;
            for (int i = first; i < first + W; i++) {
                least = Math.min(least, table[i]);
                greatest = Math.max(greatest, table[i]);
            }
            int base = Math.min(least, length - W);
            if (least < 0 || greatest - base >= W) {
                return null;
            }
            bases[b] = base;
            shuffles.add(VectorShuffle.fromOp(F, i -> table[first + i] - base));
        }
        return new VectorTable(table.length, bases, shuffles);
    }

    /** Makes a row of results. */
    void copy(float[] x, int from, float[] y, int to) {
        for (int b = 0; b < bases.length; b++) {
            FloatVector.fromArray(F, x, from + bases[b])
                    .rearrange(shuffles.get(b))
                    .intoArray(y, to + Math.min(b * W, n - W));
        }
    }
}
