package dev.lathe.backend.opencl;

/**
 * What kernels may count on.
 *
 * @param doubles whether the device computes with doubles
 */
record Features(boolean doubles) {
    /** Those of most devices, for the program that is shown and stored. */
    static final Features USUAL = new Features(true);
}
