package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;

/**
 * Room for what a kernel keeps for itself, one array for each worker. Arrays are followed by a gap, for two that lie
 * one behind the other would share a line of the caches: then each write of one worker takes the line from the other.
 */
final class Scratch {
    /** Bytes that no two workers write within: a line, and the one that processors fetch with it. */
    static final int APART = 128;
    /** Bytes between arrays of different workers: what lies behind one that is read is fetched ahead. */
    private static final int FAR_APART = 1 << 12;

    private Scratch() {}

    /** @throws dev.lathe.ir.diag.LatheException {@code run.too-large} if an array or the heap cannot hold it */
    static float[][] floats(int workers, long each) {
        return new float[workers][length(workers, each, Float.BYTES)];
    }

    static int[][] ints(int workers, long each) {
        return new int[workers][length(workers, each, Integer.BYTES)];
    }

    static double[][] doubles(int workers, long each) {
        return new double[workers][length(workers, each, Double.BYTES)];
    }

    /** Rows of their own for each worker. */
    static double[][][] doubles(int workers, int rows, long each) {
        double[][][] all = new double[workers][][];
        Arrays.setAll(all, _ -> doubles(rows, each));
        return all;
    }

    static long[][] longs(int workers, long each) {
        return new long[workers][length(workers, each, Long.BYTES)];
    }

    static short[][] shorts(int workers, long each) {
        return new short[workers][length(workers, each, Short.BYTES)];
    }

    static byte[][] bytes(int workers, long each) {
        return new byte[workers][length(workers, each, Byte.BYTES)];
    }

    /** The length of such an array. */
    static int length(int workers, long each, int elementBytes) {
        int length = Sizes.index(each + (workers == 1 ? APART : FAR_APART) / elementBytes);
        Sizes.fit("the scratch memory of a kernel", (long) elementBytes * workers * length);
        return length;
    }
}
