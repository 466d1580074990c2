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

    /** Names in a file may be of any length; what people read is not. */
    private static final int LONGEST = 2000;

    public Diagnostic {
        what = shortened(what, LONGEST);
        why = shortened(why, LONGEST);
        fix = shortened(fix, LONGEST);
    }

    /** The start and the end of {@code text}, if it has more than {@code longest} characters. */
    public static String shortened(String text, int longest) {
        int kept = longest / 2;
        return text.length() <= longest
                ? text
                : text.substring(0, kept) + " … (" + text.length() + " characters) … "
                        + text.substring(text.length() - kept);
    }

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
                + (location.isNone() ? "" : "\n  at " + shortened(location.toString(), LONGEST))
                + (why.isEmpty() ? "" : "\n  why: " + why)
                + (fix.isEmpty() ? "" : "\n  fix: " + fix);
    }
}
