package dev.lathe.compress;

import java.util.List;

/**
 * What the outputs lose if one weight alone is changed, for each weight and each way.
 *
 * @param options the ways, as people read them
 * @param rows the weights, in order
 * @param calls how many calls were compared
 */
public record Sensitivity(List<String> options, List<Row> rows, int calls) {
    /**
     * A weight.
     *
     * @param name see {@link dev.lathe.passes.weights.WeightRole#names}
     * @param use {@code product}, {@code convolution} or {@code table}
     * @param elements how many numbers it has
     * @param bytes as it is
     * @param cells one for each option
     */
    public record Row(String name, String use, long elements, long bytes, List<Cell> cells) {}

    /**
     * A weight in a way.
     *
     * @param changed whether the way changes it
     * @param bytes what it takes then
     * @param noise the sum of the squares of what changed in the outputs, as a share of the sum of their squares
     */
    public record Cell(boolean changed, long bytes, double noise) {
        /** The signal to noise ratio of the outputs, in decibels. */
        public double sqnr() {
            return noise == 0 ? Double.POSITIVE_INFINITY : -10 * Math.log10(noise);
        }
    }
}
