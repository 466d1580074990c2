package dev.lathe.ir.op;

/** What {@link GridSample} finds outside of a tensor. */
public enum GridPadding {
    ZEROS,
    /** The nearest element. */
    BORDER,
    /** The mirror image. */
    REFLECTION
}
