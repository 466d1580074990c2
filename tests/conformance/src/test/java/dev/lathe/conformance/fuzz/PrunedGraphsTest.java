package dev.lathe.conformance.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.axes.AxisRelations;
import dev.lathe.ir.analysis.axes.AxisRelations.Group;
import dev.lathe.ir.analysis.axes.AxisRelations.Unit;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.prune.ChannelRemoval;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("channels removed from random graphs")
class PrunedGraphsTest {
    private static final int NETS = Integer.getInteger("lathe.fuzz.nets", 150);
    private static final int GRAPHS = Integer.getInteger("lathe.fuzz.graphs", 600);

    /** Some units of each group, never all of one. */
    private static Set<Unit> some(AxisRelations relations, Random random) {
        Set<Unit> removed = new LinkedHashSet<>();
        for (Group g : relations.groups()) {
            List<Unit> units = new ArrayList<>(g.units());
            Collections.shuffle(units, random);
            removed.addAll(units.subList(0, random.nextInt(units.size())));
        }
        return removed;
    }

    private static double largest(Tensor t) {
        double largest = 0;
        for (long i = 0; i < t.size(); i++) {
            largest = Math.max(largest, Math.abs(t.getDouble(i)));
        }
        return largest;
    }

    private static void assertClose(String what, Tensor actual, Tensor expected) {
        assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
        double scale = Math.max(1, largest(expected));
        for (long i = 0; i < expected.size(); i++) {
            assertThat(Math.abs(actual.getDouble(i) - expected.getDouble(i)))
                    .as(what + " at " + i)
                    .isLessThan(1e-4 * scale);
        }
    }

    @Test
    @DisplayName("a removed channel is one from which nothing is read")
    void removedIsZeroed() {
        int removals = 0;
        for (long seed = 0; seed < NETS; seed++) {
            Graph net = PrunedNets.sample(seed);
            Random random = new Random(seed);
            AxisRelations relations = new AxisRelations.Of(false).of(net);
            Set<Unit> removed = some(relations, random);
            removals += removed.size();
            Graph small = ChannelRemoval.of(net, relations, removed);
            assertThat(small.outputs().stream().map(Value::type).toList())
                    .isEqualTo(net.outputs().stream().map(Value::type).toList());
            Tensor x = Tensor.zeros(ElementType.F32, 2, 3, 4, 4);
            for (long i = 0; i < x.size(); i++) {
                x.setFloat(i, (float) random.nextGaussian());
            }
            Map<String, Datum> expected =
                    new ReferenceEvaluator(RemovedChannels.zeroed(net, relations.without(removed))).run(Map.of("x", x));
            Map<String, Datum> actual = new ReferenceEvaluator(small).run(Map.of("x", x));
            for (String name : expected.keySet()) {
                assertClose("net " + seed, Tensor.named(actual, name), Tensor.named(expected, name));
            }
        }
        assertThat(removals).isGreaterThan(5 * NETS);
    }

    @Test
    @DisplayName("whatever a graph has, what is left of it is a graph with the same inputs and outputs")
    void everyOpSurvives() {
        int removals = 0;
        for (long seed = 0; seed < GRAPHS; seed++) {
            Graph graph = GraphGenerator.sample(seed).graph();
            for (boolean across : new boolean[] {false, true}) {
                AxisRelations relations = new AxisRelations.Of(across).of(graph);
                Set<Unit> removed = some(relations, new Random(seed));
                removals += removed.size();
                Graph small = ChannelRemoval.of(graph, relations, removed);
                assertThat(small.inputs()).as("graph " + seed).isEqualTo(graph.inputs());
                assertThat(small.outputs().stream().map(Value::type).toList())
                        .as("graph " + seed)
                        .isEqualTo(graph.outputs().stream().map(Value::type).toList());
            }
        }
        assertThat(removals).isGreaterThan(GRAPHS / 10);
    }
}
