package dev.lathe.backend.opencl;

import dev.lathe.passes.Option;

/**
 * What only the OpenCL target can be told.
 *
 * @param device a part of the name of the device or its platform; empty for a GPU, or else for any
 * @param tiles what products and convolutions are cut into
 * @param tune whether tiles are measured when a model is compiled
 */
public record OpenClOptions(
        @Option("a part of the name of the device or its platform; a GPU, or else any, if empty")
        String device,

        @Option("what products are cut into: local_memory suits GPUs, registers CPUs; device asks the device")
        Tiles tiles,

        @Option("measure which tiles are fastest on the device, and keep that for this and all later models")
        boolean tune) {
    /** Any device, and what suits it. */
    public static final OpenClOptions DEFAULT = new OpenClOptions("", Tiles.DEVICE, false);
}
