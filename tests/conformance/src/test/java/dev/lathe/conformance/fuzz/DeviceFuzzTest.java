package dev.lathe.conformance.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.ir.text.Printer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Random graphs on a target that needs a device or a library, where there is one, compared with the reference. {@code
 * -Dlathe.device.graphs} is how many, {@code -Dlathe.device.seed} the first seed.
 */
class DeviceFuzzTest {
    private static final long FIRST = Long.getLong("lathe.device.seed", 0);

    @ParameterizedTest
    @CsvSource({"opencl, 40", "tvm, 25"})
    void aRandomGraphGivesTheSame(String target, int usual) {
        Backend backend = Backends.named(target);
        Availability here = backend.probe();
        assumeTrue(here instanceof Availability.Ready, here::toString);
        List<String> failures = new ArrayList<>();
        for (long seed = FIRST; seed < FIRST + Integer.getInteger("lathe.device.graphs", usual); seed++) {
            Sample sample = GraphGenerator.sample(seed);
            String place = "seed " + seed + ": ";
            Differential.differenceOn(backend, sample, Differential.Compilation.of(seed), new Tally())
                    .ifPresent(d -> failures.add(place + d + "\n" + Printer.print(sample.graph())));
        }
        assertThat(failures).isEmpty();
    }
}
