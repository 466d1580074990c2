package dev.lathe.passes.fold;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Container;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Text;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Option;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Computes ops of constants by their reference meaning, where the constants that are stored do not become more bytes
 * by it: weights that are kept small by a {@code dequantize} or a {@code cast} stay so. One budget for the whole
 * graph bounds its time and its memory.
 */
public record FoldConstants(
        @Option("bytes that a result may have even if it is larger than what it is made of")
        long limit,

        @Option("operations that folding may take, all together")
        long work)
        implements Pass {
    private static final long WORK = 200_000_000;

    public FoldConstants() {
        this(0, WORK);
    }

    /** For targets that want small results as constants, larger or not. */
    public static FoldConstants upTo(long bytes) {
        return new FoldConstants(bytes, WORK);
    }

    @Override
    public String name() {
        return "fold-constants";
    }

    @Override
    public String description() {
        return "compute ops whose operands are all constants, unless more would have to be stored";
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        ConstantNodes nodes = ConstantNodes.of(graph, FoldConstants::isFoldable);
        Set<Node> folded = FoldingPlan.of(nodes, limit, work);
        if (folded.isEmpty()) {
            return graph;
        }
        return Rebuild.run(graph, (node, original, b) -> {
            if (!folded.contains(original)) {
                return null;
            }
            List<Tensor> results = evaluate(original, nodes);
            if (results == null || !context.step()) {
                return null;
            }
            boolean composite = original.op() instanceof CompositeOp;
            context.applied(this, composite ? "composite of constants" : "op of constants", original);
            return constants(results, original, b);
        });
    }

    private static List<Value> constants(List<Tensor> results, Node original, Builder b) {
        Location around = b.location();
        b.at(original.location());
        List<Value> made = new ArrayList<>();
        for (int i = 0; i < results.size(); i++) {
            made.add(b.constant(results.get(i), original.results().get(i).name()));
        }
        b.at(around);
        return made;
    }

    /** How long the strings are that an op makes, types do not tell. */
    private static boolean isFoldable(Node n) {
        return !(n.op() instanceof Dims)
                && !(n.op() instanceof Fused)
                && !(n.op() instanceof Text)
                && !(n.op() instanceof Container)
                && n.results().stream().noneMatch(v -> v.tensorType().element().isString());
    }

    /** The results of {@code n}; null if it fails, as it then does when the model runs, if it ever gets there. */
    private static @Nullable List<Tensor> evaluate(Node n, ConstantNodes nodes) {
        Map<Value, Tensor> known = new IdentityHashMap<>();
        for (Node each : nodes.cone(n, _ -> true)) {
            if (!evaluate(each, known)) {
                return null;
            }
        }
        return n.results().stream().map(known::get).toList();
    }

    private static boolean evaluate(Node n, Map<Value, Tensor> known) {
        if (n.op() instanceof Constant(Tensor t)) {
            known.put(n.result(), t);
            return true;
        }
        try {
            List<Datum> results = ReferenceEvaluator.evaluate(n.op(), known);
            for (int i = 0; i < results.size(); i++) {
                known.put(n.results().get(i), (Tensor) results.get(i));
            }
            return true;
        } catch (InvalidOpException
                | LatheException
                | ArithmeticException
                | IllegalArgumentException
                | IndexOutOfBoundsException e) {
            return false;
        }
    }
}
