package dev.lathe.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.text.Printer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Every model is a valid graph; printed, read again and printed it is the same text, and means the same. */
class TextConformanceTest extends OnnxConformance {
    @Override
    Executable load(Graph graph) {
        Verifier.require(graph);
        Map<String, Tensor> weights = new HashMap<>();
        String text = Printer.print(graph, weights::put);
        Graph again = IrText.parse(text, name -> Optional.ofNullable(weights.get(name)));
        assertThat(Printer.print(again)).isEqualTo(text);
        return new ReferenceEvaluator(again);
    }
}
