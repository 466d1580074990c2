package dev.lathe.backend.tensorrt;

import dev.lathe.backend.tensorrt.Layer.UnaryOperation;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ResizeEvaluation;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Resizing: by a Resize layer where it has the same positions, else axis by axis. Along an axis whose sizes and scale
 * are known, indices or weights are constants; along another, {@link ResizedAxis} computes them in the network.
 */
final class ResizeLowering {
    private final Lowering lowering;

    ResizeLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    NetworkTensor lower(Resize op) {
        NetworkTensor x = lowering.tensor(op.x());
        if (x.rank() == 0) {
            return x;
        }
        if (x.type().isFloat() && isLayer(op)) {
            return layer(op, x);
        }
        boolean rounds = op.mode() != ResizeMode.NEAREST && !x.type().isFloat();
        if (rounds && !isExactInFloats(op.x())) {
            throw new LayerException("interpolation of " + x.type(), "cast the operand to f32");
        }
        NetworkTensor y = rounds ? net().cast(x, DataType.FLOAT) : x;
        List<NetworkTensor> outside = new ArrayList<>();
        for (int axis = 0; axis < x.rank(); axis++) {
            y = resized(op, y, axis, outside);
        }
        for (NetworkTensor mask : outside) {
            y = net().select(mask, net().like(y, op.extrapolation()), y);
        }
        return rounds ? net().cast(net().unary(UnaryOperation.ROUND, y), x.type()) : y;
    }

    private boolean isExactInFloats(Value x) {
        TensorType t = x.tensorType();
        return t.element().bits() <= 16 || ElementwiseLowering.isExactInFloats(lowering.range(x));
    }

    private NetworkTensor layer(Resize op, NetworkTensor x) {
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

    /** Along one axis; where positions are outside of the region, a mask of them is added to {@code outside}. */
    private NetworkTensor resized(Resize op, NetworkTensor x, int axis, List<NetworkTensor> outside) {
        Dim from = op.x().tensorType().dim(axis);
        Dim to = op.shape().dim(axis);
        boolean plain = op.coordinates() != CoordinateMode.TF_CROP_AND_RESIZE;
        if (plain && from.equals(to) && scaleFollows(op, axis)) {
            return x;
        }
        Optional<Tensor> scales = op.scales().flatMap(lowering::constant);
        Optional<Tensor> roi = op.roi().flatMap(lowering::constant);
        boolean known = from.isConstant()
                && to.isConstant()
                && op.scales().isPresent() == scales.isPresent()
                && op.roi().isPresent() == roi.isPresent();
        Known all = new Known(op, axis, scales, roi);
        return known && all.isInside(from.constant(), to.constant())
                ? byConstants(all, x, from.constant(), to.constant())
                : new ResizedAxis(lowering, op, axis).of(x, outside);
    }

    /** What resizing the unit vectors gives is the weights, and resizing the indices is the indices. */
    private NetworkTensor byConstants(Known known, NetworkTensor x, long n, long m) {
        int axis = known.axis;
        if (known.op.mode() == ResizeMode.NEAREST) {
            Tensor numbers = Tensor.zeros(ElementType.F64, n);
            for (long i = 0; i < n; i++) {
                numbers.setDouble(i, i);
            }
            Tensor indices = known.along(numbers, m, Double.NaN);
            return net().gather(x, net().constant(Net.as(indices, ElementType.I64)), axis);
        }
        Tensor weights = Tensor.zeros(x.type().element(), n, m);
        for (long i = 0; i < n; i++) {
            Tensor unit = Tensor.zeros(ElementType.F64, n);
            unit.setDouble(i, 1);
            Tensor column = known.along(unit, m, 0);
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

    /** An axis whose sizes and scale are known. */
    private record Known(Resize op, int axis, Optional<Tensor> scales, Optional<Tensor> roi) {
        boolean isInside(long n, long m) {
            Tensor resized = along(Tensor.zeros(ElementType.F64, n), m, Double.NaN);
            for (long i = 0; i < resized.size(); i++) {
                if (Double.isNaN(resized.getDouble(i))) {
                    return false;
                }
            }
            return true;
        }

        /** A vector resized as the op resizes the axis. */
        Tensor along(Tensor x, long size, double outside) {
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
}
