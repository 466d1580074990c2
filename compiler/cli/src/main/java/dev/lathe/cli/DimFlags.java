package dev.lathe.cli;

import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.util.List;
import picocli.CommandLine.Option;

/** {@code --independent-dims}: what the names of dimensions mean. */
final class DimFlags {
    @Option(
            names = "--independent-dims",
            description =
                    "Let dimensions of inputs that share a name differ, for models whose names say more than is true.")
    private boolean independent;

    void addTo(CompileOptions.Builder options) {
        options.independentDims(independent);
    }

    /** Says that a compiled jar is as it was compiled, if the flag is given for one. */
    void requireAbsent() {
        if (independent) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.independent-dims",
                            "--independent-dims says how a model is read, and a compiled jar was read already",
                            "leave it out, or compile the model again with it")));
        }
    }
}
