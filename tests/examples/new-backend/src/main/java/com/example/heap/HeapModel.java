package com.example.heap;

import dev.lathe.backend.device.DeviceModel;
import dev.lathe.backend.plan.Plan;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** A loaded model: its plan, its weights, and an execution for each concurrent call. */
final class HeapModel extends DeviceModel {
    private final HeapLaunches launches = new HeapLaunches();

    private HeapModel(Plan plan, List<Tensor> stored, List<Tensor> computed, Map<String, InputRole> roles) {
        super(plan, stored, computed, roles, null, () -> {});
        launches.add(plan);
    }

    /** What constants determine is a plan of its own, which runs once. */
    static HeapModel load(Plan plan, Map<String, InputRole> roles) {
        List<Tensor> computed = plan.load()
                .map(before -> computedBy(() -> new HeapModel(before, plan.weights(), List.of(), Map.of()), () -> {}))
                .orElse(List.of());
        return new HeapModel(plan, plan.weights(), computed, roles);
    }

    @Override
    protected HeapExecution execution() {
        return HeapExecution.of(plan, launches, tensors, table);
    }

    @Override
    protected String runsOn() {
        return "the Java heap";
    }
}
