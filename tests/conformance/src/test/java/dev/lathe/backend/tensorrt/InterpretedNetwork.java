package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.InputCheck;
import dev.lathe.ir.eval.OutputCheck;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs a recorded network layer by layer, as TensorRT's reference says what layers mean; so lowerings are proven to
 * compute what they should on machines without TensorRT. What a layer makes must be of the type and the sizes that the
 * recorder said.
 *
 * <p>Tensors are made when they are asked for, so only the branch of a conditional that is taken runs. A loop runs when
 * one of its results is asked for, each iteration in a frame of its own.
 */
public final class InterpretedNetwork implements Executable {
    private final Graph graph;
    private final RecordedNetwork network;

    private InterpretedNetwork(Graph graph) {
        this.graph = graph;
        this.network = RecordedNetwork.of(graph);
    }

    /** A graph that the backend's passes have been over. */
    public static Executable of(Graph graph) {
        return new InterpretedNetwork(graph);
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
    public void close() {}

    @Override
    public void callInto(Map<String, Tensor> inputs, Map<String, Tensor> outputs, Deadline deadline) {
        OutputCheck.callInto(this, inputs, outputs, deadline);
    }

    @Override
    public Map<String, Datum> run(Map<String, ? extends Datum> inputs, Deadline deadline) {
        InputCheck.bind(inputs(), inputs);
        Frame frame = new Frame(null, deadline);
        network.inputs.forEach((name, t) -> frame.values.put(
                t.number(), Net.as(Tensor.named(inputs, name), t.type().element())));
        frame.checkAssertions();
        Map<String, Datum> made = new LinkedHashMap<>();
        for (Port port : outputs()) {
            NetworkTensor t = Objects.requireNonNull(network.outputs.get(port.name()));
            made.put(port.name(), Net.as(frame.value(t), ((TensorType) port.type()).element()));
        }
        return made;
    }

    /** What a loop made. */
    private record LoopResults(Map<Integer, Tensor> last, Map<Layer.Collected, List<Tensor>> collected) {}

    /** The tensors of a run, or of an iteration of a loop. */
    private final class Frame {
        private final @Nullable Frame around;
        private final Deadline deadline;
        private final Map<Integer, Tensor> values = new HashMap<>();
        private final Map<Integer, LoopResults> loops = new HashMap<>();

        Frame(@Nullable Frame around, Deadline deadline) {
            this.around = around;
            this.deadline = deadline;
        }

        Tensor value(NetworkTensor t) {
            for (Frame f = this; f != null; f = f.around) {
                Tensor known = f.values.get(t.number());
                if (known != null) {
                    return known;
                }
            }
            RecordedNetwork.Result result = result(t);
            List<Tensor> made = make(result.layer());
            Tensor own = made.get(result.index());
            check(t, own, result.layer());
            values.put(t.number(), own);
            return own;
        }

        private RecordedNetwork.Result result(NetworkTensor t) {
            return Objects.requireNonNull(network.results.get(t.number()));
        }

        private List<Tensor> make(Layer layer) {
            deadline.check();
            return switch (layer) {
                case Layer.ConditionalInput l -> List.of(value(l.x()));
                case Layer.ConditionalOutput l -> {
                    Layer.Conditional begin = network.all(Layer.Conditional.class).stream()
                            .filter(c -> c.number() == l.number())
                            .findFirst()
                            .orElseThrow();
                    yield List.of(value(value(begin.condition()).getBoolean(0) ? l.whenTrue() : l.whenFalse()));
                }
                case Layer.Recurrence _ -> throw new IllegalStateException("a recurrence outside of its loop");
                case Layer.LastValue l ->
                    List.of(loop(l.number()).last.get(l.recurrence().number()));
                case Layer.Collected l ->
                    List.of(LayerMeaning.stacked(
                            Objects.requireNonNull(loop(l.number()).collected.get(l)),
                            value(l.length()).getLong(0),
                            part(l)));
                default -> new LayerMeaning(this::value).of(layer);
            };
        }

        /** A part of what a loop collects; of the first iteration if there is none, for its sizes alone. */
        private Tensor part(Layer.Collected l) {
            Frame first = new Frame(this, deadline);
            for (Layer.RecurrenceNext n : network.all(Layer.RecurrenceNext.class)) {
                Layer made = result(n.recurrence()).layer();
                if (made instanceof Layer.Recurrence r && r.number() == l.number()) {
                    first.values.put(n.recurrence().number(), value(r.initial()));
                }
            }
            return first.value(l.x());
        }

        private LoopResults loop(int number) {
            LoopResults known = loops.get(number);
            if (known != null) {
                return known;
            }
            long most = Long.MAX_VALUE;
            NetworkTensor goOn = null;
            for (Layer.TripLimit limit : network.all(Layer.TripLimit.class)) {
                if (limit.number() == number && limit.kind() == Layer.TripLimitKind.COUNT) {
                    most = value(limit.limit()).getLong(0);
                } else if (limit.number() == number) {
                    goOn = limit.limit();
                }
            }
            Map<Integer, Tensor> carried = new HashMap<>();
            Map<Integer, NetworkTensor> next = new HashMap<>();
            for (Layer.RecurrenceNext n : network.all(Layer.RecurrenceNext.class)) {
                Layer made = result(n.recurrence()).layer();
                if (made instanceof Layer.Recurrence r && r.number() == number) {
                    carried.put(n.recurrence().number(), value(r.initial()));
                    next.put(n.recurrence().number(), n.next());
                }
            }
            Map<Layer.Collected, List<Tensor>> collected = new LinkedHashMap<>();
            network.all(Layer.Collected.class).stream()
                    .filter(c -> c.number() == number)
                    .forEach(c -> collected.put(c, new ArrayList<>()));
            for (long i = 0; i < most; i++) {
                Frame iteration = new Frame(this, deadline);
                iteration.values.putAll(carried);
                if (goOn != null && !iteration.value(goOn).getBoolean(0)) {
                    break;
                }
                collected.forEach((c, all) -> all.add(iteration.value(c.x())));
                carried.replaceAll((recurrence, old) -> {
                    Tensor made = iteration.value(Objects.requireNonNull(next.get(recurrence)));
                    if (!made.type().equals(old.type())) {
                        throw new IllegalStateException("a loop carries " + old.type() + ", then " + made.type());
                    }
                    return made;
                });
            }
            LoopResults results = new LoopResults(carried, collected);
            loops.put(number, results);
            return results;
        }

        /** Those outside of loops. */
        void checkAssertions() {
            for (Layer.Assertion a : network.all(Layer.Assertion.class)) {
                boolean holds;
                try {
                    holds = value(a.condition()).getBoolean(0);
                } catch (IllegalStateException e) {
                    continue;
                }
                if (!holds) {
                    throw new LatheException(Diagnostic.error("tensorrt.assertion", a.message(), "give other inputs"));
                }
            }
        }
    }

    private static void check(NetworkTensor t, Tensor made, Layer layer) {
        boolean agrees = made.element() == t.type().element() && made.rank() == t.rank();
        for (int i = 0; agrees && i < t.rank(); i++) {
            agrees = t.dims().get(i) == NetworkTensor.UNKNOWN || t.dims().get(i) == made.dim(i);
        }
        if (!agrees) {
            throw new IllegalStateException(
                    layer.getClass().getSimpleName() + " makes " + made.type() + " instead of " + t.typeText());
        }
    }
}
