package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Control;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Evaluation;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What each value and symbol of a graph is for one set of inputs, while the graph grows node by node. */
final class Witness implements Evaluation {
    /** What becomes of a result of an op. */
    interface Disturbance {
        Datum of(Op op, Datum result);
    }

    private final @Nullable Witness parent;
    private final Disturbance disturbance;
    private final Map<Value, Datum> values = new IdentityHashMap<>();
    private final Map<String, Long> symbols = new HashMap<>();

    Witness() {
        this((_, result) -> result);
    }

    /**
     * One for which the results of core ops are not right, but what {@code disturbance} makes of them; those in regions
     * and expansions, too.
     */
    Witness(Disturbance disturbance) {
        this(null, disturbance);
    }

    private Witness(@Nullable Witness parent, Disturbance disturbance) {
        this.parent = parent;
        this.disturbance = disturbance;
    }

    /** The results of {@code op}, which has {@code results}; they are not kept. */
    List<Datum> evaluate(Op op, List<Value> results) {
        List<Datum> data = switch (op) {
            case CoreOp core -> core.evaluate(this);
            case CompositeOp composite -> {
                Builder b = Builder.graph("expansion");
                List<Value> expanded = composite.expandAll(b);
                yield run(b.build(expanded, expanded.stream().map(Value::name).toList()), List.of());
            }
        };
        for (int i = 0; i < data.size(); i++) {
            bindDims(op, results.get(i), data.get(i));
        }
        return data;
    }

    private void bindDims(Op op, Value v, Datum d) {
        if (v.type() instanceof TensorType t && t.isRanked() && d instanceof Tensor x && t.rank() == x.rank()) {
            for (int i = 0; i < t.rank(); i++) {
                if (t.dim(i).isSymbol() && op.binds().contains(t.dim(i).symbolName())) {
                    symbols.putIfAbsent(t.dim(i).symbolName(), x.dim(i));
                }
            }
        }
    }

    void put(Value v, Datum d) {
        values.put(v, d);
    }

    /** Runs all of {@code graph} whose inputs are known. */
    void execute(Graph graph) {
        for (Node n : graph.nodes()) {
            List<Datum> data = evaluate(n.op(), n.results());
            for (int i = 0; i < data.size(); i++) {
                boolean core = n.op() instanceof CoreOp && !(n.op() instanceof Control);
                put(n.results().get(i), core ? disturbance.of(n.op(), data.get(i)) : data.get(i));
            }
        }
    }

    void input(Value v, Datum d) {
        put(v, d);
        if (v.type() instanceof TensorType t && t.isRanked() && d instanceof Tensor x && t.rank() == x.rank()) {
            for (int i = 0; i < t.rank(); i++) {
                if (t.dim(i).isSymbol()) {
                    symbols.putIfAbsent(t.dim(i).symbolName(), x.dim(i));
                }
            }
        }
    }

    @Override
    public Datum datum(Value v) {
        for (Witness w = this; w != null; w = w.parent) {
            Datum d = w.values.get(v);
            if (d != null) {
                return d;
            }
        }
        throw new InvalidOpException("no value for " + v);
    }

    @Override
    public long dim(Dim d) {
        return d.evaluate(this::symbol);
    }

    /** Whether a symbol has a value already. */
    boolean knows(String symbol) {
        return symbols.containsKey(symbol) || parent != null && parent.knows(symbol);
    }

    private long symbol(String name) {
        for (Witness w = this; w != null; w = w.parent) {
            Long value = w.symbols.get(name);
            if (value != null) {
                return value;
            }
        }
        throw new InvalidOpException("no value for symbol " + name);
    }

    @Override
    public void bind(String symbol, long value) {
        symbols.put(symbol, value);
    }

    @Override
    public List<Datum> run(Graph region, List<Datum> inputs) {
        Witness inner = new Witness(this, disturbance);
        for (int i = 0; i < inputs.size(); i++) {
            inner.input(region.inputs().get(i), inputs.get(i));
        }
        inner.execute(region);
        return region.outputs().stream().map(inner::datum).toList();
    }
}
