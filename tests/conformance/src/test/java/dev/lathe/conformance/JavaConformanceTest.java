package dev.lathe.conformance;

import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.java.JavaArtifact;
import dev.lathe.backend.java.JavaBackend;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.passes.Numerics;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;

/** The Java backend behind all passes, and what its sources look like. */
class JavaConformanceTest extends OnnxConformance {
    @Override
    Executable load(Graph graph) {
        return load(graph, Numerics.DEFAULT);
    }

    static Executable load(Graph graph, Numerics numerics) {
        CompileOptions options =
                CompileOptions.builder().threads(1).numerics(numerics).build();
        JavaBackend backend = new JavaBackend();
        Graph canonical = PassManager.run(graph, Pipelines.canonical(options.level()), options.passContext());
        Graph target = PassManager.run(canonical, backend.pipeline(options), options.passContext());
        JavaArtifact artifact = backend.compile(target, options);
        ReadableSources.check(artifact);
        return artifact.load();
    }
}
