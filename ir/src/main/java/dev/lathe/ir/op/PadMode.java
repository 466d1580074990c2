package dev.lathe.ir.op;

/** What {@link Pad} puts around a tensor. */
public enum PadMode {
    /** A given value, or zero. */
    CONSTANT,
    /** The mirror image, without repeating the border. */
    REFLECT,
    /** The border's element. */
    EDGE,
    /** The opposite side. */
    WRAP;
}
