package dev.lathe.explorer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NodeGroupsTest {
    private static List<List<String>> paths(Graph graph) {
        NodeGroups groups = new NodeGroups(graph);
        return graph.nodes().stream().map(groups::of).toList();
    }

    @Test
    void modulesAreThoseOfTheNames() {
        Graph graph = IrText.parse("""
            graph @g(%x: f32[2]) -> (y: f32[2]) {
              %a = exp(%x) : f32[2] at "/encoder/layer.0/Exp"(Exp-13)
              %b = relu(%a) : f32[2] at "/encoder/layer.1/Relu"(Relu-13)
              %y = tanh(%b) : f32[2] at "/encoder/layer.0/mlp/A"(Tanh-13), "/encoder/layer.0/attention/B"(Tanh-13)
              return %y
            }
            """);
        assertThat(paths(graph))
                .containsExactly(
                        List.of("encoder", "layer.0"), List.of("encoder", "layer.1"), List.of("encoder", "layer.0"));
    }

    /** Blocks of an exp, a relu, a tanh and two square roots; or as many nodes in no order. */
    private static Graph chain(int blocks, boolean repeats) {
        List<String> ops = List.of("exp", "relu", "tanh", "sqrt", "sqrt");
        List<String> others = List.of("exp", "relu", "tanh", "sqrt", "negate", "floor", "ceil");
        Random random = new Random(1);
        StringBuilder text = new StringBuilder("graph @g(").append('%').append("x: f32[2]) -> (y: f32[2]) {\n");
        String last = "x";
        for (int i = 0; i < 5 * blocks; i++) {
            String op = repeats ? ops.get(i % 5) : others.get(random.nextInt(7));
            text.append("  %v")
                    .append(i)
                    .append(" = ")
                    .append(op)
                    .append("(%")
                    .append(last)
                    .append(")\n");
            last = "v" + i;
        }
        return IrText.parse(text + "  return %" + last + "\n}\n");
    }

    @Test
    void blocksThatRepeatAreGroups() {
        List<List<String>> paths = paths(chain(10, true));
        assertThat(paths.get(0).getFirst()).isEqualTo("block 1 of 10");
        assertThat(paths.get(4).getFirst()).isEqualTo("block 1 of 10");
        assertThat(paths.get(49).getFirst()).isEqualTo("block 10 of 10");
    }

    @Test
    void aFewNodesAreNotDividedAndManyAlwaysAre() {
        assertThat(paths(chain(3, true))).allMatch(List::isEmpty);
        assertThat(paths(chain(80, false))).noneMatch(List::isEmpty);
    }

    @Test
    void manyNodesAreDividedInTime() {
        Graph graph = chain(1000, false);
        Node last = graph.nodes().getLast();
        assertThat(new NodeGroups(graph).of(last)).isNotEmpty();
    }
}
