package dev.lathe.backend.opencl;

import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.Planner;
import dev.lathe.ir.Graph;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What runs of a graph, and when.
 *
 * @param features what the kernels count on
 * @param atLoad what runs once, when the model is loaded; null if nothing does
 * @param plan what runs at each call
 * @param weights the constants, by number
 * @param launches the kernels of both
 */
record OpenClPlans(Features features, @Nullable Plan atLoad, Plan plan, List<Tensor> weights, OpenClLaunches launches) {

    static OpenClPlans of(Graph graph, Features features) {
        Plan plan = Planner.plan(graph, OpenClKernels.table(features.doubles()));
        OpenClLaunches launches = new OpenClLaunches(features);
        Plan atLoad = plan.load().orElse(null);
        if (atLoad != null) {
            launches.add(atLoad);
        }
        launches.add(plan);
        return new OpenClPlans(features, atLoad, plan, plan.weights(), launches);
    }

    /** The steps of a call, by number. */
    List<ModelStep> steps() {
        return launches.steps(plan);
    }

    /** The plan as text. */
    String text() {
        return plan.toString();
    }
}
