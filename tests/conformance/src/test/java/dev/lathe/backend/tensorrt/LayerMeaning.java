package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Gelu;
import dev.lathe.ir.composite.RotaryEmbedding;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Compare;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.GridPadding;
import dev.lathe.ir.op.GridSample;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.NearestMode;
import dev.lathe.ir.op.NonZero;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.RandomNormal;
import dev.lathe.ir.op.RandomUniform;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.op.TransposedWindow;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * What the layers compute that stand in no loop or conditional, given what they read. Where an op of the IR means the
 * same, the reference evaluator computes it; indices that TensorRT leaves undefined are errors.
 */
final class LayerMeaning {
    private final Function<NetworkTensor, Tensor> operands;
    private final Map<Value, Tensor> values = new IdentityHashMap<>();

    LayerMeaning(Function<NetworkTensor, Tensor> operands) {
        this.operands = operands;
    }

    List<Tensor> of(Layer layer) {
        return switch (layer) {
            case Layer.Unary l -> one(unary(l));
            case Layer.ElementWise l -> one(elementWise(l));
            case Layer.Activation l -> one(activation(l));
            case Layer.Select l -> one(run(new Select(value(l.condition()), value(l.x()), value(l.y()))));
            case Layer.Cast l -> one(run(new Cast(value(l.x()), l.to().element(), true)));
            case Layer.MatrixMultiply l -> one(run(new MatMul(value(l.x()), value(l.y()))));
            case Layer.Convolution l ->
                one(run(new Conv(
                        value(l.x()),
                        value(l.kernel()),
                        new Window(l.at().stride(), pads(l.at().before(), l.at().after()), l.at().dilation()),
                        l.groups(),
                        ChannelLayout.CHANNELS_FIRST)));
            case Layer.Deconvolution l ->
                one(run(new ConvTranspose(
                        value(l.x()),
                        value(l.kernel()),
                        new TransposedWindow(
                                l.at().stride(),
                                pads(l.at().before(), l.at().after()),
                                Net.repeat(l.at().stride().size(), 0),
                                l.at().dilation()),
                        l.groups(),
                        ChannelLayout.CHANNELS_FIRST)));
            case Layer.Attention l ->
                one(run(new ScaledDotProductAttention(
                        value(l.q()), value(l.k()), value(l.v()), l.mask().map(this::value), 1)));
            case Layer.RotaryEmbedding l ->
                one(run(new RotaryEmbedding(value(l.x()), value(l.cos()), value(l.sin()), l.interleaved())));
            case Layer.Reduce l ->
                one(run(new Reduce(
                        switch (l.op()) {
                            case SUM -> ReduceFunction.REDUCE_SUM;
                            case PROD -> ReduceFunction.REDUCE_PROD;
                            case MAX -> ReduceFunction.REDUCE_MAX;
                            case MIN -> ReduceFunction.REDUCE_MIN;
                            case AVG -> ReduceFunction.REDUCE_MEAN;
                        },
                        value(l.x()),
                        l.axes(),
                        l.keep())));
            case Layer.Pooling l -> one(pooling(l));
            case Layer.SoftMax l -> one(run(new Softmax(value(l.x()), l.axis())));
            case Layer.Normalization l -> one(normalization(l));
            case Layer.Cumulative l ->
                one(run(new Cumulative(
                        CumulativeFunction.CUM_SUM, value(l.x()), l.axis(), l.exclusive(), l.reverse())));
            case Layer.Constant l -> one(l.value());
            case Layer.Shape l -> one(Tensor.vector(tensor(l.x()).dims()));
            case Layer.Shuffle l -> one(shuffle(l));
            case Layer.Squeeze l -> one(squeeze(l));
            case Layer.Unsqueeze l -> one(unsqueeze(l));
            case Layer.Concatenation l ->
                one(run(new Concat(l.inputs().stream().map(this::value).toList(), l.axis())));
            case Layer.Slice l -> one(slice(l));
            case Layer.Resize l -> one(resize(l));
            case Layer.Gather l -> one(gather(l));
            case Layer.Scatter l -> one(scatter(l));
            case Layer.NonZero l -> one(run(new NonZero(value(l.x()), Dim.symbol("n"))));
            case Layer.TopK l -> topK(l);
            case Layer.NonMaxSuppression l -> nonMaxSuppression(l);
            case Layer.GridSample l ->
                one(run(new GridSample(
                        value(l.x()),
                        value(l.grid()),
                        mode(l.mode()),
                        switch (l.outside()) {
                            case FILL -> GridPadding.ZEROS;
                            case CLAMP -> GridPadding.BORDER;
                            default -> GridPadding.REFLECTION;
                        },
                        l.alignCorners())));
            case Layer.Fill l -> one(fill(l));
            case Layer.Quantize l -> one(quantize(l));
            case Layer.Dequantize l -> one(dequantize(l));
            default -> throw new IllegalStateException("no meaning of " + layer);
        };
    }

    private static List<Tensor> one(Tensor t) {
        return List.of(t);
    }

    private Tensor tensor(NetworkTensor t) {
        return operands.apply(t);
    }

    private Value value(NetworkTensor t) {
        return value(tensor(t));
    }

    private Value value(Tensor t) {
        Value v = new Value("", t.type());
        values.put(v, t);
        return v;
    }

    private Tensor run(Op op) {
        return all(op).getFirst();
    }

    private List<Tensor> all(Op op) {
        return ReferenceEvaluator.evaluate(op, values).stream()
                .map(d -> (Tensor) d)
                .toList();
    }

    private static List<Dim> pads(List<Long> before, List<Long> after) {
        List<Long> all = new ArrayList<>(before);
        all.addAll(after);
        return all.stream().map(Dim::of).toList();
    }

    // Elementwise.

    private Tensor unary(Layer.Unary l) {
        UnaryFunction function = switch (l.op()) {
            case NEG -> UnaryFunction.NEGATE;
            case RECIP -> UnaryFunction.RECIPROCAL;
            case ISNAN -> UnaryFunction.IS_NAN;
            default -> UnaryFunction.valueOf(l.op().name());
        };
        return run(new Unary(function, value(l.x())));
    }

    private Tensor elementWise(Layer.ElementWise l) {
        Value x = value(l.x());
        Value y = value(l.y());
        return switch (l.op()) {
            case SUM -> run(new Binary(BinaryFunction.ADD, x, y));
            case PROD -> run(new Binary(BinaryFunction.MULTIPLY, x, y));
            case MAX -> run(new Binary(BinaryFunction.MAX, x, y));
            case MIN -> run(new Binary(BinaryFunction.MIN, x, y));
            case SUB -> run(new Binary(BinaryFunction.SUBTRACT, x, y));
            case DIV -> run(new Binary(BinaryFunction.DIVIDE, x, y));
            case POW -> run(new Binary(BinaryFunction.POW, x, y));
            case FLOOR_DIV -> floorDivision(x, y);
            case AND -> run(new Binary(BinaryFunction.AND, x, y));
            case OR -> run(new Binary(BinaryFunction.OR, x, y));
            case XOR -> run(new Binary(BinaryFunction.XOR, x, y));
            case EQUAL -> run(new Compare(Comparison.EQUAL, x, y));
            case GREATER -> run(new Compare(Comparison.GREATER, x, y));
            case LESS -> run(new Compare(Comparison.LESS, x, y));
        };
    }

    private Tensor floorDivision(Value x, Value y) {
        if (x.tensorType().element().isFloat()) {
            return run(new Unary(UnaryFunction.FLOOR, value(run(new Binary(BinaryFunction.DIVIDE, x, y)))));
        }
        // x less what remains is a multiple of y, and what remains has the sign of y.
        Tensor rest = run(new Binary(BinaryFunction.MOD, x, y));
        Tensor multiple = run(new Binary(BinaryFunction.SUBTRACT, x, value(rest)));
        return run(new Binary(BinaryFunction.DIVIDE, value(multiple), y));
    }

    private Tensor activation(Layer.Activation l) {
        Value x = value(l.x());
        return switch (l.type()) {
            case RELU -> run(new Unary(UnaryFunction.RELU, x));
            case SIGMOID -> run(new Unary(UnaryFunction.SIGMOID, x));
            case TANH -> run(new Unary(UnaryFunction.TANH, x));
            case GELU_ERF -> run(new Gelu(x, false));
            case GELU_TANH -> run(new Gelu(x, true));
        };
    }

    /** Rounded up, there are also windows that begin in the padding after the elements. */
    private Tensor pooling(Layer.Pooling l) {
        Tensor x = tensor(l.x());
        List<Long> after = new ArrayList<>(l.after());
        for (int i = 0; l.roundUp() && i < after.size(); i++) {
            long room = x.dim(i + 2)
                    + l.before().get(i)
                    + l.after().get(i)
                    - l.window().get(i);
            long stride = l.stride().get(i);
            after.set(i, after.get(i) + Math.ceilDiv(room, stride) * stride - room);
        }
        return run(new Pool(
                l.type() == Layer.PoolingType.MAX
                        ? PoolFunction.MAX_POOL
                        : l.excludesPadding() ? PoolFunction.AVERAGE_POOL : PoolFunction.AVERAGE_POOL_PADDED,
                value(x),
                l.window(),
                new Window(
                        l.stride(),
                        pads(l.before(), after),
                        Net.repeat(l.stride().size(), 1)),
                false,
                ChannelLayout.CHANNELS_FIRST));
    }

    private Tensor normalization(Layer.Normalization l) {
        Tensor x = tensor(l.x());
        Value wide = value(run(new Cast(value(x), ElementType.F64, true)));
        Value mean = value(run(new Reduce(ReduceFunction.REDUCE_MEAN, wide, l.axes(), true)));
        Value moved = value(run(new Binary(BinaryFunction.SUBTRACT, wide, mean)));
        Value squares = value(run(new Binary(BinaryFunction.MULTIPLY, moved, moved)));
        Value variance = value(run(new Reduce(ReduceFunction.REDUCE_MEAN, squares, l.axes(), true)));
        Value epsilon = value(Tensor.scalar(ElementType.F64, (float) l.epsilon()));
        Value deviation = value(run(
                new Unary(UnaryFunction.SQRT, value(run(new Binary(BinaryFunction.ADD, variance, epsilon))))));
        Value normal = value(run(new Binary(BinaryFunction.DIVIDE, moved, deviation)));
        Value scale = value(run(new Cast(value(l.scale()), ElementType.F64, true)));
        Value bias = value(run(new Cast(value(l.bias()), ElementType.F64, true)));
        Value scaled = value(run(new Binary(BinaryFunction.MULTIPLY, normal, scale)));
        return run(new Cast(value(run(new Binary(BinaryFunction.ADD, scaled, bias))), x.element(), true));
    }

    // Movements.

    private long[] numbers(Extents e) {
        return switch (e) {
            case Extents.Fixed f -> f.values().stream().mapToLong(n -> n).toArray();
            case Extents.Computed c -> tensor(c.tensor()).toLongArray();
        };
    }

    private Tensor shuffle(Layer.Shuffle l) {
        Tensor x = tensor(l.x());
        Tensor moved = l.transpose().map(p -> run(new Transpose(value(x), p))).orElse(x);
        if (l.reshape().isEmpty()) {
            return moved;
        }
        long[] dims = numbers(l.reshape().get());
        long rest = 1;
        int open = -1;
        for (int i = 0; i < dims.length; i++) {
            dims[i] = dims[i] == 0 && l.zeroIsPlaceholder() ? moved.dim(i) : dims[i];
            open = dims[i] == -1 ? i : open;
            rest *= dims[i] == -1 ? 1 : dims[i];
        }
        if (open >= 0) {
            dims[open] = moved.size() / rest;
        }
        return moved.reshape(dims);
    }

    private Tensor squeeze(Layer.Squeeze l) {
        Tensor x = tensor(l.x());
        List<Long> dims = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            if (!l.axes().contains(i)) {
                dims.add(x.dim(i));
            }
        }
        return x.reshape(array(dims));
    }

    private Tensor unsqueeze(Layer.Unsqueeze l) {
        Tensor x = tensor(l.x());
        List<Long> dims = new ArrayList<>(Arrays.stream(x.dims()).boxed().toList());
        l.axes().stream().sorted().forEach(a -> dims.add(a, 1L));
        return x.reshape(array(dims));
    }

    private static long[] array(List<Long> all) {
        return all.stream().mapToLong(n -> n).toArray();
    }

    private Tensor slice(Layer.Slice l) {
        Tensor x = tensor(l.x());
        long[] start = numbers(l.start());
        long[] size = numbers(l.size());
        long[] stride = numbers(l.stride());
        Tensor out = Tensor.zeros(x.element(), size);
        Tensor fill = l.fill().map(this::tensor).orElse(x);
        long[] at = new long[x.rank()];
        for (long i = 0; i < out.size(); i++) {
            long rest = i;
            long from = 0;
            for (int a = x.rank() - 1; a >= 0; a--) {
                at[a] = start[a] + rest % size[a] * stride[a];
                rest /= size[a];
            }
            for (int a = 0; a < x.rank() && from >= 0; a++) {
                long inside = inside(at[a], x.dim(a), l.mode());
                from = inside < 0 ? -1 : from * x.dim(a) + inside;
            }
            if (from >= 0) {
                out.copyElement(i, x, from);
            } else {
                out.copyElement(i, fill, 0);
            }
        }
        return out;
    }

    /** The index that stands for {@code i} along an axis of {@code n}; -1 for the value to fill in. */
    private static long inside(long i, long n, Layer.SampleMode mode) {
        if (i >= 0 && i < n) {
            return i;
        }
        return switch (mode) {
            case STRICT_BOUNDS -> throw new IllegalArgumentException("Slice reads at " + i + " of " + n);
            case FILL -> -1;
            case CLAMP -> Math.clamp(i, 0, n - 1);
            case WRAP -> Math.floorMod(i, n);
            case REFLECT -> {
                long period = Math.max(1, 2 * (n - 1));
                long turn = Math.floorMod(i, period);
                yield turn < n ? turn : period - turn;
            }
        };
    }

    private static ResizeMode mode(Layer.InterpolationMode mode) {
        return ResizeMode.valueOf(mode.name());
    }

    private Tensor resize(Layer.Resize l) {
        return run(new Resize(
                value(l.x()),
                Optional.empty(),
                Optional.empty(),
                Shape.of(LongStream.of(numbers(l.size())).mapToObj(Dim::of).toArray(Dim[]::new)),
                mode(l.mode()),
                switch (l.coordinates()) {
                    case ALIGN_CORNERS -> CoordinateMode.ALIGN_CORNERS;
                    case ASYMMETRIC -> CoordinateMode.ASYMMETRIC;
                    case HALF_PIXEL ->
                        l.upperForSinglePixel() ? CoordinateMode.PYTORCH_HALF_PIXEL : CoordinateMode.HALF_PIXEL;
                },
                switch (l.rounding()) {
                    case HALF_UP -> NearestMode.ROUND_PREFER_CEIL;
                    case HALF_DOWN -> NearestMode.ROUND_PREFER_FLOOR;
                    case FLOOR -> NearestMode.FLOOR;
                    case CEIL -> NearestMode.CEIL;
                },
                l.cubicCoefficient(),
                l.excludeOutside(),
                0,
                false));
    }

    // Indices.

    private static void requireIndices(Tensor indices, long n) {
        for (long i = 0; i < indices.size(); i++) {
            if (indices.getLong(i) < 0 || indices.getLong(i) >= n) {
                throw new IllegalArgumentException("index " + indices.getLong(i) + " into " + n);
            }
        }
    }

    private Tensor gather(Layer.Gather l) {
        Tensor indices = tensor(l.indices());
        Value data = value(l.data());
        Value i = value(indices);
        return switch (l.mode()) {
            case DEFAULT -> {
                requireIndices(indices, tensor(l.data()).dim(l.axis()));
                yield run(new dev.lathe.ir.op.Gather(data, i, l.axis()));
            }
            case ELEMENT -> {
                requireIndices(indices, tensor(l.data()).dim(l.axis()));
                yield run(new dev.lathe.ir.op.GatherElements(data, i, l.axis()));
            }
            case ND -> {
                requireTuples(indices, tensor(l.data()), l.elementwiseDims());
                yield run(new dev.lathe.ir.op.GatherNd(data, i, l.elementwiseDims()));
            }
        };
    }

    private static void requireTuples(Tensor indices, Tensor data, int batch) {
        long tuple = indices.dim(indices.rank() - 1);
        for (long i = 0; i < indices.size(); i++) {
            long n = data.dim((int) (batch + i % tuple));
            if (indices.getLong(i) < 0 || indices.getLong(i) >= n) {
                throw new IllegalArgumentException("index " + indices.getLong(i) + " into " + n);
            }
        }
    }

    private Tensor scatter(Layer.Scatter l) {
        Tensor indices = tensor(l.indices());
        Tensor data = tensor(l.data());
        var reduction = dev.lathe.ir.op.ScatterReduction.NONE;
        if (l.mode() == Layer.ScatterMode.ND) {
            requireTuples(indices, data, 0);
            return run(new dev.lathe.ir.op.ScatterNd(value(data), value(indices), value(l.updates()), reduction));
        }
        requireIndices(indices, data.dim(l.axis()));
        return run(new dev.lathe.ir.op.ScatterElements(
                value(data), value(indices), value(l.updates()), l.axis(), reduction));
    }

    private List<Tensor> topK(Layer.TopK l) {
        return all(
                new TopK(value(l.x()), Dim.of(numbers(l.k())[0]), l.axis(), l.op() == Layer.TopKOperation.MAX, true));
    }

    /** By image and score, as the layer orders what it selects. */
    private List<Tensor> nonMaxSuppression(Layer.NonMaxSuppression l) {
        Tensor scores = run(new Transpose(value(l.scores()), List.of(0, 2, 1)));
        Tensor found = run(new dev.lathe.ir.op.NonMaxSuppression(
                value(l.boxes()),
                value(scores),
                Optional.of(value(Net.as(tensor(l.maxOutput()), ElementType.I64))),
                l.iouThreshold().map(this::value),
                l.scoreThreshold().map(this::value),
                l.format() == Layer.BoxFormat.CENTER_SIZES,
                Dim.symbol("n")));
        List<long[]> rows = new ArrayList<>();
        for (long i = 0; i < found.dim(0); i++) {
            rows.add(new long[] {found.getLong(3 * i), found.getLong(3 * i + 1), found.getLong(3 * i + 2)});
        }
        Comparator<long[]> byScore = Comparator.comparingDouble(
                r -> -scores.getDouble((r[0] * scores.dim(1) + r[1]) * scores.dim(2) + r[2]));
        rows.sort(Comparator.<long[]>comparingLong(r -> r[0]).thenComparing(byScore));
        Tensor ordered = Tensor.of(rows.stream().flatMapToLong(Arrays::stream).toArray(), rows.size(), 3);
        return List.of(ordered, Tensor.scalar(ElementType.I32, rows.size()));
    }

    private Tensor fill(Layer.Fill l) {
        Tensor alpha = tensor(l.alpha());
        Tensor beta = tensor(l.beta());
        long[] size = numbers(l.size());
        Shape shape = Shape.of(LongStream.of(size).mapToObj(Dim::of).toArray(Dim[]::new));
        return switch (l.op()) {
            case RANDOM_UNIFORM ->
                run(new RandomUniform(shape, alpha.element(), alpha.getDouble(0), beta.getDouble(0), Optional.empty()));
            case RANDOM_NORMAL ->
                run(new RandomNormal(shape, alpha.element(), alpha.getDouble(0), beta.getDouble(0), Optional.empty()));
            case LINSPACE -> {
                Tensor out = Tensor.zeros(alpha.element(), size);
                for (long i = 0; i < out.size(); i++) {
                    if (alpha.element().isFloat()) {
                        out.setDouble(i, alpha.getDouble(0) + i * beta.getDouble(0));
                    } else {
                        out.setLong(i, alpha.getLong(0) + i * beta.getLong(0));
                    }
                }
                yield out;
            }
        };
    }

    // Quantized numbers.

    /** The scale of each element of {@code x}. */
    private Tensor scales(NetworkTensor x, NetworkTensor scale, int axis) {
        Tensor s = run(new Cast(value(scale), ElementType.F64, true));
        Tensor data = tensor(x);
        if (s.rank() == 1) {
            long[] dims = new long[data.rank()];
            Arrays.fill(dims, 1);
            dims[axis] = s.dim(0);
            s = s.reshape(dims);
        }
        Tensor all = Tensor.zeros(ElementType.F64, data.dims());
        if (s.rank() < 2) {
            return run(new Broadcast(value(s), data.shape()));
        }
        for (long i = 0; i < all.size(); i++) {
            long rest = i;
            long from = 0;
            long step = 1;
            for (int a = data.rank() - 1; a >= 0; a--) {
                long block = data.dim(a) / s.dim(a);
                from += rest % data.dim(a) / block * step;
                step *= s.dim(a);
                rest /= data.dim(a);
            }
            all.setDouble(i, s.getDouble(from));
        }
        return all;
    }

    private Tensor quantize(Layer.Quantize l) {
        Value x = value(run(new Cast(value(l.x()), ElementType.F64, true)));
        Tensor y = run(new Binary(BinaryFunction.DIVIDE, x, value(scales(l.x(), l.scale(), l.axis()))));
        Tensor out = Tensor.zeros(l.to().element(), y.dims());
        for (long i = 0; i < y.size(); i++) {
            if (l.to() == DataType.FP8) {
                out.setRounded(i, y.getDouble(i), true);
            } else {
                double most = Math.pow(2, l.to().element().bits() - 1);
                out.setLong(i, (long) Math.clamp(Math.rint(y.getDouble(i)), -most, most - 1));
            }
        }
        return out;
    }

    private Tensor dequantize(Layer.Dequantize l) {
        Value x = value(run(new Cast(value(l.x()), ElementType.F64, true)));
        Tensor y = run(new Binary(BinaryFunction.MULTIPLY, x, value(scales(l.x(), l.scale(), l.axis()))));
        return run(new Cast(value(y), l.to().element(), true));
    }

    // Loops.

    /** Parts along a new first axis of size {@code length}; what no iteration gave is zeros. */
    static Tensor stacked(List<Tensor> parts, long length, Tensor part) {
        long[] inner = part.dims();
        long[] dims =
                LongStream.concat(LongStream.of(length), Arrays.stream(inner)).toArray();
        Tensor out = Tensor.zeros(part.element(), dims);
        long size = Arrays.stream(inner).reduce(1, Math::multiplyExact);
        for (int p = 0; p < parts.size(); p++) {
            for (long i = 0; i < size; i++) {
                out.copyElement(p * size + i, parts.get(p), i);
            }
        }
        return out;
    }
}
