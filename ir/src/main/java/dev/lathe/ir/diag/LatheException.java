package dev.lathe.ir.diag;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What went wrong, as a list of diagnostics; the only exception that Lathe throws for the model's, the input's or the
 * user's faults.
 */
public final class LatheException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Whose fault it is, with the exit code of the command line. */
    public enum Fault {
        /** The model's or the input's. */
        INPUT(1),
        /** A wrong use of an option or method. */
        USAGE(2),
        /** A target that this machine cannot run. */
        UNAVAILABLE(3),
        /** Lathe's own: what it made, another compiler refuses. */
        INTERNAL(70);

        private final int exitCode;

        Fault(int exitCode) {
            this.exitCode = exitCode;
        }

        public int exitCode() {
            return exitCode;
        }
    }

    private final Fault fault;
    private final transient List<Diagnostic> diagnostics;

    public LatheException(Fault fault, List<Diagnostic> diagnostics) {
        super(diagnostics.stream().map(Diagnostic::toString).collect(Collectors.joining("\n")));
        this.fault = fault;
        this.diagnostics = List.copyOf(diagnostics);
    }

    public LatheException(Diagnostic diagnostic) {
        this(Fault.INPUT, List.of(diagnostic));
    }

    public Fault fault() {
        return fault;
    }

    public List<Diagnostic> diagnostics() {
        return diagnostics;
    }
}
