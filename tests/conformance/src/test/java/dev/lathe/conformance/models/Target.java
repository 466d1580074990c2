package dev.lathe.conformance.models;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.Backends;
import dev.lathe.backend.CompileOptions;
import dev.lathe.conformance.ReadableSources;
import dev.lathe.demo.Zoo;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Assumptions;

/** What runs a model under test. */
enum Target {
    /** The imported graph, as it is. */
    REFERENCE {
        @Override
        Executable compile(Graph graph) {
            return new ReferenceEvaluator(graph);
        }
    },

    /** The graph after the passes that come before every backend. */
    PASSES {
        @Override
        Executable compile(Graph graph) {
            return new ReferenceEvaluator(canonical(graph));
        }
    },

    /** The Java backend. */
    JAVA {
        @Override
        Executable compile(Graph graph) {
            Artifact artifact = artifact("java", graph);
            ReadableSources.check(artifact);
            return artifact.load();
        }
    },

    /** The OpenCL backend, where there is a device. */
    OPENCL {
        @Override
        Executable compile(Graph graph) {
            return artifact("opencl", graph).load();
        }
    },

    /** The TVM backend, where TVM's library is. */
    TVM {
        @Override
        Executable compile(Graph graph) {
            return artifact("tvm", graph).load();
        }
    };

    /** Each model is compiled once for all tests: one executable serves every shape. */
    private static final Map<String, Executable> LOADED = new ConcurrentHashMap<>();

    abstract Executable compile(Graph graph);

    Executable load(Zoo model) {
        return LOADED.computeIfAbsent(
                name() + " " + model, k -> compile(OnnxImporter.read(Models.file(model), model.shapes())));
    }

    private static Artifact artifact(String target, Graph graph) {
        Backend backend = Backends.named(target);
        Availability here = backend.probe();
        Assumptions.assumeTrue(here instanceof Availability.Ready, here::toString);
        CompileOptions options = CompileOptions.builder().target(target).build();
        return backend.compile(
                PassManager.run(canonical(graph), backend.pipeline(options), options.passContext()), options);
    }

    static Graph canonical(Graph graph) {
        return PassManager.run(
                graph,
                Pipelines.canonical(OptimizationLevel.O2),
                CompileOptions.standard().passContext());
    }
}
