package dev.lathe.runtime;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * Copies of floats of rows by a table, where each vector of results takes its elements from two vectors of the source
 * that follow each other: a row that is made longer by repeating elements, or by up to half shorter. Vectors of results
 * that are made in the same way are made one after the other, so that how stays in registers. The last vector overlaps
 * the one before it.
 */
final class VectorTable {
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final int W = F.length();

    private final int n;
    private final List<Way> ways;

    /**
     * How vectors of results are made: elements of a vector of the source, and, where there is a mask, of one that is
     * {@code apart} behind it.
     *
     * @param bases where the first vector of the source begins, for each vector of results
     * @param targets where that begins
     */
    private record Way(
            VectorShuffle<Float> first,
            VectorShuffle<Float> second,
            @Nullable VectorMask<Float> isSecond,
            int apart,
            int[] bases,
            int[] targets) {}

    private VectorTable(int n, List<Way> ways) {
        this.n = n;
        this.ways = ways;
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
        Map<List<Integer>, List<Integer>> alike = new LinkedHashMap<>();
        for (int at = 0; at < table.length; at += W) {
            int target = Math.min(at, table.length - W);
            int least = Integer.MAX_VALUE;
            int greatest = 0;
            for (int i = target; i < target + W; i++) {
                least = Math.min(least, table[i]);
                greatest = Math.max(greatest, table[i]);
            }
            if (least < 0 || greatest - least >= 2 * W) {
                return null;
            }
            int base = Math.min(least, length - W);
            int apart = greatest - base < W ? 0 : Math.min(W, length - W - base);
            List<Integer> way = new ArrayList<>();
            way.add(apart);
            for (int i = target; i < target + W; i++) {
                way.add(table[i] - base);
            }
            alike.computeIfAbsent(way, _ -> new ArrayList<>()).addAll(List.of(base, target));
        }
        List<Way> ways = new ArrayList<>();
        alike.forEach((way, places) -> ways.add(way(way.getFirst(), way.subList(1, W + 1), places)));
        return new VectorTable(table.length, List.copyOf(ways));
    }

    /** @param places where each source and its result begin */
    private static Way way(int apart, List<Integer> lanes, List<Integer> places) {
        boolean[] isSecond = new boolean[W];
        for (int i = 0; i < W; i++) {
            isSecond[i] = lanes.get(i) >= W;
        }
        int[] bases = new int[places.size() / 2];
        int[] targets = new int[bases.length];
        for (int i = 0; i < bases.length; i++) {
            bases[i] = places.get(2 * i);
            targets[i] = places.get(2 * i + 1);
        }
        return new Way(
                VectorShuffle.fromOp(F, i -> isSecond[i] ? 0 : lanes.get(i)),
                VectorShuffle.fromOp(F, i -> isSecond[i] ? lanes.get(i) - apart : 0),
                apart == 0 ? null : VectorMask.fromArray(F, isSecond, 0),
                apart,
                bases,
                targets);
    }

    /**
     * Makes rows of results.
     *
     * @param rows how many
     * @param from where the source of each begins
     * @param to where each begins
     * @param last where the last of those begins that are the same and follow it
     */
    void copy(int rows, float[] x, int[] from, float[] y, int[] to, int[] last) {
        for (Way way : ways) {
            VectorMask<Float> isSecond = way.isSecond;
            if (isSecond == null) {
                one(way, rows, x, from, y, to, last);
            } else {
                two(way, isSecond, rows, x, from, y, to, last);
            }
        }
    }

    private void one(Way way, int rows, float[] x, int[] from, float[] y, int[] to, int[] last) {
        VectorShuffle<Float> first = way.first;
        int[] bases = way.bases;
        int[] targets = way.targets;
        for (int r = 0; r < rows; r++) {
            int source = from[r];
            int target = to[r];
            int again = last[r] - n;
            for (int i = 0; i < bases.length; i++) {
                FloatVector v = FloatVector.fromArray(F, x, source + bases[i]).rearrange(first);
                v.intoArray(y, target + targets[i]);
                for (int at = target; at <= again; ) {
                    at += n;
                    v.intoArray(y, at + targets[i]);
                }
            }
        }
    }

    private void two(
            Way way, VectorMask<Float> isSecond, int rows, float[] x, int[] from, float[] y, int[] to, int[] last) {
        VectorShuffle<Float> first = way.first;
        VectorShuffle<Float> second = way.second;
        int apart = way.apart;
        int[] bases = way.bases;
        int[] targets = way.targets;
        for (int r = 0; r < rows; r++) {
            int source = from[r];
            int target = to[r];
            int again = last[r] - n;
            for (int i = 0; i < bases.length; i++) {
                int base = source + bases[i];
                FloatVector v = FloatVector.fromArray(F, x, base)
                        .rearrange(first)
                        .blend(FloatVector.fromArray(F, x, base + apart).rearrange(second), isSecond);
                v.intoArray(y, target + targets[i]);
                for (int at = target; at <= again; ) {
                    at += n;
                    v.intoArray(y, at + targets[i]);
                }
            }
        }
    }
}
