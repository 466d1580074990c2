package dev.lathe.backend.tensorrt;

import dev.lathe.ir.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * A layer of a network, as data. Components that are a {@link NetworkTensor}, or hold one, are what it reads, the
 * others its parameters, by the names and meanings of TensorRT's reference. Enums have TensorRT's names without the
 * {@code k}.
 */
sealed interface Layer {

    // Elementwise.

    enum UnaryOperation {
        EXP,
        LOG,
        SQRT,
        RECIP,
        ABS,
        NEG,
        SIN,
        COS,
        TAN,
        SINH,
        COSH,
        ASIN,
        ACOS,
        ATAN,
        ASINH,
        ACOSH,
        ATANH,
        CEIL,
        FLOOR,
        ERF,
        NOT,
        SIGN,
        ROUND,
        ISNAN
    }

    record Unary(NetworkTensor x, UnaryOperation op) implements Layer {}

    enum ElementWiseOperation {
        SUM,
        PROD,
        MAX,
        MIN,
        SUB,
        DIV,
        POW,
        FLOOR_DIV,
        AND,
        OR,
        XOR,
        EQUAL,
        GREATER,
        LESS
    }

    record ElementWise(NetworkTensor x, NetworkTensor y, ElementWiseOperation op) implements Layer {}

    enum ActivationType {
        RELU,
        SIGMOID,
        TANH,
        GELU_ERF,
        GELU_TANH
    }

    record Activation(NetworkTensor x, ActivationType type) implements Layer {}

    record Select(NetworkTensor condition, NetworkTensor x, NetworkTensor y) implements Layer {}

    record Cast(NetworkTensor x, DataType to) implements Layer {}

    // Products.

    record MatrixMultiply(NetworkTensor x, NetworkTensor y) implements Layer {}

    /** Where the windows of a convolution lie; {@code before} and {@code after} are the paddings. */
    record Placement(List<Long> stride, List<Long> before, List<Long> after, List<Long> dilation) {}

    /** {@code kernel}: {@code [out, in/groups, spatial…]}. */
    record Convolution(NetworkTensor x, NetworkTensor kernel, long groups, Placement at) implements Layer {}

    /** {@code kernel}: {@code [in, out/groups, spatial…]}; the paddings are cut off the result. */
    record Deconvolution(NetworkTensor x, NetworkTensor kernel, long groups, Placement at) implements Layer {}

    /** {@code softmax(q kᵀ + mask) v}, all of rank 4; TensorRT may take it apart where it has no kernel for it. */
    record Attention(NetworkTensor q, NetworkTensor k, NetworkTensor v, Optional<NetworkTensor> mask)
            implements Layer {}

    /**
     * RoPE of {@code [batch, heads, positions, depth]}; {@code cos} and {@code sin} are {@code [batch, positions,
     * pairs]}, of which {@code turned} is twice the last size, or 0 if all of the depth turns.
     */
    record RotaryEmbedding(NetworkTensor x, NetworkTensor cos, NetworkTensor sin, boolean interleaved, int turned)
            implements Layer {}

    // Reductions.

    enum ReduceOperation {
        SUM,
        PROD,
        MAX,
        MIN,
        AVG
    }

    record Reduce(NetworkTensor x, ReduceOperation op, List<Integer> axes, boolean keep) implements Layer {}

    enum PoolingType {
        MAX,
        AVERAGE
    }

    record Pooling(
            NetworkTensor x,
            PoolingType type,
            List<Long> window,
            List<Long> stride,
            List<Long> before,
            List<Long> after,
            boolean roundUp,
            boolean excludesPadding)
            implements Layer {}

    record SoftMax(NetworkTensor x, int axis) implements Layer {}

    record Normalization(NetworkTensor x, NetworkTensor scale, NetworkTensor bias, List<Integer> axes, double epsilon)
            implements Layer {}

    /** The running sum. */
    record Cumulative(NetworkTensor x, int axis, boolean exclusive, boolean reverse) implements Layer {}

    // Movements.

    record Constant(DataType type, Tensor value) implements Layer {}

    record Shape(NetworkTensor x) implements Layer {}

    /** A permutation, then another shape; -1 is what is left, 0 the operand's size if that is a placeholder. */
    record Shuffle(
            NetworkTensor x, Optional<List<Integer>> transpose, Optional<Extents> reshape, boolean zeroIsPlaceholder)
            implements Layer {}

    record Squeeze(NetworkTensor x, List<Integer> axes) implements Layer {}

    record Unsqueeze(NetworkTensor x, List<Integer> axes) implements Layer {}

    record Concatenation(List<NetworkTensor> inputs, int axis) implements Layer {}

    enum SampleMode {
        STRICT_BOUNDS,
        WRAP,
        CLAMP,
        FILL,
        REFLECT
    }

    record Slice(
            NetworkTensor x, Extents start, Extents size, Extents stride, SampleMode mode, Optional<NetworkTensor> fill)
            implements Layer {}

    enum InterpolationMode {
        NEAREST,
        LINEAR,
        CUBIC
    }

    enum CoordinateTransformation {
        ALIGN_CORNERS,
        ASYMMETRIC,
        HALF_PIXEL
    }

    enum RoundMode {
        HALF_UP,
        HALF_DOWN,
        FLOOR,
        CEIL
    }

    /** {@code upperForSinglePixel}: a result of one element along an axis is the first, not the middle one. */
    record Resize(
            NetworkTensor x,
            Extents size,
            InterpolationMode mode,
            CoordinateTransformation coordinates,
            RoundMode rounding,
            boolean upperForSinglePixel,
            double cubicCoefficient,
            boolean excludeOutside)
            implements Layer {}

    // Indices.

    enum GatherMode {
        DEFAULT,
        ELEMENT,
        ND
    }

    record Gather(NetworkTensor data, NetworkTensor indices, GatherMode mode, int axis, int elementwiseDims)
            implements Layer {}

    enum ScatterMode {
        ELEMENT,
        ND
    }

    record Scatter(NetworkTensor data, NetworkTensor indices, NetworkTensor updates, ScatterMode mode, int axis)
            implements Layer {}

    record NonZero(NetworkTensor x) implements Layer {}

    enum TopKOperation {
        MAX,
        MIN
    }

    /** The elements and their INT64 indices. */
    record TopK(NetworkTensor x, TopKOperation op, Extents k, int axis) implements Layer {}

    enum BoxFormat {
        CORNER_PAIRS,
        CENTER_SIZES
    }

    /** The INT64 rows image, class, box, and their number. */
    record NonMaxSuppression(
            NetworkTensor boxes,
            NetworkTensor scores,
            NetworkTensor maxOutput,
            Optional<NetworkTensor> iouThreshold,
            Optional<NetworkTensor> scoreThreshold,
            BoxFormat format)
            implements Layer {}

    record GridSample(
            NetworkTensor x, NetworkTensor grid, InterpolationMode mode, SampleMode outside, boolean alignCorners)
            implements Layer {}

    // Numbers from nothing.

    enum FillOperation {
        LINSPACE,
        RANDOM_UNIFORM,
        RANDOM_NORMAL
    }

    /** {@code alpha} and {@code beta}: start and step, least and greatest, or mean and deviation. */
    record Fill(Extents size, FillOperation op, NetworkTensor alpha, NetworkTensor beta) implements Layer {}

    // Quantized numbers.

    /** Blocks are those of {@code scale}, if it has the rank of {@code x}. */
    record Quantize(NetworkTensor x, NetworkTensor scale, DataType to, int axis) implements Layer {}

    record Dequantize(NetworkTensor x, NetworkTensor scale, DataType to, int axis) implements Layer {}

    // Control flow. Conditionals and loops have numbers, each from 0 on.

    /** Stops the execution with a message where a bool scalar is false. */
    record Assertion(NetworkTensor condition, String message) implements Layer {}

    /** Begins conditional {@code number}. */
    record Conditional(int number, NetworkTensor condition) implements Layer {}

    /** What a branch gives as it is, though it was made outside. */
    record ConditionalInput(int number, NetworkTensor x) implements Layer {}

    record ConditionalOutput(int number, NetworkTensor whenTrue, NetworkTensor whenFalse) implements Layer {}

    /** Begins loop {@code number}. */
    record Loop(int number) implements Layer {}

    enum TripLimitKind {
        COUNT,
        WHILE
    }

    record TripLimit(int number, NetworkTensor limit, TripLimitKind kind) implements Layer {}

    record Recurrence(int number, NetworkTensor initial) implements Layer {}

    /** Says what a recurrence is in the next iteration. */
    record RecurrenceNext(NetworkTensor recurrence, NetworkTensor next) implements Layer {}

    /** The last value of a recurrence. */
    record LastValue(int number, NetworkTensor recurrence) implements Layer {}

    /** What the iterations give, one after the other along a new first axis of size {@code length}. */
    record Collected(int number, NetworkTensor x, NetworkTensor length) implements Layer {}
}
