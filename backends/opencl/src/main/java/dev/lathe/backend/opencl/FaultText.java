package dev.lathe.backend.opencl;

import java.util.List;

/** What kernels note of faults: the first of a call, for whoever waits for its results. */
final class FaultText {
    /** The parameters that a kernel has for {@link dev.lathe.backend.device.Launch.Fault}. */
    static final List<String> PARAMETERS = List.of("volatile global int *fault", "const int launch");

    private static final String NOTE = """
        // Notes the first fault of a call: an index that is outside of an axis.
        void @(volatile global int *fault, const int launch, const long index, const long count) {
            if (atomic_cmpxchg(fault, 0, launch) == 0) {
                ((volatile global long *) fault)[1] = index;
                ((volatile global long *) fault)[2] = count;
            }
        }
        """;

    private FaultText() {}

    /** A statement that notes a fault. */
    static String note(ProgramText program, String index, String count) {
        return program.define("note_fault", NOTE) + "(fault, launch, " + index + ", " + count + ");";
    }
}
