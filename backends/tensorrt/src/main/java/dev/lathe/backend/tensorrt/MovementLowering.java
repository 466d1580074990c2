package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ResizeEvaluation;
import dev.lathe.ir.op.BitCast;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.Movement;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Movements: Shuffle, Slice, Concatenation and Resize layers. Quantized numbers move as they are. */
final class MovementLowering {
    private final Lowering lowering;

    MovementLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    NetworkTensor lower(Movement op, Value result) {
        return switch (op) {
            case Reshape m ->
                reshape(
                        lowering.raw(m.x()),
                        m.x().tensorType().shape().dims(),
                        m.shape().dims());
            case Transpose m -> net().transpose(lowering.raw(m.x()), m.perm());
            case Broadcast m ->
                broadcast(
                        lowering.raw(m.x()),
                        m.x().tensorType().shape().dims(),
                        m.shape().dims());
            case Slice m -> slice(m);
            case Concat m -> concat(m);
            case Pad m -> pad(m, result.tensorType());
            case Resize m -> resize(m);
            case BitCast m -> bitCast(m);
        };
    }

    /** A reshape as sizes that are known, as axes of size 1, with one size that follows, or as a computed shape. */
    NetworkTensor reshape(NetworkTensor x, List<Dim> from, List<Dim> to) {
        if (from.equals(to)) {
            return x;
        }
        if (withoutOnes(from).equals(withoutOnes(to))) {
            return net().unsqueeze(net().squeeze(x, ones(from)), ones(to));
        }
        if (to.stream().allMatch(Dim::isConstant)) {
            return net().reshape(x, lowering.extents(to));
        }
        return placeholders(from, to)
                .map(dims ->
                        net().add(new Layer.Shuffle(x, Optional.empty(), Optional.of(new Extents.Fixed(dims)), true)))
                .orElseGet(() -> net().reshape(x, lowering.extents(to)));
    }

    private static List<Dim> withoutOnes(List<Dim> dims) {
        return dims.stream().filter(d -> !d.isConstant(1)).toList();
    }

    private static List<Integer> ones(List<Dim> dims) {
        return Net.axes(0, dims.size()).stream()
                .filter(i -> dims.get(i).isConstant(1))
                .toList();
    }

    /** 0 for the operand's size along the same axis, -1 for one that follows; empty if that does not tell the shape. */
    private static Optional<List<Long>> placeholders(List<Dim> from, List<Dim> to) {
        List<Long> dims = new ArrayList<>();
        for (int i = 0; i < to.size(); i++) {
            Dim d = to.get(i);
            if (d.isConstant(0)) {
                return Optional.empty();
            }
            dims.add(
                    d.isConstant()
                            ? (Long) d.constant()
                            : i < from.size() && from.get(i).equals(d) ? 0L : (Long) NetworkTensor.UNKNOWN);
        }
        return dims.stream().filter(d -> d == NetworkTensor.UNKNOWN).count() <= 1
                ? Optional.of(dims)
                : Optional.empty();
    }

    /** Slices that do not step along axes that are repeated. */
    NetworkTensor broadcast(NetworkTensor x, List<Dim> own, List<Dim> to) {
        if (own.equals(to)) {
            return x;
        }
        List<Dim> from = new ArrayList<>(Collections.nCopies(to.size() - own.size(), Dim.ONE));
        from.addAll(own);
        NetworkTensor wide = net().leading(x, to.size());
        if (from.equals(to)) {
            return wide;
        }
        List<Dim> steps = new ArrayList<>();
        for (int i = 0; i < to.size(); i++) {
            Dim d = from.get(i);
            // A size that may turn out to be 1 is repeated then.
            steps.add(
                    d.equals(to.get(i))
                            ? Dim.ONE
                            : d.isConstant()
                                    ? Dim.of(d.constant() == 1 ? 0 : 1)
                                    : d.minus(1).min(Dim.ONE));
        }
        return net().add(new Layer.Slice(
                wide,
                new Extents.Fixed(Net.repeat(to.size(), 0)),
                lowering.extents(to),
                lowering.extents(steps),
                Layer.SampleMode.STRICT_BOUNDS,
                Optional.empty()));
    }

    private NetworkTensor slice(Slice op) {
        return op.steps().isEmpty()
                ? lowering.raw(op.x())
                : net().slice(
                                lowering.raw(op.x()),
                                lowering.extents(op.starts()),
                                lowering.extents(op.sizes()),
                                op.steps());
    }

    private NetworkTensor concat(Concat op) {
        List<NetworkTensor> raw = op.inputs().stream().map(lowering::raw).toList();
        DataType first = raw.getFirst().type();
        boolean same = first != DataType.UINT8 && raw.stream().allMatch(t -> t.type() == first);
        return net().concat(
                        same ? raw : op.inputs().stream().map(lowering::tensor).toList(), op.axis());
    }

    private NetworkTensor pad(Pad op, TensorType result) {
        NetworkTensor x = lowering.tensor(op.x());
        if (x.rank() == 0) {
            return x;
        }
        boolean bool = x.type() == DataType.BOOL;
        NetworkTensor numbers = bool ? net().cast(x, DataType.INT32) : x;
        Layer.SampleMode mode = switch (op.mode()) {
            case CONSTANT -> Layer.SampleMode.FILL;
            case REFLECT -> Layer.SampleMode.REFLECT;
            case EDGE -> Layer.SampleMode.CLAMP;
            case WRAP -> Layer.SampleMode.WRAP;
        };
        Optional<NetworkTensor> fill = Optional.empty();
        if (mode == Layer.SampleMode.FILL) {
            fill = Optional.of(op.value()
                    .map(v -> net().cast(lowering.tensor(v), numbers.type()))
                    .orElseGet(() -> net().scalar(numbers.type(), 0)));
        }
        NetworkTensor made = net().add(new Layer.Slice(
                numbers,
                lowering.extents(op.before().stream().map(Dim::negate).toList()),
                lowering.extents(result.shape().dims()),
                new Extents.Fixed(Net.repeat(x.rank(), 1)),
                mode,
                fill));
        return bool ? net().cast(made, DataType.BOOL) : made;
    }

    private NetworkTensor bitCast(BitCast op) {
        ElementType from = op.x().tensorType().element();
        boolean integers = from.isInteger() && op.to().isInteger();
        if (!integers && from != op.to()) {
            throw new LayerException("TensorRT has no layer that reads the bits of " + from.text() + " as "
                    + op.to().text());
        }
        return new ElementwiseLowering(lowering)
                .wrapped(
                        net().cast(
                                        lowering.tensor(op.x()),
                                        DataType.carrier(op.to()).orElseThrow()),
                        op.to());
    }

    // Resizing.

    /** By a Resize layer where it has the same positions, else along each axis by indices or weights known before. */
    private NetworkTensor resize(Resize op) {
        NetworkTensor x = lowering.tensor(op.x());
        if (x.rank() == 0) {
            return x;
        }
        if (x.type().isFloat() && isLayer(op)) {
            return net().add(new Layer.Resize(
                    x,
                    lowering.extents(op.shape().dims()),
                    switch (op.mode()) {
                        case NEAREST -> Layer.InterpolationMode.NEAREST;
                        case LINEAR -> Layer.InterpolationMode.LINEAR;
                        case CUBIC -> Layer.InterpolationMode.CUBIC;
                    },
                    switch (op.coordinates()) {
                        case ALIGN_CORNERS -> Layer.CoordinateTransformation.ALIGN_CORNERS;
                        case ASYMMETRIC -> Layer.CoordinateTransformation.ASYMMETRIC;
                        default -> Layer.CoordinateTransformation.HALF_PIXEL;
                    },
                    switch (op.nearest()) {
                        case ROUND_PREFER_FLOOR -> Layer.RoundMode.HALF_DOWN;
                        case ROUND_PREFER_CEIL -> Layer.RoundMode.HALF_UP;
                        case FLOOR -> Layer.RoundMode.FLOOR;
                        case CEIL -> Layer.RoundMode.CEIL;
                    },
                    op.coordinates() == CoordinateMode.PYTORCH_HALF_PIXEL,
                    op.cubicCoefficient(),
                    op.excludeOutside()));
        }
        NetworkTensor y = x;
        for (int axis = 0; axis < x.rank(); axis++) {
            y = resized(op, y, axis);
        }
        return y;
    }

    /** Whether a Resize layer, which knows sizes and no scales, gives the same. */
    private boolean isLayer(Resize op) {
        boolean coordinates = switch (op.coordinates()) {
            case HALF_PIXEL, PYTORCH_HALF_PIXEL, ALIGN_CORNERS, ASYMMETRIC -> true;
            case HALF_PIXEL_SYMMETRIC, TF_HALF_PIXEL_FOR_NN, TF_CROP_AND_RESIZE -> false;
        };
        int rank = op.shape().rank();
        int inner = op.mode() == ResizeMode.NEAREST ? rank : op.mode() == ResizeMode.LINEAR ? 3 : 2;
        for (int i = 0; i < rank; i++) {
            Dim from = op.x().tensorType().dim(i);
            if (!from.equals(op.shape().dim(i)) && i < rank - inner || !scaleFollows(op, i)) {
                return false;
            }
        }
        return coordinates && !op.antialias();
    }

    /** Whether the scale of an axis is the ratio of its sizes. */
    private boolean scaleFollows(Resize op, int axis) {
        if (op.scales().isEmpty()) {
            return true;
        }
        Optional<Tensor> scales = lowering.constant(op.scales().get());
        Dim from = op.x().tensorType().dim(axis);
        Dim to = op.shape().dim(axis);
        if (scales.isEmpty()) {
            return false;
        }
        double scale = scales.get().getDouble(axis);
        return from.isConstant() && to.isConstant()
                ? Math.abs(to.constant() - from.constant() * scale) < 1e-6 * to.constant()
                : scale == Math.rint(scale) && to.equals(from.times((long) scale));
    }

    /** Along one axis: what resizing the unit vectors gives is the weights, and resizing the indices is the indices. */
    private NetworkTensor resized(Resize op, NetworkTensor x, int axis) {
        Dim from = op.x().tensorType().dim(axis);
        Dim to = op.shape().dim(axis);
        boolean plain = op.coordinates() != CoordinateMode.TF_CROP_AND_RESIZE;
        if (plain && from.equals(to) && scaleFollows(op, axis)) {
            return x;
        }
        Optional<Tensor> scales = op.scales().flatMap(lowering::constant);
        Optional<Tensor> roi = op.roi().flatMap(lowering::constant);
        if (!from.isConstant()
                || !to.isConstant()
                || op.scales().isPresent() != scales.isPresent()
                || op.roi().isPresent() != roi.isPresent()) {
            throw new LayerException(
                    "resizing with " + op.coordinates() + " by sizes or scales that only a run tells",
                    "give the shapes of inputs with --shape");
        }
        long n = from.constant();
        long m = to.constant();
        if (op.mode() == ResizeMode.NEAREST) {
            Tensor numbers = Tensor.zeros(ElementType.F64, n);
            for (long i = 0; i < n; i++) {
                numbers.setDouble(i, i);
            }
            Tensor indices = along(op, numbers, axis, m, scales, roi, Double.NaN);
            requireInside(indices);
            return net().gather(x, net().constant(Net.as(indices, ElementType.I64)), axis);
        }
        requireInside(along(op, Tensor.zeros(ElementType.F64, n), axis, m, scales, roi, Double.NaN));
        if (!x.type().isFloat()) {
            throw new LayerException("interpolation of " + x.type(), "cast the operand to f32");
        }
        Tensor weights = Tensor.zeros(x.type().element(), n, m);
        for (long i = 0; i < n; i++) {
            Tensor unit = Tensor.zeros(ElementType.F64, n);
            unit.setDouble(i, 1);
            Tensor column = along(op, unit, axis, m, scales, roi, 0);
            for (long j = 0; j < m; j++) {
                weights.setDouble(i * m + j, column.getDouble(j));
            }
        }
        List<Integer> last = new ArrayList<>(Net.axes(0, axis));
        last.addAll(Net.axes(axis + 1, x.rank()));
        last.add(axis);
        List<Integer> back = new ArrayList<>(Net.axes(0, x.rank() - 1));
        back.add(axis, x.rank() - 1);
        NetworkTensor rows = net().transpose(x, last);
        boolean vector = rows.rank() == 1;
        rows = vector ? net().unsqueeze(rows, List.of(0)) : rows;
        NetworkTensor made =
                net().add(new Layer.MatrixMultiply(rows, net().leading(net().constant(weights), rows.rank())));
        return net().transpose(vector ? net().squeeze(made, List.of(0)) : made, back);
    }

    private static void requireInside(Tensor resized) {
        for (long i = 0; i < resized.size(); i++) {
            if (Double.isNaN(resized.getDouble(i))) {
                throw new LayerException("a region that reaches outside of the image");
            }
        }
    }

    /** A vector resized as {@code op} resizes an axis. */
    private static Tensor along(
            Resize op, Tensor x, int axis, long size, Optional<Tensor> scales, Optional<Tensor> roi, double outside) {
        int rank = op.shape().rank();
        ResizeEvaluation.Rule rule = new ResizeEvaluation.Rule(
                op.mode(),
                op.coordinates(),
                op.nearest(),
                op.cubicCoefficient(),
                op.excludeOutside(),
                outside,
                op.antialias());
        return ResizeEvaluation.resize(
                rule,
                x,
                scales.map(s -> Tensor.of(new double[] {s.getDouble(axis)}, 1)),
                roi.map(r -> Tensor.of(new double[] {r.getDouble(axis), r.getDouble((long) rank + axis)}, 2)),
                new long[] {size});
    }
}
