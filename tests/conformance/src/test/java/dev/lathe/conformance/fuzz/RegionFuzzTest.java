package dev.lathe.conformance.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.conformance.FallbackTest;
import dev.lathe.ir.Executable;
import dev.lathe.regions.RegionArtifact;
import org.junit.jupiter.api.Test;

/** Random graphs that TensorRT and target java run together; the regions of TensorRT are recorded. */
class RegionFuzzTest {
    private static final int GRAPHS = Integer.getInteger("fuzz.regions", 60);

    @Test
    void regionsGiveWhatTheWholeGives() {
        int cut = 0;
        for (long seed = 0; seed < GRAPHS; seed++) {
            Sample sample = GraphGenerator.sample(seed);
            Agreement agreement = new Agreement(sample);
            try {
                RegionArtifact compiled = FallbackTest.compile(sample.graph());
                cut += compiled.placement().parts().size() > 1 ? 1 : 0;
                try (Executable model = compiled.load()) {
                    for (int world = 0; world < sample.inputs().size(); world++) {
                        agreement.check(world, model.run(sample.inputs().get(world)));
                    }
                }
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(cut).as("graphs of several regions").isGreaterThan(GRAPHS / 10);
    }
}
