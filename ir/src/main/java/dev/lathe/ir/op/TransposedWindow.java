package dev.lathe.ir.op;

import dev.lathe.ir.type.Dim;
import java.util.List;

/**
 * How the windows of a transposed convolution lie over its result.
 *
 * @param strides from one window to the next, for each axis
 * @param pads what is cut off around the result: all the begins, then all the ends
 * @param outputPadding what is added at the end of each axis of the result
 * @param dilations from one tap of a window to the next, for each axis
 */
public record TransposedWindow(List<Long> strides, List<Dim> pads, List<Long> outputPadding, List<Long> dilations)
        implements AttributeSet {
    /** The windows alone. */
    public Window window() {
        return new Window(strides, pads, dilations);
    }
}
