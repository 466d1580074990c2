package com.example.heap;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.Availability;
import dev.lathe.backend.Backend;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.Support;
import dev.lathe.backend.plan.Kernels;
import dev.lathe.backend.plan.Movements;
import dev.lathe.backend.plan.Planner;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.Resize;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.Pipelines;
import java.util.List;
import java.util.Optional;

/** The target {@code heap}: a device that copies elements, in the memory of Java. All else the host computes. */
public final class HeapBackend implements Backend {
    /** A row for each op that has a kernel. Most of these are views and cost nothing; the rest become copies. */
    private final Kernels kernels = new Kernels(type -> type.bits() % 8 == 0 && !type.isString(), nodes -> false);

    public HeapBackend() {
        Movements.addTo(kernels);
        kernels.without(Dims.class).without(Gather.class).without(Pad.class).without(Resize.class);
    }

    @Override
    public String name() {
        return "heap";
    }

    @Override
    public Availability probe() {
        return new Availability.Ready("the Java heap");
    }

    @Override
    public Support supports(Node node) {
        return Support.YES;
    }

    @Override
    public Pipeline pipeline(CompileOptions options) {
        return Pipelines.kernels(kernels::keeps, kernels);
    }

    @Override
    public Optional<String> plan(Graph graph, CompileOptions options) {
        return Optional.of(Planner.plan(graph, kernels).toString());
    }

    @Override
    public List<Node> onHost(Graph graph, CompileOptions options) {
        return Planner.plan(graph, kernels).onHost();
    }

    @Override
    public Artifact compile(Graph graph, CompileOptions options) {
        return () -> HeapModel.load(Planner.plan(graph, kernels), options.roles());
    }
}
