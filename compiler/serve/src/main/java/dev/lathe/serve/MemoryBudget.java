package dev.lathe.serve;

/** The bytes that the bodies and inputs of all requests may take together. */
final class MemoryBudget {
    private final long total;
    private long used;

    MemoryBudget(long total) {
        this.total = total;
    }

    private synchronized void take(long bytes) {
        if (bytes > total - used) {
            throw Refusal.noMemory();
        }
        used += bytes;
    }

    private synchronized void giveBack(long bytes) {
        used -= bytes;
    }

    /** What is taken now. */
    synchronized long used() {
        return used;
    }

    /** What one request, on one thread, has of it, until it is closed. */
    final class Share implements AutoCloseable {
        private long mine;

        /** @throws Refusal if so many bytes are not left */
        void take(long bytes) {
            MemoryBudget.this.take(bytes);
            mine += bytes;
        }

        @Override
        public void close() {
            giveBack(mine);
            mine = 0;
        }
    }

    Share share() {
        return new Share();
    }
}
