package dev.lathe.backend.tvm;

import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.Planner;
import dev.lathe.ir.Graph;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Numerics;
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
record TvmPlans(@Nullable Plan atLoad, Plan plan, List<Tensor> weights, TvmLaunches launches) {

    static TvmPlans of(Graph graph, Numerics numerics) {
        Plan plan = Planner.plan(graph, TvmKernels.table(numerics));
        TvmLaunches launches = new TvmLaunches(plan.weights());
        Plan atLoad = plan.load().orElse(null);
        if (atLoad != null) {
            launches.add(atLoad);
        }
        launches.add(plan);
        return new TvmPlans(atLoad, plan, plan.weights(), launches);
    }

    /** The steps of a call, by number. */
    List<ModelStep> steps() {
        return launches.steps(plan);
    }

    /** The kernels as text. */
    String source() {
        return launches.program().toString();
    }

    /** The plan as text. */
    String text() {
        return plan.toString();
    }
}
