package dev.lathe.cli;

import picocli.CommandLine.Option;

/** How long to measure, and on which inputs. */
final class MeasureFlags {
    @Option(
            names = "--warm-up",
            paramLabel = "S",
            defaultValue = "3",
            description = "Seconds to run before measuring. Default: 3.")
    private double warmUp;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "5", description = "Seconds to measure. Default: 5.")
    private double seconds;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "The seed of the inputs. Default: 1.")
    private long seed;

    double warmUp() {
        return warmUp;
    }

    double seconds() {
        return seconds;
    }

    long seed() {
        return seed;
    }
}
