package dev.lathe.ir.op;

/** How {@link Resize} interpolates. */
public enum ResizeMode {
    NEAREST,
    LINEAR,
    CUBIC;
}
