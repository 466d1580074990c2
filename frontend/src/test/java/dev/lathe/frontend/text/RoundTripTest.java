package dev.lathe.frontend.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.text.Printer;
import dev.lathe.ir.type.ElementType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code print(parse(print(g))) == print(g)}, for graphs of every op. */
class RoundTripTest {
    private static Graph again(Graph graph) {
        Map<String, Tensor> weights = new HashMap<>();
        String text = Printer.print(graph, weights::put);
        return IrText.parse(text, name -> Optional.ofNullable(weights.get(name)));
    }

    @Property(tries = 300)
    void randomGraphs(@ForAll long seed) {
        Graph g = RandomGraphs.graph(new Random(seed));
        assertThat(Verifier.check(g)).isEmpty();
        Graph h = again(g);
        assertThat(Printer.print(h)).isEqualTo(Printer.print(g));
        assertThat(h.allNodes().stream().map(n -> n.op().getClass()).toList())
                .isEqualTo(g.allNodes().stream().map(n -> n.op().getClass()).toList());
    }

    @Test
    void theGeneratorReachesMostOps() {
        TreeSet<String> seen = new TreeSet<>();
        for (int seed = 0; seed < 400; seed++) {
            RandomGraphs.graph(new Random(seed)).allNodes().forEach(n -> seen.add(n.op().mnemonic()));
        }
        assertThat(seen.size()).as("%s", seen).isGreaterThan(70);
    }

    @Test
    void filesComeBack(@TempDir Path folder) throws Exception {
        String text = """
            graph @weights(%x: f32[n, 64]) -> (f32[n, 2], i4[3, 31], c128[40]) {
              %w = constant @"w" : f32[64, 2]
              %q = constant @"q" : i4[3, 31]
              %c = constant @"c" : c128[40]
              %y = mat_mul(%x, %w) : f32[n, 2]
              return %y, %q, %c
            }\
            """;
        Map<String, Tensor> weights =
                Map.of("w", numbers(ElementType.F32, 64, 2), "q", numbers(ElementType.I4, 3, 31), "c", complex(40));
        Graph g = IrText.parse(text, name -> Optional.ofNullable(weights.get(name)));
        Path file = folder.resolve("weights.lir");
        IrText.write(g, file);
        try (var files = Files.list(folder)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .containsExactlyInAnyOrder("weights.lir", "weights.safetensors");
        }
        Map<String, Tensor> read = new HashMap<>();
        assertThat(Printer.print(IrText.read(file), read::put)).isEqualTo(text);
        assertThat(read).isEqualTo(weights);
        List<Graph> all = IrText.parseAll(Files.readString(file), folder);
        assertThat(all).hasSize(1);
        assertThat(Printer.print(all.getFirst())).isEqualTo(text);
    }

    private static Tensor numbers(ElementType element, long... dims) {
        Tensor t = Tensor.zeros(element, dims);
        for (int i = 0; i < t.size(); i++) {
            t.setLong(i, i % 7 - 3);
        }
        return t;
    }

    private static Tensor complex(int size) {
        Tensor t = Tensor.zeros(ElementType.C128, size);
        for (int i = 0; i < size; i++) {
            t.setComplex(i, i, -i);
        }
        return t;
    }
}
