package dev.lathe.backend.opencl;

import dev.lathe.backend.plan.Kernels;
import dev.lathe.backend.plan.LoadPlan;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.Planner;
import dev.lathe.backend.plan.StoredWeights;
import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What runs of a graph, and when.
 *
 * @param atLoad what runs once, when the model is loaded; null if nothing does
 * @param plan what runs at each call
 * @param weights the constants, by number
 * @param launches the kernels of both
 */
record OpenClPlans(@Nullable Plan atLoad, Plan plan, List<Tensor> weights, Launches launches) {

    static OpenClPlans of(Graph graph) {
        Kernels kernels = OpenClKernels.table();
        LoadPlan load = new LoadPlan(graph);
        StoredWeights weights = new StoredWeights();
        Launches launches = new Launches();
        Plan atLoad = load.isEmpty() ? null : Planner.plan(load.graph(), kernels, weights, null);
        if (atLoad != null) {
            launches.add(atLoad);
        }
        Plan plan = Planner.plan(graph, kernels, weights, load);
        launches.add(plan);
        return new OpenClPlans(atLoad, plan, List.copyOf(weights.tensors()), launches);
    }

    /** Both plans as text. */
    String text() {
        return (atLoad == null ? "" : "At load:\n" + atLoad + "\n") + plan;
    }
}
