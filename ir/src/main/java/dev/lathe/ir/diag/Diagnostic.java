package dev.lathe.ir.diag;

import dev.lathe.ir.Location;

/**
 * A problem as a person reads it.
 *
 * @param code stable and searchable, such as {@code onnx.unsupported-operator}
 * @param location the nodes of the source model it concerns, if any
 * @param what what is wrong, in one sentence, naming node, operator, opset and type where there are any
 * @param why what follows from the rules, or empty
 * @param fix what to do about it
 */
public record Diagnostic(Severity severity, String code, Location location, String what, String why, String fix) {

    /** Whether a problem stops the work. */
    public enum Severity {
        ERROR,
        WARNING
    }

    public static Diagnostic error(String code, String what, String fix) {
        return new Diagnostic(Severity.ERROR, code, Location.NONE, what, "", fix);
    }

    public static Diagnostic error(String code, Location location, String what, String fix) {
        return new Diagnostic(Severity.ERROR, code, location, what, "", fix);
    }

    @Override
    public String toString() {
        return severity.name().toLowerCase(java.util.Locale.ROOT) + "[" + code + "]: " + what
                + (location.isNone() ? "" : "\n  at " + location)
                + (why.isEmpty() ? "" : "\n  why: " + why)
                + (fix.isEmpty() ? "" : "\n  fix: " + fix);
    }
}
