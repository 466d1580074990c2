package dev.lathe.cli;

import dev.lathe.ir.Location;
import dev.lathe.ir.diag.Diagnostic;
import java.util.List;

/** Prints diagnostics for people. */
record DiagnosticPrinter(Terminal terminal) {
    private static final int LOCATION_LIMIT = 1000;

    /** More origins than this say no more to a reader. */
    private static final int MAX_ORIGINS = 3;

    void print(List<Diagnostic> diagnostics) {
        diagnostics.forEach(this::print);
        if (diagnostics.size() > 1) {
            terminal.err().println(terminal.bold(diagnostics.size() + " problems"));
        }
        terminal.err().flush();
    }

    void print(Diagnostic d) {
        boolean error = d.severity() == Diagnostic.Severity.ERROR;
        String kind = (error ? "error" : "warning") + "[" + d.code() + "]";
        terminal.err().println(terminal.styled(error ? "1;31" : "1;33", kind) + terminal.bold(": ") + indent(d.what()));
        if (!d.location().isNone()) {
            terminal.err()
                    .println(terminal.faint("  at  ")
                            + indent(Diagnostic.shortened(place(d.location()), LOCATION_LIMIT)));
        }
        if (!d.why().isEmpty()) {
            terminal.err().println(terminal.faint("  why ") + indent(d.why()));
        }
        if (!d.fix().isEmpty()) {
            terminal.err().println(terminal.styled("32", "  fix ") + indent(d.fix()));
        }
    }

    /** Names in a model may hold anything; what would move the cursor is shown as a question mark. */
    private static String indent(String text) {
        return text.strip().replaceAll("[\\p{Cntrl}&&[^\n]]", "?").replace("\n", "\n      ");
    }

    private static String place(Location location) {
        List<Location.Origin> origins = location.origins();
        if (origins.size() <= MAX_ORIGINS) {
            return location.toString();
        }
        return new Location(origins.subList(0, MAX_ORIGINS)) + " and " + (origins.size() - MAX_ORIGINS) + " more";
    }
}
