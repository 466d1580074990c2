package dev.lathe.passes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.composite.Gelu;
import dev.lathe.passes.clean.Canonicalize;
import dev.lathe.passes.clean.CommonSubexpressions;
import dev.lathe.passes.fuse.RecognizeComposites;
import dev.lathe.passes.fuse.TargetKernels;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PipelinesTest {
    @ParameterizedTest
    @EnumSource
    void everyPassRunsAfterWhatItNeeds(OptimizationLevel level) {
        Pipeline whole =
                Pipelines.canonical(level).then(Pipelines.kernels(op -> !(op instanceof Gelu), TargetKernels.ANY));
        assertThat(whole.orderViolations()).isEmpty();
    }

    @Test
    void aWrongOrderIsToldWithItsReason() {
        assertThat(Pipeline.of(new RecognizeComposites(), new CommonSubexpressions(), new Canonicalize())
                        .orderViolations())
                .hasSize(2)
                .anySatisfy(v -> assertThat(v)
                        .contains("recognize-composites must run after canonicalize")
                        .contains("pow(x, 2)"));
        assertThat(Pipeline.of(new RecognizeComposites()).orderViolations())
                .as("a pass that does not run at all is no violation")
                .isEmpty();
    }

    @Test
    void namesAreUniqueAndWrittenInOneWay() {
        Set<String> names = new HashSet<>();
        for (Pass pass : PassRegistry.standard().all()) {
            assertThat(names.add(pass.name())).as(pass.name()).isTrue();
            assertThat(pass.name()).matches("[a-z]+(-[a-z]+)*");
            assertThat(pass.description()).as(pass.name()).isNotBlank().doesNotContain("\n");
            assertThat(pass.after()).allSatisfy(a -> assertThat(a.reason()).isNotBlank());
        }
    }

    @Test
    void aPipelinePrintsAsItsText() {
        PassRegistry registry = PassRegistry.standard();
        Pipeline p = Pipeline.of(
                List.of(
                        new PassSpec("fold-constants", java.util.Map.of("limit", "64")),
                        PassSpec.of("canonicalize"),
                        new PassSpec("channels-last", java.util.Map.of("always", "true"))),
                registry);
        assertThat(p.toString()).isEqualTo("fold-constants{limit=64},canonicalize,channels-last{always=true}");
    }
}
