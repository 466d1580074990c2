package dev.lathe.cli;

import dev.lathe.backend.CompileOptions;
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
}
