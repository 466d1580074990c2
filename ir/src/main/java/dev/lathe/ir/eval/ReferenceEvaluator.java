package dev.lathe.ir.eval;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Node;
import dev.lathe.ir.StepTimes;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Evaluation;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Runs a graph by the reference meaning of its ops: slow and obviously right. Composites run as their expansion. */
public final class ReferenceEvaluator implements Executable {
    private final Graph graph;
    private final @Nullable StepTimes times;
    /** The expansion of each composite node, as a graph that captures the node's operands. */
    private final Map<Node, Graph> expansions = new ConcurrentHashMap<>();

    private volatile boolean closed;

    public ReferenceEvaluator(Graph graph) {
        this(graph, null);
    }

    /** {@code times} hears of the nodes of the graph itself that are no constants, which are its steps. */
    public ReferenceEvaluator(Graph graph, @Nullable StepTimes times) {
        this.graph = graph;
        this.times = times;
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public List<Port> inputs() {
        return graph.inputPorts();
    }

    @Override
    public List<Port> outputs() {
        return graph.outputPorts();
    }

    @Override
    public Map<String, Datum> run(Map<String, ? extends Datum> inputs, Deadline deadline) {
        if (closed) {
            throw InputCheck.closed();
        }
        Map<String, Long> symbols = InputCheck.bind(inputs(), inputs);
        List<Datum> arguments = new ArrayList<>();
        graph.inputs().forEach(v -> arguments.add(inputs.get(v.name())));
        Frame frame = new Frame(null, deadline);
        frame.symbols.putAll(symbols);
        List<Datum> results = frame.execute(graph, arguments);
        Map<String, Datum> named = new LinkedHashMap<>();
        for (int i = 0; i < results.size(); i++) {
            named.put(graph.outputNames().get(i), results.get(i));
        }
        return named;
    }

    @Override
    public void callInto(Map<String, Tensor> inputs, Map<String, Tensor> outputs, Deadline deadline) {
        OutputCheck.callInto(this, inputs, outputs, deadline);
    }

    /** The value of one op whose operands are known; for folding constants. */
    public static List<Datum> evaluate(Op op, Map<Value, ? extends Datum> operands) {
        ReferenceEvaluator evaluator =
                new ReferenceEvaluator(Builder.graph("op").build());
        Frame frame = evaluator.new Frame(null, Deadline.NONE);
        frame.values.putAll(operands);
        return frame.execute(new Node(
                op, op.infer(Check.INSTANCE).stream().map(t -> new Value("", t)).toList(), Location.NONE));
    }

    /** The values and symbols of one graph while it runs. */
    private final class Frame implements Evaluation {
        private final @Nullable Frame parent;
        private final Map<Value, Datum> values = new IdentityHashMap<>();
        private final Map<String, Long> symbols = new HashMap<>();

        private final Deadline deadline;

        Frame(@Nullable Frame parent, Deadline deadline) {
            this.parent = parent;
            this.deadline = deadline;
        }

        List<Datum> execute(Graph g, List<Datum> arguments) {
            for (int i = 0; i < arguments.size(); i++) {
                values.put(g.inputs().get(i), arguments.get(i));
                InputCheck.bindKnown(g.inputs().get(i).type(), arguments.get(i), symbols);
            }
            int step = 0;
            for (Node node : g.nodes()) {
                deadline.check();
                long start = times == null ? 0 : System.nanoTime();
                List<Datum> results = execute(node);
                if (times != null && parent == null && !(node.op() instanceof Constant)) {
                    times.took(step++, System.nanoTime() - start);
                }
                for (int i = 0; i < results.size(); i++) {
                    values.put(node.results().get(i), results.get(i));
                }
            }
            return g.outputs().stream().map(this::datum).toList();
        }

        List<Datum> execute(Node node) {
            try {
                List<Datum> results = switch (node.op()) {
                    case CoreOp core -> core.evaluate(this);
                    case CompositeOp composite ->
                        run(expansions.computeIfAbsent(node, _ -> expand(composite)), List.of());
                };
                for (int i = 0; i < results.size(); i++) {
                    bindResult(node, i, results.get(i));
                }
                return results;
            } catch (LatheException e) {
                throw Sizes.at(e, node.location(), node.op().mnemonic());
            } catch (OutOfMemoryError e) {
                throw Sizes.at(
                        Sizes.outOfMemory("the op"), node.location(), node.op().mnemonic());
            } catch (InvalidOpException
                    | ArithmeticException
                    | IllegalArgumentException
                    | IndexOutOfBoundsException
                    | NegativeArraySizeException e) {
                throw new LatheException(Diagnostic.error(
                        "run.op-failed",
                        node.location(),
                        node.op().mnemonic() + ": " + e.getMessage(),
                        "check the values of the inputs against what the model expects"));
            }
        }

        private void bindResult(Node node, int i, Datum result) {
            for (String symbol : node.op().binds()) {
                if (!symbols.containsKey(symbol)) {
                    InputCheck.bindKnown(node.results().get(i).type(), result, symbols);
                }
            }
        }

        @Override
        public Datum datum(Value v) {
            for (Frame f = this; f != null; f = f.parent) {
                Datum d = f.values.get(v);
                if (d != null) {
                    return d;
                }
            }
            throw new IllegalStateException("no value for " + v);
        }

        @Override
        public long dim(Dim d) {
            return Sizes.evaluate(d, this::symbol);
        }

        private long symbol(String name) {
            for (Frame f = this; f != null; f = f.parent) {
                Long value = f.symbols.get(name);
                if (value != null) {
                    return value;
                }
            }
            throw new IllegalStateException("no value for symbol " + name);
        }

        @Override
        public void bind(String symbol, long value) {
            symbols.put(symbol, value);
        }

        @Override
        public void checkDeadline() {
            deadline.check();
        }

        @Override
        public List<Datum> run(Graph region, List<Datum> inputs) {
            return new Frame(this, deadline).execute(region, inputs);
        }
    }

    private static Graph expand(CompositeOp composite) {
        Builder b = Builder.graph("expansion");
        List<Value> results = composite.expandAll(b);
        return b.build(results, results.stream().map(Value::name).toList());
    }
}
