package dev.lathe.conformance.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.ir.text.Printer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Random graphs on an OpenCL device, where there is one, compared with the reference. */
class OpenClFuzzTest {
    private static final int GRAPHS = Integer.getInteger("lathe.opencl.graphs", 40);

    @Test
    void aRandomGraphGivesTheSameOnADevice() {
        Backend opencl = Backends.named("opencl");
        Availability here = opencl.probe();
        assumeTrue(here instanceof Availability.Ready, here::toString);
        List<String> failures = new ArrayList<>();
        for (long seed = 0; seed < GRAPHS; seed++) {
            Sample sample = GraphGenerator.sample(seed);
            String place = "seed " + seed + ": ";
            Differential.differenceOn(opencl, sample, Differential.Compilation.of(seed), new Tally())
                    .ifPresent(d -> failures.add(place + d + "\n" + Printer.print(sample.graph())));
        }
        assertThat(failures).isEmpty();
    }
}
