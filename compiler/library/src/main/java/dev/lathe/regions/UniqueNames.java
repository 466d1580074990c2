package dev.lathe.regions;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.passes.Rebuild;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gives each value a name of its own, by which regions hand it on. */
final class UniqueNames implements Rebuild.Visitor {
    private final Set<String> taken = new HashSet<>();

    private UniqueNames(Graph graph) {
        graph.inputs().forEach(v -> taken.add(v.name()));
    }

    static Graph in(Graph graph) {
        return Rebuild.run(graph, new UniqueNames(graph));
    }

    @Override
    public @Nullable List<Value> visit(Node node, Node original, Builder b) {
        List<String> names =
                original.results().stream().map(v -> unique(v.name())).toList();
        List<String> old = original.results().stream().map(Value::name).toList();
        return names.equals(old) ? null : b.at(node.location()).addAll(node.op(), names);
    }

    /** Options name values between commas, colons and semicolons. */
    private String unique(String name) {
        String plain = name.isEmpty() ? "value" : name.replaceAll("[,;\\s]", "_");
        String own = plain;
        for (int n = 2; !taken.add(own); n++) {
            own = plain + "_" + n;
        }
        return own;
    }
}
