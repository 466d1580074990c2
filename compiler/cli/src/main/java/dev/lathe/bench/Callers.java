package dev.lathe.bench;

import dev.lathe.profile.RandomCalls;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that call at the same time, each without a pause. */
final class Callers {
    private Callers() {}

    /**
     * The milliseconds of each call, for so many seconds, and {@code least} calls of each caller at least. One caller
     * is this thread.
     */
    static double[] measure(List<Runnable> bodies, double seconds, int least) {
        if (bodies.size() == 1) {
            return RandomCalls.measure(bodies.getFirst(), seconds, least);
        }
        ExecutorService threads = Executors.newFixedThreadPool(bodies.size());
        try {
            List<Future<double[]>> running = new ArrayList<>();
            for (Runnable body : bodies) {
                running.add(threads.submit(() -> RandomCalls.measure(body, seconds, least)));
            }
            List<double[]> all = new ArrayList<>();
            for (Future<double[]> one : running) {
                all.add(one.get());
            }
            return all.stream().flatMapToDouble(Arrays::stream).toArray();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException fault ? fault : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring", e);
        } finally {
            threads.shutdownNow();
        }
    }
}
