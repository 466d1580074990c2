package dev.lathe.explorer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.clean.Canonicalize;
import dev.lathe.passes.clean.DeadCode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PassExplorerTest {
    @Test
    void thereIsAColumnForEachPassThatChangedTheGraphAndKeysAreKept() {
        PassExplorer explorer = new PassExplorer(Map.of());
        Graph graph = IrText.parse("""
            graph @g(%x: f32[2]) -> (y: f32[2]) {
              %zero = constant 0 : f32[]
              %h = add(%x, %zero) : f32[2]
              %"</script>" = relu(%h) : f32[2]
              %y = exp(%"</script>") : f32[2]
              return %y
            }
            """);
        PassManager.run(graph, Pipeline.of(new DeadCode(), new Canonicalize()), List.of(explorer));
        String page = explorer.page("<b>title</b>");
        assertThat(page)
                .contains("\"title\":\"as read\"", "\"title\":\"canonicalize\"", "\"pass\":\"dead-code\"")
                .doesNotContain("\"title\":\"dead-code\"", "<b>title", "%\\\"</script>");
        String key = page.replaceAll("(?s).*?\"%y\":(\\d+).*", "$1");
        assertThat(page.split("\"%y\":" + key, -1))
                .as("the key of y in both columns")
                .hasSize(3);
    }

    @Test
    void nodesHaveCostsAndGroups() {
        PassExplorer explorer = new PassExplorer(Map.of("x", Shape.of(4, 3)));
        Graph graph = IrText.parse("""
            graph @g(%x: f32[batch, 3]) -> (y: f32[batch, 2]) {
              %w = constant [1, 2, 3, 4, 5, 6] : f32[3, 2]
              %y = mat_mul(%x, %w) : f32[batch, 2] at "/encoder/MatMul"(MatMul-13)
              return %y
            }
            """);
        PassManager.run(graph, Pipeline.of(new DeadCode()), List.of(explorer));
        String page = explorer.page("costs");
        assertThat(page)
                .contains("\"op\":\"mat_mul\",\"flops\":48.0,\"bytes\":104.0,\"path\":[\"encoder\"]")
                .contains("function layered(", "class GraphView")
                .doesNotContain("@@", "https://", "src=");
    }
}
