package dev.lathe.backend.opencl;

/**
 * What kernels may count on.
 *
 * @param doubles whether the device computes with doubles
 * @param halves whether it computes with halves, and rounds them as floats are rounded
 * @param byteProducts whether it multiplies four bytes with four others in one instruction
 * @param localTiles whether products share their operands in local memory
 * @param tiles the tiles of products that keep their sums in registers
 */
record Features(boolean doubles, boolean halves, boolean byteProducts, boolean localTiles, MeasuredTiles tiles) {
    /** Those for the program that is shown and stored. */
    static Features usual(Tiles tiles) {
        return new Features(true, false, false, tiles == Tiles.LOCAL_MEMORY, MeasuredTiles.NONE);
    }

    Features with(MeasuredTiles other) {
        return new Features(doubles, halves, byteProducts, localTiles, other);
    }
}
