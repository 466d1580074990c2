package dev.lathe.ir;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Repeats a call until it gets no faster. */
final class WarmUp {
    /** How long calls are compared with those before, for a compiler needs so long to be seen. */
    private static final long WINDOW_NANOS = 100_000_000L;
    /** Calls of a window at least. */
    private static final int LEAST_CALLS = 3;
    /** Windows without a faster call after which no more is expected. */
    private static final int PATIENCE = 3;
    /** What counts as faster. */
    private static final double FASTER = 0.97;

    private WarmUp() {}

    static int run(Runnable call, Duration budget) {
        return run(call, budget, System::nanoTime);
    }

    /** With the time of a clock in nanoseconds. */
    static int run(Runnable call, Duration budget, LongSupplier clock) {
        long start = clock.getAsLong();
        long best = Long.MAX_VALUE;
        int calls = 0;
        for (int waited = 0; waited < PATIENCE; ) {
            long window = clock.getAsLong();
            long fastest = Long.MAX_VALUE;
            for (int n = 0; n < LEAST_CALLS || clock.getAsLong() - window < WINDOW_NANOS; n++) {
                long before = clock.getAsLong();
                call.run();
                fastest = Math.min(fastest, clock.getAsLong() - before);
                calls++;
                if (clock.getAsLong() - start >= budget.toNanos()) {
                    return calls;
                }
            }
            waited = fastest < FASTER * best ? 0 : waited + 1;
            best = Math.min(best, fastest);
        }
        return calls;
    }
}
