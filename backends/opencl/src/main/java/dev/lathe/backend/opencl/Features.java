package dev.lathe.backend.opencl;

/**
 * What kernels may count on.
 *
 * @param doubles whether the device computes with doubles
 * @param localTiles whether products share their operands in local memory
 */
record Features(boolean doubles, boolean localTiles) {
    /** Those for the program that is shown and stored. */
    static Features usual(Tiles tiles) {
        return new Features(true, tiles == Tiles.LOCAL_MEMORY);
    }
}
