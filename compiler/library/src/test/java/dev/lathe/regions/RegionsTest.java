package dev.lathe.regions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegionsTest {

    private static Graph random(Random random, int nodes) {
        Builder b = Builder.graph("random");
        List<Value> values = new ArrayList<>();
        values.add(b.input("x", TensorType.of(ElementType.F32, Shape.of(4))));
        for (int i = 0; i < nodes; i++) {
            Value x = values.get(random.nextInt(values.size()));
            Value y = values.get(random.nextInt(values.size()));
            values.add(random.nextBoolean() ? b.exp(x) : b.add(x, y));
        }
        List<Value> results = values.subList(1, values.size());
        return b.build(
                results, results.stream().map(v -> "out" + values.indexOf(v)).toList());
    }

    private static List<Node> refused(Graph graph, Random random) {
        return graph.nodes().stream().filter(_ -> random.nextInt(3) == 0).toList();
    }

    private static Map<Node, Integer> places(List<Regions.Part> parts) {
        Map<Node, Integer> places = new IdentityHashMap<>();
        for (int i = 0; i < parts.size(); i++) {
            for (Node n : parts.get(i).nodes()) {
                assertThat(places.put(n, i)).as("a node is in one region").isNull();
            }
        }
        return places;
    }

    /** Every node is where it may run, and needs nothing of a later region. */
    private static void check(Graph graph, List<Node> refused, List<Regions.Part> parts) {
        Map<Node, Integer> places = places(parts);
        Map<Value, Node> definitions = graph.definitions();
        for (Node n : graph.nodes()) {
            if (n.op() instanceof Constant) {
                continue;
            }
            assertThat(places).containsKey(n);
            int place = places.getOrDefault(n, -1);
            if (refused.contains(n)) {
                assertThat(parts.get(place).fallback()).isTrue();
            }
            n.op().dependencies().stream()
                    .flatMap(v -> Stream.ofNullable(definitions.get(v)))
                    .filter(d -> !(d.op() instanceof Constant))
                    .forEach(d -> assertThat(places.get(d)).isLessThanOrEqualTo(place));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 40, 300})
    void randomGraphsAreCutWithoutCycles(int nodes) {
        for (int seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            Graph graph = random(random, nodes);
            List<Node> refused = refused(graph, random);
            List<Regions.Part> parts = Regions.of(graph, refused);
            check(graph, refused, parts);
            places(parts)
                    .forEach((n, place) ->
                            assertThat(parts.get(place).fallback()).isEqualTo(refused.contains(n)));
        }
    }

    /** All ways to give each node a region are tried. */
    @Test
    void noCutHasFewerRegions() {
        for (int seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            Graph graph = random(random, 6);
            List<Node> refused = refused(graph, random);
            int found = Regions.of(graph, refused).size();
            assertThat(canBeCut(graph, refused, found)).isTrue();
            assertThat(canBeCut(graph, refused, found - 1)).as("seed %s", seed).isFalse();
        }
    }

    private static boolean canBeCut(Graph graph, List<Node> refused, int regions) {
        return canBeCut(graph, refused, regions, new IdentityHashMap<>(), 0);
    }

    private static boolean canBeCut(Graph graph, List<Node> refused, int regions, Map<Node, Integer> places, int at) {
        if (at == graph.nodes().size()) {
            return true;
        }
        Node n = graph.nodes().get(at);
        Map<Value, Node> definitions = graph.definitions();
        for (int place = 0; place < regions; place++) {
            int here = place;
            boolean after = n.op().dependencies().stream()
                    .flatMap(v -> Stream.ofNullable(definitions.get(v)))
                    .allMatch(d -> places.getOrDefault(d, here) <= here);
            boolean same = places.entrySet().stream()
                    .filter(e -> e.getValue() == here)
                    .allMatch(e -> refused.contains(e.getKey()) == refused.contains(n));
            if (after && same) {
                places.put(n, place);
                if (canBeCut(graph, refused, regions, places, at + 1)) {
                    return true;
                }
                places.remove(n);
            }
        }
        return false;
    }

    private static Node named(Graph graph, String value) {
        return graph.nodes().stream()
                .filter(n -> n.results().stream().anyMatch(v -> v.name().equals(value)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void whatHandsOnASequenceStaysTogetherWithAllBetween() {
        Graph graph = IrText.parse("""
            graph @f(%x: f32[2]) -> (f32[2]) {
              %a = exp(%x)
              %s = sequence_of([%a]) {item_type=f32[2]}
              %zero = constant 0 : i64[]
              %one = sequence_at(%s, %zero) {result=f32[2], bound_symbols=[]}
              %b = exp(%one)
              return %b
            }
            """);
        List<Regions.Part> parts = Regions.of(graph, List.of(named(graph, "s")));
        check(graph, List.of(named(graph, "s")), parts);
        Map<Node, Integer> places = places(parts);
        assertThat(places.get(named(graph, "one"))).isEqualTo(places.get(named(graph, "s")));
        assertThat(parts).hasSize(3);
    }

    @Test
    void anEngineGetsNoSizesThatDataDecideElsewhere() {
        Graph graph = IrText.parse("""
            graph @f(%x: f32[n]) -> (i64[1, k]) {
              %y = exp(%x)
              %i = non_zero(%y) {count=k}
              %j = negate(%i)
              return %j
            }
            """);
        List<Regions.Part> parts = Regions.of(graph, List.of(named(graph, "i")));
        assertThat(parts).hasSize(2);
        assertThat(parts.getLast().nodes()).hasSize(2);
        assertThat(Regions.of(graph, List.of())).hasSize(1);
    }

    @Test
    void aRegionIsAGraphOfItsOwn() {
        Graph graph = IrText.parse("""
            graph @f(%x: f32[n], %y: f32[m]) -> (f32[n+m]) {
              %a = exp(%x)
              %b = concat([%a, %y]) {axis=0}
              %c = exp(%b)
              %d = slice(%c) {starts=[0], sizes=[n], steps=[1]}
              %e = concat([%d, %y]) {axis=0}
              return %e
            }
            """);
        Map<Value, Node> definitions = graph.definitions();
        Set<Value> all = Collections.newSetFromMap(new IdentityHashMap<>());
        graph.nodes().forEach(n -> all.addAll(n.results()));
        for (Regions.Part part : Regions.of(graph, List.of(named(graph, "c")))) {
            Graph region = new RegionGraph(graph, definitions, part.nodes()).graph(all);
            assertThat(Verifier.check(region)).isEmpty();
        }
        // The slice speaks of n, which no value that it reads has as a size of its own.
        Graph last = new RegionGraph(graph, definitions, List.of(named(graph, "d"))).graph(all);
        assertThat(last.inputs()).extracting(Value::name).containsExactly("x", "y", "c");
    }
}
