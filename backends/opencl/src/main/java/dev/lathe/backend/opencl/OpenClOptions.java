package dev.lathe.backend.opencl;

import dev.lathe.passes.Option;

/**
 * What only the OpenCL target can be told.
 *
 * @param device a part of the name of the device or its platform; empty for a GPU, or else for any
 * @param tiles what products and convolutions are cut into
 */
public record OpenClOptions(
        @Option("a part of the name of the device or its platform; a GPU, or else any, if empty")
        String device,

        @Option("what products are cut into: local_memory suits GPUs, registers CPUs; device asks the device")
        Tiles tiles) {
    /** Any device, and what suits it. */
    public static final OpenClOptions DEFAULT = new OpenClOptions("", Tiles.DEVICE);
}
