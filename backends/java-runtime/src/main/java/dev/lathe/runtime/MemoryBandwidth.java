package dev.lathe.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;

/**
 * Measures how many bytes a second threads read and write together at best, by the size of what they go through again
 * and again: {@code c[i] = a[i] + s * b[i]}, twelve bytes an element. What fits into a cache is faster there.
 */
public final class MemoryBandwidth {
    /** From what the first cache holds to what none does, in bytes. */
    private static final long[] SETS = {1L << 16, 1L << 18, 1L << 20, 1L << 22, 1L << 24, 1L << 26, 1L << 28};

    private static final int BYTES = 12;
    private static final long WARM_UP = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long MEASURE = TimeUnit.MILLISECONDS.toNanos(60);
    /** Bytes between two looks at the clock. */
    private static final long BATCH = 1L << 23;

    /**
     * A rate.
     *
     * @param bytes the size of what was gone through, by all threads together
     * @param bytesPerSecond how fast
     */
    public record Rate(long bytes, double bytesPerSecond) {}

    private MemoryBandwidth() {}

    /**
     * The best rates of {@code threads} threads together, the smallest set first; a larger one is never faster. Takes
     * about a second; nothing else should run. Sets that take more than a quarter of the heap are left out.
     */
    public static List<Rate> measure(int threads) {
        double[] rates = new double[SETS.length];
        for (int i = 0; i < SETS.length; i++) {
            rates[i] = SETS[i] > Runtime.getRuntime().maxMemory() / 4 ? 0 : together(threads, SETS[i]);
        }
        for (int i = SETS.length - 2; i >= 0; i--) {
            rates[i] = Math.max(rates[i], rates[i + 1]); // a smaller set may use what is further away, too
        }
        List<Rate> all = new ArrayList<>();
        for (int i = 0; i < SETS.length; i++) {
            if (rates[i] > 0) {
                all.add(new Rate(SETS[i], rates[i]));
            }
        }
        return all;
    }

    private static double together(int threads, long bytes) {
        double[] rates = new double[threads];
        CyclicBarrier start = new CyclicBarrier(threads);
        Thread[] workers = new Thread[threads];
        for (int t = 0; t < threads; t++) {
            int own = t;
            workers[t] = new Thread(
                    () -> rates[own] = alone(Math.toIntExact(bytes / BYTES / threads), start), "lathe-bandwidth-" + t);
            workers[t].setDaemon(true);
            workers[t].start();
        }
        double sum = 0;
        for (int t = 0; t < threads; t++) {
            try {
                workers[t].join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            sum += rates[t];
        }
        return sum;
    }

    /** The rate of one thread over so many elements of each array. */
    private static double alone(int elements, CyclicBarrier start) {
        float[] a = new float[elements];
        float[] b = new float[elements];
        float[] c = new float[elements];
        int passes = (int) Math.max(1, BATCH / ((long) elements * BYTES + 1));
        for (long end = System.nanoTime() + WARM_UP; System.nanoTime() < end; ) {
            triad(a, b, c, 0.5f);
        }
        try {
            start.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            return 0; // another thread was interrupted
        }
        long least = Long.MAX_VALUE;
        for (long end = System.nanoTime() + MEASURE; System.nanoTime() < end; ) {
            long from = System.nanoTime();
            for (int i = 0; i < passes; i++) {
                triad(a, b, c, 0.5f);
            }
            least = Math.min(least, System.nanoTime() - from);
        }
        return (double) passes * elements * BYTES / least * 1e9;
    }

    private static void triad(float[] a, float[] b, float[] c, float s) {
        for (int i = 0; i < c.length; i++) {
            c[i] = a[i] + s * b[i];
        }
    }
}
