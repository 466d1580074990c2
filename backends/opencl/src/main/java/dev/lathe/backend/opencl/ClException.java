package dev.lathe.backend.opencl;

import dev.lathe.backend.device.DeviceException;

/** A function of OpenCL that failed. */
final class ClException extends DeviceException {
    private static final long serialVersionUID = 1;

    private final int status;

    ClException(String function, int status) {
        super(function + " failed with " + name(status));
        this.status = status;
    }

    /** Whether there was no memory for something, on the device or the host. */
    boolean isOutOfMemory() {
        return status == -4 || status == -5 || status == -6 || status == -61;
    }

    /** The name of a status in the OpenCL headers, for those that a right program may see. */
    private static String name(int status) {
        return switch (status) {
            case -1 -> "CL_DEVICE_NOT_FOUND";
            case -2 -> "CL_DEVICE_NOT_AVAILABLE";
            case -3 -> "CL_COMPILER_NOT_AVAILABLE";
            case -4 -> "CL_MEM_OBJECT_ALLOCATION_FAILURE";
            case -5 -> "CL_OUT_OF_RESOURCES";
            case -6 -> "CL_OUT_OF_HOST_MEMORY";
            case -11 -> "CL_BUILD_PROGRAM_FAILURE";
            case -12 -> "CL_MAP_FAILURE";
            case -14 -> "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST";
            case -36 -> "CL_INVALID_COMMAND_QUEUE";
            case -38 -> "CL_INVALID_MEM_OBJECT";
            case -46 -> "CL_INVALID_KERNEL_NAME";
            case -48 -> "CL_INVALID_KERNEL";
            case -51 -> "CL_INVALID_ARG_SIZE";
            case -52 -> "CL_INVALID_KERNEL_ARGS";
            case -54 -> "CL_INVALID_WORK_GROUP_SIZE";
            case -61 -> "CL_INVALID_BUFFER_SIZE";
            default -> "status " + status;
        };
    }
}
