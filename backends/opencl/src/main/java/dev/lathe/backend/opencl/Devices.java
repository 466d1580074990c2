package dev.lathe.backend.opencl;

import dev.lathe.backend.Availability;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The devices of this machine, and what is missing where there is none. */
final class Devices {
    private static final String FIX =
            "install the driver of your GPU, or for CPUs `apt-get install pocl-opencl-icd ocl-icd-libopencl1`";

    /** PoCL shows no device where it has no folder to compile in, as in a container whose disk is read-only. */
    private static final String POCL_FIX =
            "; PoCL also needs a cache folder that it can write to: name one in POCL_CACHE_DIR";

    private Devices() {}

    static Availability probe() {
        try {
            if (OpenCl.loader().isEmpty()) {
                return new Availability.Missing("there is no OpenCL library (libOpenCL.so.1)", FIX);
            }
            List<Device> all = Device.all(OpenCl.loader().get());
            return all.isEmpty()
                    ? new Availability.Missing(
                            "the OpenCL library finds no device that compiles programs", FIX + POCL_FIX)
                    : new Availability.Ready(
                            all.stream().map(Device::description).collect(Collectors.joining("; ")));
        } catch (ClException | IllegalArgumentException e) {
            return new Availability.Missing("the OpenCL library does not work: " + e.getMessage(), FIX);
        }
    }

    /**
     * The first device whose name or platform has {@code part} in it; any, if that is empty.
     *
     * @throws LatheException {@code target.unavailable} if there is none
     */
    static Device find(String part) {
        if (probe() instanceof Availability.Missing(String what, String howToFix)) {
            throw unavailable(what, howToFix);
        }
        List<Device> all = Device.all(OpenCl.loader().orElseThrow());
        String wanted = part.toLowerCase(Locale.ROOT);
        return all.stream()
                .filter(d ->
                        (d.name() + " " + d.platform()).toLowerCase(Locale.ROOT).contains(wanted))
                .findFirst()
                .orElseThrow(() -> unavailable(
                        "there is no OpenCL device named \"" + part + "\"",
                        "the devices are " + all.stream().map(Device::name).collect(Collectors.joining(", "))));
    }

    private static LatheException unavailable(String what, String fix) {
        return new LatheException(
                LatheException.Fault.UNAVAILABLE, List.of(Diagnostic.error("target.unavailable", what, fix)));
    }
}
