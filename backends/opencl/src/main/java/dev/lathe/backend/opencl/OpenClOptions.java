package dev.lathe.backend.opencl;

import dev.lathe.passes.Option;

/**
 * What only the OpenCL target can be told.
 *
 * @param device a part of the name of the device or its platform; empty for a GPU, or else for any
 */
public record OpenClOptions(
        @Option("a part of the name of the device or its platform; a GPU, or else any, if empty")
        String device) {
    /** Any device. */
    public static final OpenClOptions DEFAULT = new OpenClOptions("");
}
