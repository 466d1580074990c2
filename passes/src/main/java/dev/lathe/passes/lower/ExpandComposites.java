package dev.lathe.passes.lower;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.fold.ConstantNodes;
import dev.lathe.passes.fuse.TargetKernels;
import java.util.List;
import java.util.function.Predicate;

/**
 * Replaces composites by their expansions, and what these contain, until none is left that {@link #expands} names; but
 * not those that constants determine and from which the target packs weights.
 */
public final class ExpandComposites implements Pass {
    private final Predicate<? super CompositeOp> expands;

    /** Expands every composite but fused groups. */
    public ExpandComposites() {
        this(op -> !(op instanceof Fused));
    }

    public ExpandComposites(Predicate<? super CompositeOp> expands) {
        this.expands = expands;
    }

    @Override
    public String name() {
        return "expand-composites";
    }

    @Override
    public String description() {
        return "replace composite ops that the target has no code for by their expansions";
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        Graph current = graph;
        TargetKernels target = context.get(TargetKernels.KEY).orElse(TargetKernels.ANY);
        while (true) {
            ConstantNodes constants = context.analysis(ConstantNodes.TOTAL, current);
            Graph next = Rebuild.run(current, (node, original, b) -> {
                if (!(node.op() instanceof CompositeOp op)
                        || !expands.test(op)
                        || target.packs(op) && constants.contains(original)) {
                    return null;
                }
                var around = b.location();
                List<Value> results = op.expandAll(b.at(original.location()));
                if (results.size() == 1) {
                    results = List.of(
                            b.named(results.getFirst(), original.result().name()));
                }
                b.at(around);
                context.applied(this, "expand " + op.mnemonic(), original);
                return results;
            });
            if (next == current) {
                return next;
            }
            current = next;
        }
    }
}
