package dev.lathe.passes.fold;

import static dev.lathe.passes.Rule.ruleForAll;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.eval.Evaluation;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import dev.lathe.passes.Match;
import dev.lathe.passes.Option;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rewriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Computes ops of constants by their reference meaning. A result may not be much larger than what it is made of. */
public record FoldConstants(
        @Option("bytes that a result may always have") long limit,
        @Option("operations that folding one op may take") long work)
        implements Pass {

    public FoldConstants() {
        this(64 * 1024, 50_000_000);
    }

    @Override
    public String name() {
        return "fold-constants";
    }

    @Override
    public String description() {
        return "compute ops whose operands are all constants";
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        return Rewriter.run(
                graph,
                this,
                context,
                List.of(
                        ruleForAll("op of constants", CoreOp.class, this::fold),
                        ruleForAll("composite of constants", CompositeOp.class, this::expand)));
    }

    private @Nullable List<Value> expand(CompositeOp op, Match m) {
        return isFoldable(op, m) ? op.expandAll(m.builder()) : null;
    }

    private @Nullable List<Value> fold(CoreOp op, Match m) {
        if (op instanceof Constant || op instanceof Dims || !isFoldable(op, m)) {
            return null;
        }
        List<Datum> results;
        try {
            results = op.evaluate(new OfConstants(m.builder()));
        } catch (InvalidOpException | ArithmeticException | IllegalArgumentException | IndexOutOfBoundsException e) {
            return null; // it fails when the model runs, if it ever gets there
        }
        List<Value> values = new ArrayList<>();
        for (Datum d : results) {
            if (!(d instanceof Tensor t)) {
                return null;
            }
            values.add(m.builder().constant(t));
        }
        return values;
    }

    private boolean isFoldable(Op op, Match m) {
        if (!op.isPure()
                || op.operands().isEmpty()
                || !op.regions().isEmpty()
                || !op.binds().isEmpty()
                || op instanceof Fused
                || !op.operands().stream().allMatch(m::isConstant)) {
            return false;
        }
        long bytes = 0;
        for (Type t : op.infer(Check.INSTANCE)) {
            if (!(t instanceof TensorType tensor) || !tensor.isRanked() || !tensor.isStatic()) {
                return false;
            }
            bytes += tensor.element().bytes(tensor.shape().elements().constant());
        }
        long given = op.operands().stream().mapToLong(v -> size(m, v)).sum();
        Dim flops = op.cost().flops();
        return bytes <= Math.max(limit, 2 * given) && flops.isConstant() && flops.constant() <= work;
    }

    private static long size(Match m, Value v) {
        Tensor t = m.constant(v);
        return t == null ? 0 : t.byteSize();
    }

    /** An op of constants sees nothing but these. */
    private record OfConstants(Builder builder) implements Evaluation {
        @Override
        public Datum datum(Value v) {
            return builder.constant(v).orElseThrow();
        }

        @Override
        public long dim(Dim d) {
            return d.constant();
        }

        @Override
        public void bind(String symbol, long value) {
            throw new IllegalStateException("a constant expression binds " + symbol);
        }

        @Override
        public List<Datum> run(Graph region, List<Datum> inputs) {
            throw new IllegalStateException("a constant expression has a region");
        }
    }
}
