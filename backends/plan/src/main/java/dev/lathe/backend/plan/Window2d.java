package dev.lathe.backend.plan;

import dev.lathe.ir.type.Dim;
import java.util.List;

/** The window attributes of an op with one or two spatial axes, written for two: one axis is an image of one row. */
public record Window2d(List<Long> kernel, List<Long> strides, List<Long> dilations, List<Dim> pads) {
    /** What a kernel's {@code int} arithmetic holds for any image, and what its tables of taps may take. */
    private static final long LIMIT = 1 << 12;

    /** Whether kernels can take this window; larger ones are left to the reference meaning. */
    public boolean isOrdinary() {
        return taps() <= LIMIT
                && List.of(kernel, strides, dilations).stream()
                        .allMatch(values -> values.stream().allMatch(v -> v <= LIMIT))
                && pads.stream().allMatch(p -> !p.isConstant() || Math.abs(p.constant()) <= LIMIT);
    }

    private long at(List<Long> values, int axis) {
        return values.size() == 2 ? values.get(axis) : axis == 0 ? 1 : values.getFirst();
    }

    public long kernelHeight() {
        return at(kernel, 0);
    }

    public long kernelWidth() {
        return at(kernel, 1);
    }

    public long strideHeight() {
        return at(strides, 0);
    }

    public long strideWidth() {
        return at(strides, 1);
    }

    public long dilationHeight() {
        return at(dilations, 0);
    }

    public long dilationWidth() {
        return at(dilations, 1);
    }

    public long taps() {
        return kernelHeight() * kernelWidth();
    }

    /** The padding before axis 0 or 1. */
    public Dim pad(int axis) {
        return pads.size() == 4 ? pads.get(axis) : axis == 0 ? Dim.ZERO : pads.getFirst();
    }

    /** The padding after axis 0 or 1. */
    public Dim padAfter(int axis) {
        return pads.size() == 4 ? pads.get(2 + axis) : axis == 0 ? Dim.ZERO : pads.get(1);
    }

    /** Whether windows stand side by side without padding. */
    public boolean isPlain() {
        return strideHeight() == 1 && strideWidth() == 1 && pads.stream().allMatch(d -> d.isConstant(0));
    }
}
