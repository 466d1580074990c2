package dev.lathe.frontend.onnx.ops.nn;

import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Loop;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Recurrent networks: short sequences are unrolled, others become loops. */
public final class RecurrentOps {
    /** Sequences up to this length are unrolled. */
    private static final int UNROLL_LIMIT = 8;

    private RecurrentOps() {}

    public static void addTo(Operators t) {
        t.on("LSTM")
                .sinceAll(
                        1, n -> new Network(n, 4, 2, List.of("Sigmoid", "Tanh", "Tanh"), RecurrentOps::lstm).results());
        t.on("GRU").sinceAll(1, n -> new Network(n, 3, 1, List.of("Sigmoid", "Tanh"), RecurrentOps::gru).results());
        t.on("RNN").sinceAll(1, n -> new Network(n, 1, 1, List.of("Tanh"), RecurrentOps::rnn).results());
    }

    /**
     * One step of a cell: the next states from the present ones; the first is the output. {@code in} is what the input
     * adds to the gates, which is computed for all steps at once.
     */
    private interface Cell {
        List<Value> step(Direction d, Builder b, Value in, List<Value> states);
    }

    /** A recurrent node: all its directions. */
    private static final class Network {
        private final OnnxNode n;
        private final int gates;
        private final int states;
        private final List<String> defaultActivations;
        private final Cell cell;
        private final boolean batchFirst;
        private final Dim hidden;
        private final Dim sequence;
        private final Dim batch;

        Network(OnnxNode n, int gates, int states, List<String> defaultActivations, Cell cell) {
            this.n = n;
            this.gates = gates;
            this.states = states;
            this.defaultActivations = defaultActivations;
            this.cell = cell;
            this.batchFirst = n.flag("layout", false);
            this.hidden = n.shape(2).dim(2);
            this.sequence = n.shape(0).dim(batchFirst ? 1 : 0);
            this.batch = n.shape(0).dim(batchFirst ? 0 : 1);
        }

        List<Value> results() {
            Value x = batchFirst ? n.b.transpose(n.in(0), List.of(1, 0, 2)) : n.in(0);
            int directions = n.s("direction", "forward").equals("bidirectional") ? 2 : 1;
            boolean reverse = n.s("direction", "forward").equals("reverse");
            List<Value> sequences = new ArrayList<>();
            List<List<Value>> last = new ArrayList<>();
            List<RecurrentActivation> activations = RecurrentActivation.of(n, defaultActivations, directions);
            int each = defaultActivations.size();
            for (int d = 0; d < directions; d++) {
                Direction direction = new Direction(
                        n, d, gates, states, hidden, batch, batchFirst, activations.subList(d * each, (d + 1) * each));
                List<Value> outputs = run(direction, x, reverse || d == 1);
                sequences.add(n.b.reshape(outputs.getFirst(), Shape.of(sequence, Dim.ONE, batch, hidden)));
                last.add(outputs.subList(1, outputs.size()));
            }
            List<Value> results = new ArrayList<>();
            Value all = n.b.concat(sequences, 1);
            results.add(batchFirst ? n.b.transpose(all, List.of(2, 0, 1, 3)) : all);
            for (int s = 0; s < states; s++) {
                int state = s;
                Value joined = n.b.concat(
                        last.stream()
                                .map(l -> n.b.reshape(l.get(state), Shape.of(Dim.ONE, batch, hidden)))
                                .toList(),
                        0);
                results.add(batchFirst ? n.b.transpose(joined, List.of(1, 0, 2)) : joined);
            }
            return results;
        }

        /** The outputs of all steps, stacked, and the last states. */
        private List<Value> run(Direction d, Value x, boolean reverse) {
            Value in = d.biased(n.b, n.b.matMul(x, d.w), d.inputBias);
            return sequence.isConstant() && sequence.constant() > 0 && sequence.constant() <= UNROLL_LIMIT
                    ? unrolled(d, in, reverse)
                    : looped(d, in, reverse);
        }

        private List<Value> unrolled(Direction d, Value in, boolean reverse) {
            int steps = (int) sequence.constant();
            Value[] outputs = new Value[steps];
            List<Value> now = d.initial();
            for (int i = 0; i < steps; i++) {
                int t = reverse ? steps - 1 - i : i;
                Value input = n.b.reshape(
                        n.b.slice(in, 0, Dim.of(t), Dim.ONE),
                        in.tensorType().shape().without(0));
                List<Value> next = cell.step(d, n.b, input, now);
                Value position = n.b.dim(Dim.of(t));
                outputs[t] =
                        n.b.reshape(d.masked(n.b, position, next.getFirst(), null), Shape.of(Dim.ONE, batch, hidden));
                now = d.kept(n.b, position, next, now);
            }
            List<Value> results = new ArrayList<>();
            results.add(n.b.concat(List.of(outputs), 0));
            results.addAll(now);
            return results;
        }

        private List<Value> looped(Direction d, Value in, boolean reverse) {
            Builder body = n.b.region("step");
            Value i = body.input("i", TensorType.scalar(ElementType.I64));
            Value going = body.input("going", TensorType.scalar(ElementType.BOOL));
            List<Value> now = new ArrayList<>();
            for (Value v : d.initial()) {
                now.add(body.input("state" + now.size(), v.type()));
            }
            Value t = reverse ? body.subtract(body.dim(sequence.minus(1)), i) : i;
            List<Value> next = cell.step(d, body, body.gather(in, t, 0), now);
            List<Value> outputs = new ArrayList<>();
            outputs.add(going);
            outputs.addAll(d.kept(body, t, next, now));
            outputs.add(d.masked(body, t, next.getFirst(), null));
            Graph region = body.build(outputs, outputs.stream().map(Value::name).toList());
            List<Type> types = new ArrayList<>(now.stream().map(Value::type).toList());
            types.add(TensorType.of(n.element(0), Shape.of(sequence, batch, hidden)));
            List<Value> all = n.b.addAll(
                    new Loop(Optional.of(n.b.dim(sequence)), Optional.empty(), d.initial(), region, types, List.of()));
            Value stacked = all.getLast();
            if (reverse) {
                stacked = n.b.add(new Slice(
                        stacked,
                        List.of(sequence.minus(1), Dim.ZERO, Dim.ZERO),
                        List.of(sequence, batch, hidden),
                        List.of(-1L, 1L, 1L)));
            }
            List<Value> results = new ArrayList<>();
            results.add(stacked);
            results.addAll(all.subList(0, states));
            return results;
        }
    }

    /** The weights of one direction, transposed for {@code x · w}. */
    private static final class Direction {
        private final OnnxNode n;
        private final int index;
        private final Dim hidden;
        private final Dim batch;
        private final boolean batchFirst;
        private final int states;
        private final List<RecurrentActivation> activations;
        final Value w;
        final Value r;
        final Optional<Value> inputBias;
        final Optional<Value> hiddenBias;
        final Optional<Value> peepholes;
        private final Optional<Value> lengths;

        Direction(
                OnnxNode n,
                int index,
                int gates,
                int states,
                Dim hidden,
                Dim batch,
                boolean batchFirst,
                List<RecurrentActivation> activations) {
            this.n = n;
            this.index = index;
            this.hidden = hidden;
            this.batch = batch;
            this.batchFirst = batchFirst;
            this.states = states;
            this.activations = activations;
            this.w = n.b.transpose(part(n.in(1)), List.of(1, 0));
            this.r = n.b.transpose(part(n.in(2)), List.of(1, 0));
            Dim width = hidden.times(gates);
            Optional<Value> bias = n.opt(3).map(this::part);
            this.inputBias = bias.map(v -> n.b.slice(v, 0, Dim.ZERO, width));
            this.hiddenBias = bias.map(v -> n.b.slice(v, 0, width, width));
            this.peepholes = n.opt(7).map(this::part);
            this.lengths = n.opt(4).map(v -> n.b.reshape(n.b.cast(v, ElementType.I64), Shape.of(batch, Dim.ONE)));
        }

        /** This direction's part of an operand that has them along its first axis. */
        private Value part(Value v) {
            Shape rest = v.tensorType().shape().without(0);
            return n.b.reshape(n.b.slice(v, 0, Dim.of(index), Dim.ONE), rest);
        }

        List<Value> initial() {
            List<Value> all = new ArrayList<>();
            for (int s = 0; s < states; s++) {
                Optional<Value> given = n.opt(5 + s);
                if (given.isPresent()) {
                    Value v = batchFirst ? n.b.transpose(given.get(), List.of(1, 0, 2)) : given.get();
                    all.add(part(v));
                } else {
                    Value zero = n.b.constant(Tensor.scalar(n.element(0), 0));
                    all.add(n.b.broadcast(zero, Shape.of(batch, hidden)));
                }
            }
            return all;
        }

        /**
         * {@code v} where position {@code t} is inside of the sequence; {@code otherwise}, or zeros, where it is not.
         */
        Value masked(Builder b, Value t, Value v, @Nullable Value otherwise) {
            if (lengths.isEmpty()) {
                return v;
            }
            Value inside = b.compare(Comparison.LESS, t, lengths.get());
            return b.select(inside, v, otherwise == null ? b.scalar(v, 0) : otherwise);
        }

        List<Value> kept(Builder b, Value t, List<Value> next, List<Value> now) {
            List<Value> all = new ArrayList<>();
            for (int s = 0; s < states; s++) {
                all.add(masked(b, t, next.get(s), now.get(s)));
            }
            return all;
        }

        /** Gate {@code i} of a row of gates. */
        Value gate(Builder b, Value gates, int i) {
            return b.slice(gates, gates.tensorType().rank() - 1, hidden.times(i), hidden);
        }

        Value activation(Builder b, int i, Value x) {
            float clip = n.f("clip", 0);
            if (clip > 0) {
                x = b.min(b.max(x, b.scalar(x, -clip)), b.scalar(x, clip));
            }
            return activations.get(i).apply(b, x);
        }

        Value biased(Builder b, Value x, Optional<Value> bias) {
            return bias.isEmpty() ? x : b.add(x, bias.get());
        }
    }

    private static List<Value> rnn(Direction d, Builder b, Value in, List<Value> states) {
        Value sum = b.add(in, d.biased(b, b.matMul(states.getFirst(), d.r), d.hiddenBias));
        return List.of(d.activation(b, 0, sum));
    }

    /** Gates in the order input, output, forget, cell. */
    private static List<Value> lstm(Direction d, Builder b, Value in, List<Value> states) {
        Value c = states.get(1);
        Value gates = b.add(in, d.biased(b, b.matMul(states.getFirst(), d.r), d.hiddenBias));

        Value i = d.activation(b, 0, peep(d, b, d.gate(b, gates, 0), 0, c));
        Value f = d.n.flag("input_forget", false)
                ? b.subtract(b.scalar(i, 1), i)
                : d.activation(b, 0, peep(d, b, d.gate(b, gates, 2), 2, c));
        Value g = d.activation(b, 1, d.gate(b, gates, 3));
        Value next = b.add(b.multiply(f, c), b.multiply(i, g));
        Value o = d.activation(b, 0, peep(d, b, d.gate(b, gates, 1), 1, next));
        return List.of(b.multiply(o, d.activation(b, 2, next)), next);
    }

    private static Value peep(Direction d, Builder b, Value gate, int index, Value c) {
        return d.peepholes
                .map(p -> b.add(gate, b.multiply(b.slice(p, 0, d.hidden.times(index), d.hidden), c)))
                .orElse(gate);
    }

    /** Gates in the order update, reset, hidden. */
    private static List<Value> gru(Direction d, Builder b, Value in, List<Value> states) {
        Value h = states.getFirst();
        Value z;
        Value candidate;
        if (d.n.flag("linear_before_reset", false)) {
            Value recurrent = d.biased(b, b.matMul(h, d.r), d.hiddenBias);
            z = d.activation(b, 0, b.add(d.gate(b, in, 0), d.gate(b, recurrent, 0)));
            Value r = d.activation(b, 0, b.add(d.gate(b, in, 1), d.gate(b, recurrent, 1)));
            candidate = b.add(d.gate(b, in, 2), b.multiply(r, d.gate(b, recurrent, 2)));
        } else {
            Value both = b.matMul(h, b.slice(d.r, 1, Dim.ZERO, d.hidden.times(2)));
            Value zBias = biasPart(d, b, 0, d.gate(b, both, 0));
            Value rBias = biasPart(d, b, 1, d.gate(b, both, 1));
            z = d.activation(b, 0, b.add(d.gate(b, in, 0), zBias));
            Value r = d.activation(b, 0, b.add(d.gate(b, in, 1), rBias));
            Value reset = b.matMul(b.multiply(r, h), b.slice(d.r, 1, d.hidden.times(2), d.hidden));
            candidate = b.add(d.gate(b, in, 2), biasPart(d, b, 2, reset));
        }
        Value g = d.activation(b, 1, candidate);
        return List.of(b.add(b.multiply(b.subtract(b.scalar(z, 1), z), g), b.multiply(z, h)));
    }

    private static Value biasPart(Direction d, Builder b, int gate, Value v) {
        return d.hiddenBias
                .map(bias -> b.add(v, b.slice(bias, 0, d.hidden.times(gate), d.hidden)))
                .orElse(v);
    }
}
