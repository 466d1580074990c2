package dev.lathe.regions;

import dev.lathe.Placement;
import dev.lathe.backend.Artifact;
import dev.lathe.backend.Backend;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.OneStep;
import dev.lathe.backend.Refusal;
import dev.lathe.ir.Graph;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.passes.PassManager;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compiles a graph for a target, and what that refuses for another. */
public final class RegionCompiler {
    private final Backend engine;
    private final Backend fallback;
    private final CompileOptions options;

    /**
     * A compiler for two targets.
     *
     * @param engine runs what it can
     * @param fallback runs the rest, and every node
     * @param options those of {@code engine}
     */
    public RegionCompiler(Backend engine, Backend fallback, CompileOptions options) {
        this.engine = engine;
        this.fallback = fallback;
        this.options = options;
    }

    /**
     * Compiles a graph that has gone through the passes of {@code engine}.
     *
     * @throws dev.lathe.ir.diag.LatheException if a region does not compile for another reason than a refused node
     */
    public RegionArtifact compile(Graph graph) {
        Graph named = UniqueNames.in(graph);
        Map<Node, Refusal> refused = new IdentityHashMap<>();
        engine.refusals(named, options).forEach(r -> refused.put(r.node(), r));
        while (true) {
            List<Regions.Part> parts = Regions.of(named, refused.keySet());
            List<Graph> graphs = graphs(named, parts);
            // What a region reads, the whole computes, so a target may refuse it only now.
            int before = refused.size();
            for (int i = 0; i < parts.size(); i++) {
                if (!parts.get(i).fallback()) {
                    engine.refusals(graphs.get(i), options).forEach(r -> refused.putIfAbsent(r.node(), r));
                }
            }
            if (refused.size() == before) {
                return compile(named, parts, graphs, refused);
            }
        }
    }

    private static List<Graph> graphs(Graph whole, List<Regions.Part> parts) {
        Map<Value, Node> definitions = whole.definitions();
        List<RegionGraph> all = new ArrayList<>();
        Set<Value> wanted = Collections.newSetFromMap(new IdentityHashMap<>());
        wanted.addAll(whole.outputs());
        for (Regions.Part part : parts) {
            RegionGraph region = new RegionGraph(whole, definitions, part.nodes());
            wanted.addAll(region.inputs());
            all.add(region);
        }
        return all.stream().map(r -> r.graph(wanted)).toList();
    }

    private RegionArtifact compile(
            Graph graph, List<Regions.Part> parts, List<Graph> graphs, Map<Node, Refusal> refused) {
        List<Region> regions = new ArrayList<>();
        List<Set<Tensor>> constants = new ArrayList<>();
        List<Placement.Part> placed = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            Regions.Part part = parts.get(i);
            Graph region = graphs.get(i);
            placed.add(placement(part, refused));
            boolean idle = region.outputs().isEmpty() && part.nodes().stream().allMatch(n -> n.op().isPure());
            if (!idle) {
                regions.add(region(part, region, graph));
                Set<Tensor> own = Collections.newSetFromMap(new IdentityHashMap<>());
                region.allNodes().forEach(n -> {
                    if (n.op() instanceof Constant c) {
                        own.add(c.value());
                    }
                });
                constants.add(own);
            }
        }
        return new RegionArtifact(
                new RegionInterface(graph, options.name(), options.roles()), regions, constants, new Placement(placed));
    }

    private Region region(Regions.Part part, Graph graph, Graph whole) {
        Backend backend = part.fallback() ? fallback : engine;
        CompileOptions own = part.fallback() ? fallbackOptions() : engine.optionsOfPart(whole, graph, options);
        Graph ready = part.fallback() ? PassManager.run(graph, backend.pipeline(own), own.passContext()) : graph;
        Artifact artifact = backend.compile(ready, own);
        boolean timed = !artifact.isBuiltOnLoad() && !artifact.steps().isEmpty();
        return new Region(
                backend.name(),
                backend.fileEnding(),
                artifact,
                graph.inputs().stream().map(Value::name).toList(),
                graph.outputNames(),
                timed,
                steps(timed ? artifact.steps() : List.of(OneStep.of(backend.name() + "_region", part.nodes())), whole));
    }

    private CompileOptions fallbackOptions() {
        return CompileOptions.builder()
                .target(fallback.name())
                .level(options.level())
                .threads(options.threads())
                .maxConcurrentCalls(options.maxConcurrentCalls())
                .numerics(options.numerics())
                .name(options.name())
                .build();
    }

    /** Costs are told by the sizes of the model's inputs, where these tell them. */
    private static List<ModelStep> steps(List<ModelStep> steps, Graph whole) {
        Set<String> known = new HashSet<>();
        whole.inputs().forEach(v -> known.addAll(RegionGraph.plainSymbols(v)));
        return steps.stream()
                .map(s -> new ModelStep(
                        s.kernel(),
                        s.value(),
                        s.nodes(),
                        s.flops().filter(d -> known.containsAll(symbols(d))),
                        s.bytes().filter(d -> known.containsAll(symbols(d))),
                        s.weightBytes()))
                .toList();
    }

    private static Set<String> symbols(Dim d) {
        Set<String> all = new HashSet<>();
        d.collectSymbols(all);
        return all;
    }

    private Placement.Part placement(Regions.Part part, Map<Node, Refusal> refused) {
        Map<String, String> reasons = new LinkedHashMap<>();
        for (Node n : part.nodes()) {
            Refusal own = refused.get(n);
            if (own != null) {
                reasons.putIfAbsent(own.name(), own.reason());
            }
            n.op().regions().stream().flatMap(r -> r.allNodes().stream()).forEach(inner -> {
                Refusal found = refused.get(inner);
                if (found != null) {
                    reasons.putIfAbsent(found.name(), found.reason());
                }
            });
        }
        return new Placement.Part(
                part.fallback() ? fallback.name() : engine.name(), part.nodes().size(), reasons);
    }
}
