package dev.lathe.backend.tvm;

import dev.lathe.backend.device.DeviceException;

/** A function of TVM that failed, with the first lines of what TVM says. */
final class TvmException extends DeviceException {
    private static final long serialVersionUID = 1;

    TvmException(String function, String message) {
        super(function + ": " + shortened(message));
    }

    /** Without the trace of calls that TVM puts around its message. */
    private static String shortened(String message) {
        String last = message.lines()
                .map(String::strip)
                .filter(l -> !l.isEmpty() && !l.matches("\\d+: .*|File .*|Stack trace:|Traceback.*|at .*|\\[.*|---+"))
                .reduce((a, b) -> a + " " + b)
                .orElse(message.strip());
        return last.length() > 600 ? last.substring(0, 600) + "…" : last;
    }
}
