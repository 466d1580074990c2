package dev.lathe.ir.op;

import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;

/**
 * How windows lie over the spatial axes.
 *
 * @param strides from one window to the next, for each axis
 * @param pads what is added around the operand: all the begins, then all the ends
 * @param dilations from one tap of a window to the next, for each axis
 */
public record Window(List<Long> strides, List<Dim> pads, List<Long> dilations) implements AttributeSet {
    /** The largest size, stride and dilation of a window: no image is larger. */
    private static final long LIMIT = Integer.MAX_VALUE;

    /** These windows over an operand with other pads. */
    public Window withPads(List<Dim> other) {
        return new Window(strides, other, dilations);
    }

    /** Checks the lists for windows of the size {@code kernel} over {@code spatial} axes. */
    void check(Check check, int spatial, List<Long> kernel) {
        check.that(kernel.size() == spatial, "kernel %s does not have %s axes", kernel, spatial);
        check.that(strides.size() == spatial, "strides %s do not have %s axes", strides, spatial);
        check.that(dilations.size() == spatial, "dilations %s do not have %s axes", dilations, spatial);
        check.that(pads.size() == 2 * spatial, "pads %s do not have %s entries", pads, 2 * spatial);
        inRange(check, "kernel", kernel);
        inRange(check, "strides", strides);
        inRange(check, "dilations", dilations);
    }

    private static void inRange(Check check, String what, List<Long> values) {
        check.that(
                values.stream().allMatch(v -> v > 0 && v <= LIMIT),
                "%s %s, where numbers from 1 to %s are needed",
                what,
                values,
                LIMIT);
    }

    /** The number of windows of the size {@code kernel} along each spatial axis of {@code x}. */
    List<Dim> positions(TensorType x, ChannelLayout layout, List<Long> kernel, boolean ceil) {
        int spatial = kernel.size();
        List<Dim> positions = new ArrayList<>();
        for (int i = 0; i < spatial; i++) {
            positions.add(Windows.positions(
                    x.dim(layout.spatialAxis() + i),
                    pads.get(i),
                    pads.get(spatial + i),
                    Windows.span(kernel.get(i), dilations.get(i)),
                    strides.get(i),
                    ceil));
        }
        return positions;
    }
}
