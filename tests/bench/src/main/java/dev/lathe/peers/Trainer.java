package dev.lathe.peers;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.autodiff.Gradients;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;

/**
 * Trains the constants of a classifier of small images by AdamW on the cross entropy, with derivatives by
 * {@link Gradients}. The graph has one input {@code [batch, 1, rows, columns]} and one output
 * {@code [batch, classes]}. All random choices follow from a seed, so the same machine finds the same weights.
 */
final class Trainer {
    private static final int BATCH = 100;
    private static final int SHIFT = 1;
    private static final int SHOWN = 100;
    private static final double MEAN_DECAY = 0.9;
    private static final double SQUARE_DECAY = 0.999;
    private static final double WEIGHT_DECAY = 0.01;
    private static final double EPSILON = 1e-8;
    private static final String LABELS = "labels";

    private final FashionMnist.Images images;
    private final int classes;

    Trainer(FashionMnist.Images images, int classes) {
        this.images = images;
        this.classes = classes;
    }

    /** A constant that is trained. */
    private static final class Parameter {
        final Value value;
        final float[] weights;
        final boolean[] fixed;
        final float[] mean;
        final float[] square;

        Parameter(Value value, Tensor start) {
            this.value = value;
            int size = Math.toIntExact(start.size());
            weights = new float[size];
            fixed = new boolean[size];
            mean = new float[size];
            square = new float[size];
            for (int i = 0; i < size; i++) {
                weights[i] = start.getFloat(i);
                fixed[i] = weights[i] == 0 && value.tensorType().rank() > 1;
            }
        }

        Tensor tensor() {
            return Tensor.of(weights, value.tensorType().shape().constants().orElseThrow());
        }
    }

    /**
     * Takes {@code steps} of {@value #BATCH} images that are drawn at random, flipped and shifted, with a rate that
     * falls to 0 along a cosine.
     *
     * @param keepZeros whether weights that are 0 stay 0
     * @return {@code graph} with other constants
     */
    Graph train(Graph graph, int steps, double rate, boolean keepZeros) {
        List<Parameter> parameters = new ArrayList<>();
        Graph step = step(graph, parameters);
        try (Executable model =
                Lathe.compile(step, CompileOptions.builder().threads(1).build()).load()) {
            Random random = new Random(1);
            Map<String, Tensor> outputs = null;
            double loss = 0;
            for (int s = 0; s < steps; s++) {
                Map<String, Tensor> inputs = new LinkedHashMap<>();
                batch(random, graph.inputPorts().getFirst().name(), inputs);
                parameters.forEach(p -> inputs.put(p.value.name(), p.tensor()));
                if (outputs == null) {
                    outputs = model.call(inputs);
                } else {
                    model.callInto(inputs, outputs);
                }
                double now = rate * (1 + Math.cos(Math.PI * s / steps)) / 2;
                for (int i = 0; i < parameters.size(); i++) {
                    update(parameters.get(i), Objects.requireNonNull(outputs.get("d" + i)), s + 1, now, keepZeros);
                }
                loss += Objects.requireNonNull(outputs.get("loss")).getFloat(0) / BATCH;
                if ((s + 1) % SHOWN == 0) {
                    System.err.printf(Locale.ROOT, "step %d: mean loss %.4f%n", s + 1, loss / SHOWN);
                    loss = 0;
                }
            }
        }
        Builder b = Builder.graph(graph.name());
        graph.inputs().forEach(b::input);
        Map<Value, Tensor> trained = new LinkedHashMap<>();
        parameters.forEach(p -> trained.put(p.value, p.tensor()));
        for (Node n : graph.nodes()) {
            Tensor other = n.op() instanceof Constant ? trained.get(n.result()) : null;
            b.reuse(other == null ? n : new Node(new Constant(other), n.results(), n.location()));
        }
        return b.build(graph.outputs(), graph.outputNames());
    }

    /** What computes the loss, summed over a batch, and its derivatives by the constants, which are inputs of it. */
    private Graph step(Graph graph, List<Parameter> parameters) {
        Builder b = Builder.graph("step");
        Map<Value, Value> here = new HashMap<>();
        graph.inputs().forEach(v -> here.put(v, b.input(v)));
        for (Node n : graph.nodes()) {
            if (n.op() instanceof Constant(Tensor t) && t.element() == ElementType.F32 && t.size() > 1) {
                here.put(n.result(), b.input(n.result()));
                parameters.add(new Parameter(n.result(), t));
                continue;
            }
            Op op = n.op().mapOperands(v -> Objects.requireNonNull(here.get(v)));
            if (op instanceof Conv c && c.groups() == 1 && c.layout() == ChannelLayout.CHANNELS_FIRST) {
                here.put(n.result(), product(b, c, n.result().tensorType().shape()));
            } else {
                List<Value> results = b.copy(n, op);
                for (int i = 0; i < results.size(); i++) {
                    here.put(n.results().get(i), results.get(i));
                }
            }
        }
        Value logits = Objects.requireNonNull(here.get(graph.outputs().getFirst()));
        Dim batch = logits.tensorType().dim(0);
        Value labels = b.input(LABELS, new TensorType(ElementType.F32, Shape.of(List.of(batch, Dim.of(classes)))));
        Value shifted = b.subtract(logits, b.reduceMax(logits, 1));
        Value sums = b.unary(UnaryFunction.LOG, b.reduceSum(b.exp(shifted), 1));
        Value right = b.reduceSum(b.multiply(labels, shifted), 1);
        Value loss = b.reduceSum(b.subtract(sums, right), 0);
        List<Value> outputs = new ArrayList<>(List.of(loss));
        List<String> names = new ArrayList<>(List.of("loss"));
        outputs.addAll(
                Gradients.of(b, loss, parameters.stream().map(p -> p.value).toList()));
        for (int i = 0; i < parameters.size(); i++) {
            names.add("d" + i);
        }
        return b.build(outputs, names);
    }

    /** A convolution as the product of its filters with what they read: kernels of products take computed filters. */
    private static Value product(Builder b, Conv c, Shape result) {
        Shape filter = c.weights().tensorType().shape();
        Window w = c.window();
        Value x = b.add(new Pad(
                c.x(),
                Optional.empty(),
                List.of(Dim.ZERO, Dim.ZERO, w.pads().get(0), w.pads().get(1)),
                List.of(Dim.ZERO, Dim.ZERO, w.pads().get(2), w.pads().get(3)),
                PadMode.CONSTANT));
        Dim in = x.tensorType().dim(1);
        Shape out = result.with(0, x.tensorType().dim(0));
        Dim places = out.dim(2).times(out.dim(3));
        List<Value> taps = new ArrayList<>();
        for (long i = 0; i < filter.dim(2).constant(); i++) {
            for (long j = 0; j < filter.dim(3).constant(); j++) {
                Value read = b.add(new Slice(
                        x,
                        List.of(
                                Dim.ZERO,
                                Dim.ZERO,
                                Dim.of(i * w.dilations().get(0)),
                                Dim.of(j * w.dilations().get(1))),
                        List.of(out.dim(0), in, out.dim(2), out.dim(3)),
                        List.of(1L, 1L, w.strides().get(0), w.strides().get(1))));
                taps.add(b.reshape(read, Shape.of(List.of(out.dim(0), in, Dim.ONE, places))));
            }
        }
        Dim depth = in.times(taps.size());
        Value columns = b.reshape(b.concat(taps, 2), Shape.of(List.of(out.dim(0), depth, places)));
        Value filters = b.reshape(c.weights(), Shape.of(List.of(filter.dim(0), depth)));
        return b.reshape(b.matMul(filters, columns), out);
    }

    private void batch(Random random, String input, Map<String, Tensor> inputs) {
        int rows = images.rows();
        int columns = images.columns();
        float[] x = new float[BATCH * rows * columns];
        float[] labels = new float[BATCH * classes];
        for (int i = 0; i < BATCH; i++) {
            int image = random.nextInt(images.count());
            boolean flip = random.nextBoolean();
            int down = random.nextInt(2 * SHIFT + 1) - SHIFT;
            int right = random.nextInt(2 * SHIFT + 1) - SHIFT;
            for (int r = 0; r < rows; r++) {
                for (int c = 0; c < columns; c++) {
                    int fromRow = r - down;
                    int fromColumn = (flip ? columns - 1 - c : c) - right;
                    if (fromRow >= 0 && fromRow < rows && fromColumn >= 0 && fromColumn < columns) {
                        x[(i * rows + r) * columns + c] = images.pixel(image, fromRow, fromColumn);
                    }
                }
            }
            labels[i * classes + images.label(image)] = 1;
        }
        inputs.put(input, Tensor.of(x, BATCH, 1, rows, columns));
        inputs.put(LABELS, Tensor.of(labels, BATCH, classes));
    }

    // Loshchilov, Hutter 2019.
    private static void update(Parameter p, Tensor gradient, int step, double rate, boolean keepZeros) {
        double first = 1 - Math.pow(MEAN_DECAY, step);
        double second = 1 - Math.pow(SQUARE_DECAY, step);
        boolean decays = p.value.tensorType().rank() > 1;
        for (int i = 0; i < p.weights.length; i++) {
            if (keepZeros && p.fixed[i]) {
                continue;
            }
            double g = gradient.getFloat(i) / BATCH;
            p.mean[i] = (float) (MEAN_DECAY * p.mean[i] + (1 - MEAN_DECAY) * g);
            p.square[i] = (float) (SQUARE_DECAY * p.square[i] + (1 - SQUARE_DECAY) * g * g);
            double direction = p.mean[i] / first / (Math.sqrt(p.square[i] / second) + EPSILON);
            p.weights[i] -= (float) (rate * (direction + (decays ? WEIGHT_DECAY * p.weights[i] : 0)));
        }
    }
}
