package dev.lathe.frontend.onnx.read;

import dev.lathe.ir.diag.Diagnostic;

/**
 * Ends the import of a model that unfolds to more than a limit. A branch that cannot run is left out of a model, but
 * none is left out for this: it says nothing about the branch in which the limit was met.
 */
@SuppressWarnings("serial") // caught before it leaves the importer
final class LimitException extends RuntimeException {
    private final Diagnostic diagnostic;

    LimitException(Diagnostic diagnostic) {
        super(diagnostic.what());
        this.diagnostic = diagnostic;
    }

    Diagnostic diagnostic() {
        return diagnostic;
    }
}
