package dev.lathe.serve;

import java.time.Duration;

/**
 * What a server grants.
 *
 * @param maxBatch the most rows that requests may have together in one call; 1 for no batches
 * @param batchWait how long a request waits for others to share its call
 * @param maxBodyBytes the most bytes of a request's body
 * @param maxElements the most elements of all inputs of a request
 * @param maxCalls calls of a model at a time
 * @param maxQueued requests that may wait for a model
 * @param maxExchanges requests that are read, computed or answered at a time
 * @param timeout how long a request may wait and compute
 * @param clientTimeout how long a client may take to send its request, and again to read the answer
 */
record ServerLimits(
        int maxBatch,
        Duration batchWait,
        int maxBodyBytes,
        long maxElements,
        int maxCalls,
        int maxQueued,
        int maxExchanges,
        Duration timeout,
        Duration clientTimeout) {

    ServerLimits {
        atLeastOne("maxBatch", maxBatch);
        atLeastOne("maxBodyBytes", maxBodyBytes);
        atLeastOne("maxElements", maxElements);
        atLeastOne("maxCalls", maxCalls);
        atLeastOne("maxQueued", maxQueued);
        atLeastOne("maxExchanges", maxExchanges);
        if (batchWait.isNegative() || !timeout.isPositive() || !clientTimeout.isPositive()) {
            throw new IllegalArgumentException(
                    "times cannot be " + batchWait + ", " + timeout + " and " + clientTimeout);
        }
    }

    private static void atLeastOne(String name, long value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " cannot be " + value);
        }
    }
}
