package dev.lathe.runtime;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.LoopEvaluation;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Evaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Runs an op that has no kernel by its reference meaning, on values of known shape. */
public sealed class OpStep implements Evaluation permits ValueStep {
    private final Map<Value, Datum> values = new IdentityHashMap<>();
    private final Map<String, Long> symbols = new HashMap<>();

    /** An operand that holds {@code datum}. */
    public Value operand(Datum datum) {
        Value v = new Value("", datum.type());
        values.put(v, datum);
        return v;
    }

    /**
     * The results of {@code op}, whose operands are of {@link #operand} and whose dimensions are of
     * {@link #dim(long, String)}.
     */
    public List<Datum> run(CoreOp op) {
        WorkerPool.check();
        return op.evaluate(this);
    }

    /** A dimension with its present value; one that is a bare symbol keeps its name, for ops that bind it. */
    public Dim dim(long value, String symbol) {
        if (symbol.isEmpty()) {
            return Dim.of(value);
        }
        symbols.put(symbol, value);
        return Dim.signedSymbol(symbol);
    }

    /** What the op has bound a symbol to. */
    public long bound(String symbol) {
        return Objects.requireNonNull(symbols.get(symbol));
    }

    /**
     * Tensors of one shape along a new first axis; {@code element} and {@code dims} are those of the result if there
     * are none.
     */
    public static Tensor stacked(List<Datum> items, ElementType element, long... dims) {
        return items.isEmpty()
                ? Tensor.zeros(element, dims)
                : LoopEvaluation.stack(items.stream().map(Tensor.class::cast).toList());
    }

    @Override
    public Datum datum(Value v) {
        Datum d = values.get(v);
        if (d == null) {
            throw new IllegalStateException("no value for " + v);
        }
        return d;
    }

    @Override
    public long dim(Dim d) {
        return Sizes.evaluate(d, name -> Objects.requireNonNull(symbols.get(name)));
    }

    @Override
    public void bind(String symbol, long value) {
        symbols.put(symbol, value);
    }

    @Override
    public List<Datum> run(Graph region, List<Datum> inputs) {
        throw new IllegalStateException("a region is generated code");
    }
}
