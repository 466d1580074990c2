package dev.lathe.backend.opencl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * A device that OpenCL shows.
 *
 * @param cl the library through which it is reached
 * @param id the device
 * @param platform the name of its platform
 * @param name its name
 * @param version the version of OpenCL that it has, such as {@code OpenCL 3.0}
 * @param driver the version of its driver
 * @param kind what it is
 * @param units its compute units
 * @param memory bytes of its memory
 * @param largestBuffer the most bytes of one buffer
 * @param largestGroup the most work items of a group
 * @param localMemory bytes of the local memory of a group
 * @param sharesMemory whether its memory is the host's
 * @param dividesRight whether quotients and roots of floats can be rounded correctly
 * @param halves whether it computes with halves as IEEE 754 says, rounding to the nearest
 * @param extensions what it can beyond its version
 */
record Device(
        OpenCl cl,
        long id,
        String platform,
        String name,
        String version,
        String driver,
        Kind kind,
        long units,
        long memory,
        long largestBuffer,
        long largestGroup,
        long localMemory,
        boolean sharesMemory,
        boolean dividesRight,
        boolean halves,
        List<String> extensions) {

    /** What devices are; the first is the one to prefer. */
    enum Kind {
        GPU,
        ACCELERATOR,
        CPU
    }

    private static final String HALVES = "cl_khr_fp16";
    private static final String BYTE_PRODUCTS = "cl_khr_integer_dot_product";
    private static final long CL_DEVICE_TYPE_CPU = 1 << 1;
    private static final long CL_DEVICE_TYPE_GPU = 1 << 2;
    private static final int CL_PLATFORM_NAME = 0x0902;
    private static final int CL_DEVICE_TYPE = 0x1000;
    private static final int CL_DEVICE_MAX_COMPUTE_UNITS = 0x1002;
    private static final int CL_DEVICE_MAX_WORK_GROUP_SIZE = 0x1004;
    private static final int CL_DEVICE_MAX_MEM_ALLOC_SIZE = 0x1010;
    private static final int CL_DEVICE_SINGLE_FP_CONFIG = 0x101B;
    private static final int CL_DEVICE_GLOBAL_MEM_SIZE = 0x101F;
    private static final int CL_DEVICE_LOCAL_MEM_SIZE = 0x1023;
    private static final int CL_DEVICE_ENDIAN_LITTLE = 0x1026;
    private static final int CL_DEVICE_AVAILABLE = 0x1027;
    private static final int CL_DEVICE_COMPILER_AVAILABLE = 0x1028;
    private static final int CL_DEVICE_NAME = 0x102B;
    private static final int CL_DRIVER_VERSION = 0x102D;
    private static final int CL_DEVICE_VERSION = 0x102F;
    private static final int CL_DEVICE_EXTENSIONS = 0x1030;
    private static final int CL_DEVICE_HALF_FP_CONFIG = 0x1033;
    private static final int CL_DEVICE_HOST_UNIFIED_MEMORY = 0x1035;
    private static final long CL_FP_DENORM = 1;
    private static final long CL_FP_INF_NAN = 1 << 1;
    private static final long CL_FP_ROUND_TO_NEAREST = 1 << 2;
    private static final long CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT = 1 << 7;

    /** The devices that can compile programs, the one to prefer first. */
    static List<Device> all(OpenCl cl) {
        List<Device> all = new ArrayList<>();
        for (long platform : cl.platforms()) {
            String name = cl.platformText(platform, CL_PLATFORM_NAME);
            for (long device : cl.devices(platform)) {
                boolean usable = cl.deviceNumber(device, CL_DEVICE_AVAILABLE) != 0
                        && cl.deviceNumber(device, CL_DEVICE_COMPILER_AVAILABLE) != 0
                        && cl.deviceNumber(device, CL_DEVICE_ENDIAN_LITTLE) != 0;
                if (usable) {
                    all.add(of(cl, name, device));
                }
            }
        }
        all.sort(Comparator.comparing(Device::kind));
        return List.copyOf(all);
    }

    private static Device of(OpenCl cl, String platform, long device) {
        long type = cl.deviceNumber(device, CL_DEVICE_TYPE);
        List<String> extensions =
                Arrays.asList(cl.deviceText(device, CL_DEVICE_EXTENSIONS).split(" +"));
        return new Device(
                cl,
                device,
                platform,
                cl.deviceText(device, CL_DEVICE_NAME),
                cl.deviceText(device, CL_DEVICE_VERSION),
                cl.deviceText(device, CL_DRIVER_VERSION),
                (type & CL_DEVICE_TYPE_GPU) != 0
                        ? Kind.GPU
                        : (type & CL_DEVICE_TYPE_CPU) != 0 ? Kind.CPU : Kind.ACCELERATOR,
                cl.deviceNumber(device, CL_DEVICE_MAX_COMPUTE_UNITS),
                cl.deviceNumber(device, CL_DEVICE_GLOBAL_MEM_SIZE),
                cl.deviceNumber(device, CL_DEVICE_MAX_MEM_ALLOC_SIZE),
                cl.deviceNumber(device, CL_DEVICE_MAX_WORK_GROUP_SIZE),
                cl.deviceNumber(device, CL_DEVICE_LOCAL_MEM_SIZE),
                cl.deviceNumber(device, CL_DEVICE_HOST_UNIFIED_MEMORY) != 0,
                (cl.deviceNumber(device, CL_DEVICE_SINGLE_FP_CONFIG) & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0,
                extensions.contains(HALVES) && roundsHalves(cl.deviceNumber(device, CL_DEVICE_HALF_FP_CONFIG)),
                extensions);
    }

    /** Whether halves are as exact as the floats that would take their place: the extension alone does not say so. */
    static boolean roundsHalves(long config) {
        long needed = CL_FP_DENORM | CL_FP_INF_NAN | CL_FP_ROUND_TO_NEAREST;
        return (config & needed) == needed;
    }

    /** What kernels may count on here. */
    Features features(Tiles tiles) {
        return new Features(
                has("cl_khr_fp64"),
                halves,
                multipliesBytes(),
                tiles == Tiles.DEVICE ? suitsLocalTiles() : tiles == Tiles.LOCAL_MEMORY,
                TileStore.standard().find(this));
    }

    private boolean suitsLocalTiles() {
        return kind != Kind.CPU
                && largestGroup >= TileText.GROUP * TileText.GROUP
                && localMemory >= TileText.LOCAL_BYTES;
    }

    /** Whether it has a function for sums of products of bytes. */
    boolean multipliesBytes() {
        return has(BYTE_PRODUCTS);
    }

    private boolean has(String extension) {
        return extensions.contains(extension);
    }

    /** What it is and what it can, in a line. */
    String description() {
        List<String> can = new ArrayList<>();
        if (has(HALVES)) {
            can.add("f16");
        }
        if (has("cl_khr_fp64")) {
            can.add("f64");
        }
        if (has("cl_khr_subgroups")) {
            can.add("subgroups");
        }
        if (multipliesBytes()) {
            can.add("integer dot products");
        }
        return name + " (" + kind.name().toLowerCase(Locale.ROOT) + " of " + platform + ", driver " + driver + ", "
                + version + ", " + units + " compute units, " + (memory >> 20) + " MB"
                + (can.isEmpty() ? "" : ", " + String.join(", ", can)) + ")";
    }
}
