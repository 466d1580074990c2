package dev.lathe.text;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.util.List;

/** The exceptions of this package. */
final class TextFaults {
    private TextFaults() {}

    /** A fault of a model or of its files. */
    static LatheException model(String code, String what, String fix) {
        return new LatheException(Diagnostic.error(code, what, fix));
    }

    /** A fault of who calls. */
    static LatheException usage(String code, String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error(code, what, fix)));
    }
}
