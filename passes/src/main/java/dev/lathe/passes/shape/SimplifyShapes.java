package dev.lathe.passes.shape;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ReadDims;
import dev.lathe.ir.type.Dim;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.fold.FoldConstants;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Replaces symbols read from data that is known by now. */
public record SimplifyShapes() implements Pass {
    @Override
    public String name() {
        return "simplify-shapes";
    }

    @Override
    public String description() {
        return "replace symbols that are read from known integers by these";
    }

    @Override
    public List<After> after() {
        return List.of(
                Pass.after(SpecializeShapes.class, "shape arithmetic on symbols that get a size is not known before"),
                Pass.after(FoldConstants.class, "integers computed from constants are not known before"));
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        Map<String, Dim> symbols = new HashMap<>();
        return Rebuild.run(
                graph,
                (node, original, b) -> {
                    if (node.op() instanceof ReadDims(Value x, List<String> names)) {
                        Optional<List<Dim>> known = b.dims(x);
                        if (known.isPresent() && context.step()) {
                            for (int i = 0; i < names.size(); i++) {
                                symbols.put(names.get(i), known.get().get(i));
                            }
                            context.applied(this, "known integers", original);
                            return List.of();
                        }
                    }
                    return null;
                },
                symbols);
    }
}
