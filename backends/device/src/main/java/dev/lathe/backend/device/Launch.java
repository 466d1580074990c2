package dev.lathe.backend.device;

import dev.lathe.backend.plan.AxisTable;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.type.Dim;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A launch of a kernel.
 *
 * @param kernel its name in the program
 * @param items how many work items it has along each of one to three axes; the kernel looks that none is too much
 * @param groups the work items of a group along each axis; fewer along the first if the device has no larger groups
 */
public record Launch(String kernel, List<Dim> items, List<Integer> groups, List<Argument> arguments) {
    /** A launch whose groups are one work item wide along all axes but the first. */
    public Launch(String kernel, List<Dim> items, int group, List<Argument> arguments) {
        this(
                kernel,
                items,
                IntStream.range(0, items.size())
                        .mapToObj(i -> i == 0 ? group : 1)
                        .toList(),
                arguments);
    }

    /** What a kernel is given. */
    public sealed interface Argument {}

    /** The buffer of a view, and the element where the view starts in it. */
    public record Elements(View view) implements Argument {}

    /** A size, an offset or a stride, as a {@code long}. */
    public record Size(Dim value) implements Argument {}

    /** A {@code float}. */
    public record LaunchNumber(float value) implements Argument {}

    /** A buffer with numbers that are arranged when the model is loaded. */
    public record Arranged(Panels panels) implements Argument {}

    /**
     * A buffer with such numbers, integers of a byte with a sign, as bytes: of each {@code depth} rows of a panel four
     * form one, in which those of a column are one after the other, filled up with zeros.
     */
    public record ArrangedBytes(Panels panels, long depth) implements Argument {}

    /** A buffer with the tables one after the other, as {@code int}: -1 where there is no element. */
    public record Tables(List<AxisTable> tables) implements Argument {}

    /**
     * A buffer of {@code int} that says how each axis is resampled, one after the other: how many numbers those of the
     * axis are, this one included; where the taps of each position start, and where the last ones end; for each
     * position whether it is outside, 1 or 0; and for each tap the element and the bits of its weight, of 64 bits with
     * the low ones first, or of 32 and 0.
     */
    public record Taps(Step.Resample step, boolean doubles) implements Argument {}

    /** Memory for so many floats, of whoever runs a part of the launch; what is in it does not matter. */
    public record Scratch(Dim floats) implements Argument {}

    /** The buffer in which a kernel notes what went wrong, and the number of this launch, as an {@code int}. */
    public record Fault() implements Argument {}
}
