package dev.lathe.compress;

import java.util.List;
import java.util.stream.Stream;

/**
 * What the outputs lose if one weight alone is changed, for each weight and each way, or one operand of a layer with
 * constant weights.
 *
 * @param options the ways, as people read them
 * @param rows the weights, in order, then the operands
 * @param calls how many calls were compared
 */
public record Sensitivity(List<String> options, List<Row> rows, int calls) {
    /** With more rows. */
    Sensitivity with(List<Row> more) {
        return new Sensitivity(
                options, Stream.concat(rows.stream(), more.stream()).toList(), calls);
    }

    /**
     * A weight or an operand.
     *
     * @param name see {@link dev.lathe.passes.weights.WeightRole#names}; of an operand, its value's
     * @param use {@code product}, {@code convolution} or {@code table}; or {@code operand}, which a layer multiplies
     * @param elements how many numbers a weight has; 0 for an operand
     * @param bytes of a weight as it is; 0 for an operand
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
