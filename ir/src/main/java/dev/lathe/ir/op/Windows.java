package dev.lathe.ir.op;

import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** The arithmetic of sliding windows, shared by convolutions and pools. */
public final class Windows {
    /** The largest size, stride and dilation of a window: no picture is larger. */
    private static final long LIMIT = Integer.MAX_VALUE;

    private Windows() {}

    /** The span of a dilated kernel: {@code (kernel - 1) * dilation + 1}. */
    public static long span(long kernel, long dilation) {
        return Math.addExact(Math.multiplyExact(kernel - 1, dilation), 1);
    }

    /**
     * The number of window positions along one axis: {@code floor((in + before + after - span) / stride) + 1}, or
     * rounded up in ceil mode, without windows that would start in the padding after the input.
     */
    public static Dim positions(Dim in, Dim before, Dim after, long span, long stride, boolean ceil) {
        Dim room = in.plus(before).plus(after).minus(span);
        if (!ceil) {
            return room.floorDiv(stride).plus(1).max(Dim.ZERO);
        }
        Dim all = room.ceilDiv(Dim.of(stride)).plus(1);
        Dim starting = in.plus(before).minus(1).floorDiv(stride).plus(1);
        return all.min(starting).max(Dim.ZERO);
    }

    /** Checks the attribute lists of a window op with {@code spatial} axes. */
    static void check(
            Check check, int spatial, List<Long> kernel, List<Long> strides, List<Dim> pads, List<Long> dilations) {
        check.that(kernel.size() == spatial, "kernel " + kernel + " does not have " + spatial + " axes");
        check.that(strides.size() == spatial, "strides " + strides + " do not have " + spatial + " axes");
        check.that(dilations.size() == spatial, "dilations " + dilations + " do not have " + spatial + " axes");
        check.that(pads.size() == 2 * spatial, "pads " + pads + " do not have " + 2 * spatial + " entries");
        inRange(check, "kernel", kernel);
        inRange(check, "strides", strides);
        inRange(check, "dilations", dilations);
    }

    private static void inRange(Check check, String what, List<Long> values) {
        check.that(
                values.stream().allMatch(v -> v > 0 && v <= LIMIT),
                what + " " + values + ", where numbers from 1 to " + LIMIT + " are needed");
    }

    /** The shape of the result: {@code batch}, {@code channels} and the window positions, in the given layout. */
    static Shape result(Dim batch, Dim channels, List<Dim> positions, ChannelLayout layout) {
        List<Dim> dims = new ArrayList<>();
        dims.add(batch);
        if (layout == ChannelLayout.CHANNELS_FIRST) {
            dims.add(channels);
        }
        dims.addAll(positions);
        if (layout == ChannelLayout.CHANNELS_LAST) {
            dims.add(channels);
        }
        return Shape.of(dims);
    }
}
