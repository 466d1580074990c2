package dev.lathe.backend.opencl;

import dev.lathe.backend.Artifact;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import java.util.Map;

/** A model as a program, a plan and weights. */
record OpenClArtifact(Graph graph, OpenClPlans plans, String device, int maxConcurrentCalls) implements Artifact {

    /** The program, and the plan whose steps launch its kernels. */
    @Override
    public Map<String, String> sources() {
        return Map.of("model.cl", plans.launches().source(), "plan.txt", plans.text());
    }

    @Override
    public Executable load() {
        return OpenClModel.load(plans, plans.launches().source(), Devices.find(device))
                .maxConcurrentCalls(maxConcurrentCalls);
    }
}
