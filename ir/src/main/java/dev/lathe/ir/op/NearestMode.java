package dev.lathe.ir.op;

/** How {@link Resize} rounds a coordinate in mode {@code NEAREST}. */
public enum NearestMode {
    ROUND_PREFER_FLOOR,
    ROUND_PREFER_CEIL,
    FLOOR,
    CEIL;
}
