package dev.lathe.conformance;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import org.junit.jupiter.api.BeforeAll;

/** The OpenCL backend behind all passes, on a device of this machine. */
class OpenClConformanceTest extends OnnxConformance {
    private final Backend backend = Backends.named("opencl");

    @BeforeAll
    static void needsDevice() {
        Availability here = Backends.named("opencl").probe();
        assumeTrue(here instanceof Availability.Ready, here::toString);
    }

    @Override
    Executable load(Graph graph) {
        CompileOptions options = CompileOptions.builder().target("opencl").build();
        Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
        Graph target = PassManager.run(canonical, backend.pipeline(options), options.passContext());
        return backend.compile(target, options).load();
    }
}
