package dev.lathe.backend.opencl;

/** What products and convolutions are cut into. */
public enum Tiles {
    /** What suits the device: local memory on GPUs, registers elsewhere. */
    DEVICE,
    /** A work item makes some rows of two vectors in its registers: right for CPUs. */
    REGISTERS,
    /** A group shares its operands in local memory, and neighbouring work items read neighbours: right for GPUs. */
    LOCAL_MEMORY
}
