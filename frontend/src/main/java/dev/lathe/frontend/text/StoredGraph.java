package dev.lathe.frontend.text;

import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.text.Printer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A graph as a text and a list of tensors, for archives that store both.
 *
 * @param text the graph, in which large weights are names
 * @param tensors the names, as strings, and then the weights in this order
 */
public record StoredGraph(String text, List<Tensor> tensors) {
    public static StoredGraph of(Graph graph) {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        String text = Printer.print(graph, weights::put) + "\n";
        List<Tensor> tensors = new ArrayList<>();
        tensors.add(Tensor.ofStrings(weights.keySet().toArray(String[]::new), weights.size()));
        tensors.addAll(weights.values());
        return new StoredGraph(text, tensors);
    }

    /**
     * The graph, with the tensors of this.
     *
     * @throws dev.lathe.ir.diag.LatheException with every problem of the text
     */
    public Graph graph() {
        String[] names = tensors.getFirst().toStringArray();
        Map<String, Tensor> weights = new HashMap<>();
        for (int i = 0; i < names.length; i++) {
            weights.put(names[i], tensors.get(1 + i));
        }
        return IrText.parse(text, name -> Optional.ofNullable(weights.get(name)));
    }
}
