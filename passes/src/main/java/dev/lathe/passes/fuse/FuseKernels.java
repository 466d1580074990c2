package dev.lathe.passes.fuse;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Fused;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.fold.ConstantNodes;
import dev.lathe.passes.layout.ChannelsLast;
import dev.lathe.passes.lower.ExpandComposites;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Joins ops that the target runs as one kernel into {@link Fused} groups: {@link TargetKernels} knows what it does,
 * {@link KernelGroups} what belongs together.
 */
public record FuseKernels() implements Pass {
    @Override
    public String name() {
        return "fuse-kernels";
    }

    @Override
    public String description() {
        return "group matrix products and convolutions with the elementwise ops after them, and others with each"
                + " other";
    }

    @Override
    public List<After> after() {
        return List.of(
                Pass.after(ChannelsLast.class, "transposes that it sinks would separate ops that belong together"),
                Pass.after(
                        ExpandComposites.class, "elementwise ops inside composites can join only when they are out"));
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        Map<Node, KernelGroups.Group> ends = new IdentityHashMap<>();
        TargetKernels target = context.get(TargetKernels.KEY).orElse(TargetKernels.ANY);
        collect(graph, context.analysis(ConstantNodes.TOTAL, graph), target, target.of(graph), ends);
        if (ends.isEmpty()) {
            return graph;
        }
        Map<Value, Value> current = new IdentityHashMap<>();
        return Rebuild.run(graph, (node, original, b) -> {
            List<Value> before = original.op().operands();
            List<Value> now = node.op().operands();
            for (int i = 0; i < before.size(); i++) {
                current.put(before.get(i), now.get(i));
            }
            KernelGroups.Group group = ends.get(original);
            if (group == null || !context.step()) {
                return null;
            }
            context.applied(this, "group of " + group.nodes().size(), original);
            return List.of(fused(group, current, b));
        });
    }

    /** The groups of a graph and of the regions in it, but not those inside fused groups. */
    private static void collect(
            Graph graph,
            ConstantNodes constants,
            TargetKernels target,
            Predicate<List<Node>> isKernel,
            Map<Node, KernelGroups.Group> ends) {
        KernelGroups.of(graph, constants, target, isKernel).forEach(g -> ends.put(g.end(), g));
        for (Node n : graph.nodes()) {
            if (!(n.op() instanceof Fused)) {
                n.op().regions().forEach(r -> collect(r, constants, target, isKernel, ends));
            }
        }
    }

    /** The group as one node; numbers are part of the body, so that kernels know them. */
    private static Value fused(KernelGroups.Group group, Map<Value, Value> current, Builder b) {
        Set<Value> inside = KernelGroups.results(group.nodes());
        Builder body = Builder.graph("fused");
        Map<Value, Value> map = new IdentityHashMap<>();
        Map<Value, Value> arguments = new LinkedHashMap<>();
        Location location = Location.NONE;
        Rebuild.copy(group.numbers(), map, body);
        for (Node n : group.nodes()) {
            location = location.and(n.location());
            for (Value v : n.op().operands()) {
                if (!inside.contains(v) && !map.containsKey(v)) {
                    arguments.put(v, current.getOrDefault(v, v));
                    map.put(v, body.input(v.name(), v.type()));
                }
            }
        }
        Value result = Rebuild.copy(group.nodes(), map, body).getFirst();
        Location around = b.location();
        Value made = b.at(location)
                .add(
                        new Fused(
                                List.copyOf(arguments.values()),
                                body.build(
                                        List.of(result),
                                        List.of(group.end().result().name()))),
                        group.end().result().name());
        b.at(around);
        return made;
    }
}
