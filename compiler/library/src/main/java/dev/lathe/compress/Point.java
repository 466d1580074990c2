package dev.lathe.compress;

/**
 * A way that was tried.
 *
 * @param name how it was made
 * @param sizeBytes of the file, or of the weights where only they are known
 * @param flops operations of a call
 * @param millis of a call; 0 where it was not measured
 * @param score how good it is by the metric; 1 is best
 * @param loss what is lost by the metric
 * @param holds whether the budget holds
 * @param chosen whether this is the result
 */
public record Point(
        String name,
        long sizeBytes,
        double flops,
        double millis,
        double score,
        double loss,
        boolean holds,
        boolean chosen) {
    Point withChosen() {
        return new Point(name, sizeBytes, flops, millis, score, loss, holds, true);
    }
}
