package dev.lathe.ir.op;

import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;

/** The arithmetic of sliding windows, shared by convolutions and pools. */
public final class Windows {
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
