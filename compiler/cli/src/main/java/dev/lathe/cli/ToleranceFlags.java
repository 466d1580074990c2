package dev.lathe.cli;

import dev.lathe.ir.Graph;
import dev.lathe.passes.Numerics;
import dev.lathe.verify.Tolerances;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --rtol} and {@code --atol}: how far floats may differ. */
final class ToleranceFlags {
    @Option(
            names = "--rtol",
            paramLabel = "X",
            description = "Allow floats to differ by X times the expected value, in place of what the ops allow.")
    private @Nullable Double rtol;

    @Option(
            names = "--atol",
            paramLabel = "X",
            description = "Allow floats to differ by X; adds to --rtol, and replaces what the ops allow.")
    private @Nullable Double atol;

    OptionalDouble relative() {
        return optional(rtol);
    }

    OptionalDouble absolute() {
        return optional(atol);
    }

    /** What is allowed of the results of {@code graph}, computed in these ways. */
    Tolerances of(Graph graph, TargetFlags... ways) {
        Tolerances tolerances = Tolerances.of(graph);
        for (TargetFlags way : ways) {
            if (way.numerics() == Numerics.FAST) {
                tolerances = tolerances.with(Numerics.FAST);
            }
        }
        return tolerances.with(relative(), absolute());
    }

    boolean isGiven() {
        return rtol != null || atol != null;
    }

    private static OptionalDouble optional(@Nullable Double value) {
        return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
    }
}
