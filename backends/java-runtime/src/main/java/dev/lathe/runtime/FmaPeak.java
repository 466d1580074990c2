package dev.lathe.runtime;

import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;

/**
 * Measures how many fused multiply-adds of floats this machine does at best, which is the roof of every matrix product:
 * independent chains in registers, no memory.
 */
public final class FmaPeak {
    /** About a millisecond each on today's machines. */
    private static final int ROUNDS = 100_000;

    private static final long WARM_UP = TimeUnit.MILLISECONDS.toNanos(150);
    private static final int REPEATS = 40;

    /** One kernel; the scalar one is for a JVM without the Vector API. */
    public interface Kernel {
        /** Floating-point operations of one round, a multiply-add counting as two. */
        int flopsPerRound();

        /** Does {@code rounds} rounds; the result only keeps them alive. */
        float run(int rounds);
    }

    private FmaPeak() {}

    /** The kernel for this JVM. */
    public static Kernel kernel() {
        return Machine.VECTOR ? new VectorFma() : new ScalarFma();
    }

    /**
     * The best rate of {@code threads} threads together, in operations a second, a multiply-add counting as two. Takes
     * some tenths of a second; nothing else should run.
     */
    public static double measure(int threads) {
        Kernel kernel = kernel();
        double[] rates = new double[threads];
        CyclicBarrier start = new CyclicBarrier(threads);
        Thread[] workers = new Thread[threads];
        for (int t = 0; t < threads; t++) {
            int own = t;
            workers[t] = new Thread(() -> rates[own] = best(kernel, start), "lathe-peak-" + t);
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

    private static double best(Kernel kernel, CyclicBarrier start) {
        float keep = 0;
        for (long end = System.nanoTime() + WARM_UP; System.nanoTime() < end; ) {
            keep += kernel.run(ROUNDS);
        }
        try {
            start.await();
        } catch (Exception e) {
            return 0; // another thread was interrupted
        }
        long least = Long.MAX_VALUE;
        for (int i = 0; i < REPEATS; i++) {
            long from = System.nanoTime();
            keep += kernel.run(ROUNDS);
            least = Math.min(least, System.nanoTime() - from);
        }
        return Float.isNaN(keep) ? 0 : (double) ROUNDS * kernel.flopsPerRound() / least * 1e9;
    }
}
