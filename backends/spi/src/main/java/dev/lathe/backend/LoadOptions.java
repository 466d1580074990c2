package dev.lathe.backend;

/**
 * How to load an artifact.
 *
 * @param threads the most threads of a call; 0 for one per processor
 * @param maxConcurrentCalls how many calls run at a time, each in memory of its own, while others wait; 0 for the
 * number of processors, but at least two
 */
public record LoadOptions(int threads, int maxConcurrentCalls) {
    public LoadOptions {
        if (threads < 0 || maxConcurrentCalls < 0) {
            throw new IllegalArgumentException(threads + " threads, " + maxConcurrentCalls + " concurrent calls");
        }
    }

    /** As many threads and calls as suit the machine. */
    public static LoadOptions standard() {
        return new LoadOptions(0, 0);
    }

    public LoadOptions withThreads(int count) {
        return new LoadOptions(count, maxConcurrentCalls);
    }

    public LoadOptions withMaxConcurrentCalls(int most) {
        return new LoadOptions(threads, most);
    }
}
