package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Gelu;
import dev.lathe.ir.composite.RotaryEmbedding;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
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
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.RandomNormal;
import dev.lathe.ir.op.RandomUniform;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.op.Select;
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
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * What the layers compute that stand in no loop or conditional, given what they read. Where an op of the IR means the
 * same, the reference evaluator computes it; indices that TensorRT leaves undefined are errors.
 */
final class LayerMeaning {
    private final ReferenceOps ops;
    private final IndexMeaning indices;
    private final QuantizedMeaning quantized;

    LayerMeaning(Function<NetworkTensor, Tensor> operands) {
        this.ops = new ReferenceOps(operands);
        this.indices = new IndexMeaning(ops);
        this.quantized = new QuantizedMeaning(ops);
    }

    List<Tensor> of(Layer layer) {
        return switch (layer) {
            case Layer.Unary l -> one(unary(l));
            case Layer.ElementWise l -> one(elementWise(l));
            case Layer.Activation l -> one(activation(l));
            case Layer.Select l ->
                one(ops.run(new Select(ops.value(l.condition()), ops.value(l.x()), ops.value(l.y()))));
            case Layer.Cast l -> one(ops.run(new Cast(ops.value(l.x()), l.to().element(), true)));
            case Layer.MatrixMultiply l -> one(ops.run(new MatMul(ops.value(l.x()), ops.value(l.y()))));
            case Layer.Convolution l ->
                one(ops.run(new Conv(
                        ops.value(l.x()),
                        ops.value(l.kernel()),
                        new Window(l.at().stride(), pads(l.at().before(), l.at().after()), l.at().dilation()),
                        l.groups(),
                        ChannelLayout.CHANNELS_FIRST)));
            case Layer.Deconvolution l ->
                one(ops.run(new ConvTranspose(
                        ops.value(l.x()),
                        ops.value(l.kernel()),
                        new TransposedWindow(
                                l.at().stride(),
                                pads(l.at().before(), l.at().after()),
                                Net.repeat(l.at().stride().size(), 0),
                                l.at().dilation()),
                        l.groups(),
                        ChannelLayout.CHANNELS_FIRST)));
            case Layer.Attention l ->
                one(ops.run(new ScaledDotProductAttention(
                        ops.value(l.q()),
                        ops.value(l.k()),
                        ops.value(l.v()),
                        l.mask().map(ops::value),
                        1)));
            case Layer.RotaryEmbedding l ->
                one(ops.run(new RotaryEmbedding(
                        ops.value(l.x()), ops.value(l.cos()), ops.value(l.sin()), l.interleaved())));
            case Layer.Reduce l ->
                one(ops.run(new Reduce(
                        switch (l.op()) {
                            case SUM -> ReduceFunction.REDUCE_SUM;
                            case PROD -> ReduceFunction.REDUCE_PROD;
                            case MAX -> ReduceFunction.REDUCE_MAX;
                            case MIN -> ReduceFunction.REDUCE_MIN;
                            case AVG -> ReduceFunction.REDUCE_MEAN;
                        },
                        ops.value(l.x()),
                        l.axes(),
                        l.keep())));
            case Layer.Pooling l -> one(pooling(l));
            case Layer.SoftMax l -> one(ops.run(new Softmax(ops.value(l.x()), l.axis())));
            case Layer.Normalization l -> one(normalization(l));
            case Layer.Cumulative l ->
                one(ops.run(new Cumulative(
                        CumulativeFunction.CUM_SUM, ops.value(l.x()), l.axis(), l.exclusive(), l.reverse())));
            case Layer.Constant l -> one(l.value());
            case Layer.Shape l -> one(Tensor.vector(ops.tensor(l.x()).dims()));
            case Layer.Shuffle l -> one(shuffle(l));
            case Layer.Squeeze l -> one(squeeze(l));
            case Layer.Unsqueeze l -> one(unsqueeze(l));
            case Layer.Concatenation l ->
                one(ops.run(new Concat(l.inputs().stream().map(ops::value).toList(), l.axis())));
            case Layer.Slice l -> one(slice(l));
            case Layer.Resize l -> one(resize(l));
            case Layer.Gather l -> one(indices.gather(l));
            case Layer.Scatter l -> one(indices.scatter(l));
            case Layer.NonZero l -> one(ops.run(new NonZero(ops.value(l.x()), Dim.symbol("n"))));
            case Layer.TopK l -> indices.topK(l);
            case Layer.NonMaxSuppression l -> indices.nonMaxSuppression(l);
            case Layer.GridSample l ->
                one(ops.run(new GridSample(
                        ops.value(l.x()),
                        ops.value(l.grid()),
                        mode(l.mode()),
                        switch (l.outside()) {
                            case FILL -> GridPadding.ZEROS;
                            case CLAMP -> GridPadding.BORDER;
                            default -> GridPadding.REFLECTION;
                        },
                        l.alignCorners())));
            case Layer.Fill l -> one(fill(l));
            case Layer.Quantize l -> one(quantized.quantize(l));
            case Layer.Dequantize l -> one(quantized.dequantize(l));
            default -> throw new IllegalStateException("no meaning of " + layer);
        };
    }

    private static List<Tensor> one(Tensor t) {
        return List.of(t);
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
        return ops.run(new Unary(function, ops.value(l.x())));
    }

    private Tensor elementWise(Layer.ElementWise l) {
        Value x = ops.value(l.x());
        Value y = ops.value(l.y());
        return switch (l.op()) {
            case SUM -> ops.run(new Binary(BinaryFunction.ADD, x, y));
            case PROD -> ops.run(new Binary(BinaryFunction.MULTIPLY, x, y));
            case MAX -> ops.run(new Binary(BinaryFunction.MAX, x, y));
            case MIN -> ops.run(new Binary(BinaryFunction.MIN, x, y));
            case SUB -> ops.run(new Binary(BinaryFunction.SUBTRACT, x, y));
            case DIV -> ops.run(new Binary(BinaryFunction.DIVIDE, x, y));
            case POW -> ops.run(new Binary(BinaryFunction.POW, x, y));
            case FLOOR_DIV -> floorDivision(x, y);
            case AND -> ops.run(new Binary(BinaryFunction.AND, x, y));
            case OR -> ops.run(new Binary(BinaryFunction.OR, x, y));
            case XOR -> ops.run(new Binary(BinaryFunction.XOR, x, y));
            case EQUAL -> ops.run(new Compare(Comparison.EQUAL, x, y));
            case GREATER -> ops.run(new Compare(Comparison.GREATER, x, y));
            case LESS -> ops.run(new Compare(Comparison.LESS, x, y));
        };
    }

    private Tensor floorDivision(Value x, Value y) {
        if (x.tensorType().element().isFloat()) {
            return ops.run(new Unary(UnaryFunction.FLOOR, ops.value(ops.run(new Binary(BinaryFunction.DIVIDE, x, y)))));
        }
        // x less what remains is a multiple of y, and what remains has the sign of y.
        Tensor rest = ops.run(new Binary(BinaryFunction.MOD, x, y));
        Tensor multiple = ops.run(new Binary(BinaryFunction.SUBTRACT, x, ops.value(rest)));
        return ops.run(new Binary(BinaryFunction.DIVIDE, ops.value(multiple), y));
    }

    private Tensor activation(Layer.Activation l) {
        Value x = ops.value(l.x());
        return switch (l.type()) {
            case RELU -> ops.run(new Unary(UnaryFunction.RELU, x));
            case SIGMOID -> ops.run(new Unary(UnaryFunction.SIGMOID, x));
            case TANH -> ops.run(new Unary(UnaryFunction.TANH, x));
            case GELU_ERF -> ops.run(new Gelu(x, false));
            case GELU_TANH -> ops.run(new Gelu(x, true));
        };
    }

    /** Rounded up, there are also windows that begin in the padding after the elements. */
    private Tensor pooling(Layer.Pooling l) {
        Tensor x = ops.tensor(l.x());
        List<Long> after = new ArrayList<>(l.after());
        for (int i = 0; l.roundUp() && i < after.size(); i++) {
            long room = x.dim(i + 2)
                    + l.before().get(i)
                    + l.after().get(i)
                    - l.window().get(i);
            long stride = l.stride().get(i);
            after.set(i, after.get(i) + Math.ceilDiv(room, stride) * stride - room);
        }
        return ops.run(new Pool(
                l.type() == Layer.PoolingType.MAX
                        ? PoolFunction.MAX_POOL
                        : l.excludesPadding() ? PoolFunction.AVERAGE_POOL : PoolFunction.AVERAGE_POOL_PADDED,
                ops.value(x),
                l.window(),
                new Window(
                        l.stride(),
                        pads(l.before(), after),
                        Net.repeat(l.stride().size(), 1)),
                false,
                ChannelLayout.CHANNELS_FIRST));
    }

    private Tensor normalization(Layer.Normalization l) {
        Tensor x = ops.tensor(l.x());
        Value wide = ops.value(ops.run(new Cast(ops.value(x), ElementType.F64, true)));
        Value mean = ops.value(ops.run(new Reduce(ReduceFunction.REDUCE_MEAN, wide, l.axes(), true)));
        Value moved = ops.value(ops.run(new Binary(BinaryFunction.SUBTRACT, wide, mean)));
        Value squares = ops.value(ops.run(new Binary(BinaryFunction.MULTIPLY, moved, moved)));
        Value variance = ops.value(ops.run(new Reduce(ReduceFunction.REDUCE_MEAN, squares, l.axes(), true)));
        Value epsilon = ops.value(Tensor.scalar(ElementType.F64, (float) l.epsilon()));
        Value deviation = ops.value(ops.run(
                new Unary(UnaryFunction.SQRT, ops.value(ops.run(new Binary(BinaryFunction.ADD, variance, epsilon))))));
        Value normal = ops.value(ops.run(new Binary(BinaryFunction.DIVIDE, moved, deviation)));
        Value scale = ops.value(ops.run(new Cast(ops.value(l.scale()), ElementType.F64, true)));
        Value bias = ops.value(ops.run(new Cast(ops.value(l.bias()), ElementType.F64, true)));
        Value scaled = ops.value(ops.run(new Binary(BinaryFunction.MULTIPLY, normal, scale)));
        return ops.run(new Cast(ops.value(ops.run(new Binary(BinaryFunction.ADD, scaled, bias))), x.element(), true));
    }

    // Movements.

    private Tensor shuffle(Layer.Shuffle l) {
        Tensor x = ops.tensor(l.x());
        Tensor moved =
                l.transpose().map(p -> ops.run(new Transpose(ops.value(x), p))).orElse(x);
        if (l.reshape().isEmpty()) {
            return moved;
        }
        long[] dims = ops.numbers(l.reshape().get());
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
        Tensor x = ops.tensor(l.x());
        List<Long> dims = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            if (!l.axes().contains(i)) {
                dims.add(x.dim(i));
            }
        }
        return x.reshape(array(dims));
    }

    private Tensor unsqueeze(Layer.Unsqueeze l) {
        Tensor x = ops.tensor(l.x());
        List<Long> dims = new ArrayList<>(Arrays.stream(x.dims()).boxed().toList());
        l.axes().stream().sorted().forEach(a -> dims.add(a, 1L));
        return x.reshape(array(dims));
    }

    private static long[] array(List<Long> all) {
        return all.stream().mapToLong(n -> n).toArray();
    }

    private Tensor slice(Layer.Slice l) {
        Tensor x = ops.tensor(l.x());
        long[] start = ops.numbers(l.start());
        long[] size = ops.numbers(l.size());
        long[] stride = ops.numbers(l.stride());
        Tensor out = Tensor.zeros(x.element(), size);
        Tensor fill = l.fill().map(ops::tensor).orElse(x);
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
        return ops.run(new Resize(
                ops.value(l.x()),
                Optional.empty(),
                Optional.empty(),
                Shape.of(LongStream.of(ops.numbers(l.size())).mapToObj(Dim::of).toArray(Dim[]::new)),
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

    private Tensor fill(Layer.Fill l) {
        Tensor alpha = ops.tensor(l.alpha());
        Tensor beta = ops.tensor(l.beta());
        long[] size = ops.numbers(l.size());
        Shape shape = Shape.of(LongStream.of(size).mapToObj(Dim::of).toArray(Dim[]::new));
        return switch (l.op()) {
            case RANDOM_UNIFORM ->
                ops.run(new RandomUniform(
                        shape, alpha.element(), alpha.getDouble(0), beta.getDouble(0), Optional.empty()));
            case RANDOM_NORMAL ->
                ops.run(new RandomNormal(
                        shape, alpha.element(), alpha.getDouble(0), beta.getDouble(0), Optional.empty()));
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
