package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.composite.Gelu;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.composite.RotaryEmbedding;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.CompositeOp;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The composites that are layers of TensorRT, where these mean the same; the others are expanded. */
final class CompositeLowering {
    /** Those that may be layers, so passes leave them. */
    static final Set<Class<? extends CompositeOp>> KEPT = Set.of(
            Softmax.class,
            LayerNorm.class,
            Gelu.class,
            ScaledDotProductAttention.class,
            RotaryEmbedding.class,
            Quantize.class,
            Dequantize.class);

    private final Lowering lowering;

    CompositeLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    /** Empty if it must be expanded. */
    Optional<List<NetworkTensor>> lower(CompositeOp op) {
        Optional<NetworkTensor> made = switch (op) {
            case Softmax s -> Optional.of(net().add(new Layer.SoftMax(lowering.tensor(s.x()), s.axis())));
            case Gelu g ->
                Optional.of(net().add(new Layer.Activation(
                        lowering.tensor(g.x()),
                        g.tanhApproximation() ? Layer.ActivationType.GELU_TANH : Layer.ActivationType.GELU_ERF)));
            case LayerNorm n -> layerNorm(n);
            case ScaledDotProductAttention a -> attention(a);
            case RotaryEmbedding r -> rotaryEmbedding(r);
            case Quantize q -> quantize(q);
            case Dequantize d -> dequantize(d);
            default -> Optional.empty();
        };
        return made.map(List::of);
    }

    /** The layer wants a scale and a bias, of one shape. */
    private Optional<NetworkTensor> layerNorm(LayerNorm op) {
        Shape shape = op.scale().or(op::bias).map(v -> v.tensorType().shape()).orElse(Shape.SCALAR);
        boolean same = op.scale().isEmpty()
                || op.bias().isEmpty()
                || op.bias().get().tensorType().shape().equals(shape);
        if (!same || shape.rank() > op.x().tensorType().rank()) {
            return Optional.empty();
        }
        NetworkTensor x = lowering.tensor(op.x());
        return Optional.of(net().add(new Layer.Normalization(
                x,
                factor(op.scale(), shape, x, 1),
                factor(op.bias(), shape, x, 0),
                Net.axes(op.axis(), x.rank()),
                op.epsilon())));
    }

    private NetworkTensor factor(Optional<Value> given, Shape shape, NetworkTensor x, double value) {
        NetworkTensor own = given.map(lowering::tensor)
                .orElseGet(() -> new MovementLowering(lowering)
                        .broadcast(net().scalar(x.type(), value), List.of(), shape.dims()));
        return net().leading(own, x.rank());
    }

    /** The layer has no scale, and values as deep as queries; its mask has all queries and keys. */
    private Optional<NetworkTensor> attention(ScaledDotProductAttention op) {
        Dim depth = op.q().tensorType().dim(3);
        if (!op.v().tensorType().dim(3).equals(depth)) {
            return Optional.empty();
        }
        NetworkTensor q = lowering.tensor(op.q());
        NetworkTensor scaled = op.scale() == 1 ? q : net().product(q, net().like(q, op.scale()));
        Optional<NetworkTensor> mask = op.mask().map(m -> {
            List<Dim> dims = new ArrayList<>(m.tensorType().shape().dims());
            while (dims.size() < 4) {
                dims.addFirst(Dim.ONE);
            }
            List<Dim> whole = new ArrayList<>(dims.subList(0, 2));
            whole.add(op.q().tensorType().dim(2));
            whole.add(op.k().tensorType().dim(2));
            return new MovementLowering(lowering).broadcast(net().leading(lowering.tensor(m), 4), dims, whole);
        });
        return Optional.of(
                net().add(new Layer.Attention(scaled, lowering.tensor(op.k()), lowering.tensor(op.v()), mask)));
    }

    /** The layer wants angles for each of the batch, and an even depth that is known unless all of it turns. */
    private Optional<NetworkTensor> rotaryEmbedding(RotaryEmbedding op) {
        Shape s = op.x().tensorType().shape();
        Dim turned = op.cos().tensorType().dim(2).times(2);
        boolean all = turned.equals(s.dim(3));
        if (!all && !turned.isConstant()) {
            return Optional.empty();
        }
        return Optional.of(net().add(new Layer.RotaryEmbedding(
                lowering.tensor(op.x()),
                angles(op.cos(), s.dim(0)),
                angles(op.sin(), s.dim(0)),
                op.interleaved(),
                all ? 0 : Math.toIntExact(turned.constant()))));
    }

    private NetworkTensor angles(Value v, Dim batch) {
        Shape s = v.tensorType().shape();
        NetworkTensor own = lowering.tensor(v);
        return s.dim(0).equals(batch)
                ? own
                : new MovementLowering(lowering)
                        .broadcast(own, s.dims(), s.with(0, batch).dims());
    }

    // Quantized numbers: TensorRT has them around zero, with scales that are constants.

    private Optional<NetworkTensor> quantize(Quantize op) {
        boolean type = op.to() == ElementType.I8 || op.to() == ElementType.F8E4M3FN;
        ElementType from = op.x().tensorType().element();
        boolean perAxis = lowering.constant(op.x()).isPresent();
        Optional<Tensor> scale = scale(op.scale(), op.x(), op.blockSize(), perAxis, op.to());
        if (!type
                || op.x().tensorType().rank() == 0
                || !op.saturate()
                || op.precision() != from
                || !DataType.carrier(from).map(DataType::isFloat).orElse(false)
                || !isZero(op.zeroPoint())
                || scale.isEmpty()) {
            return Optional.empty();
        }
        NetworkTensor x = lowering.tensor(op.x());
        NetworkTensor factor = net().constant(scale.get());
        return Optional.of(net().add(new Layer.Quantize(
                x,
                factor.type() == DataType.FLOAT ? factor : net().cast(factor, x.type()),
                op.to() == ElementType.I8 ? DataType.INT8 : DataType.FP8,
                axis(scale.get(), op.axis()))));
    }

    private Optional<NetworkTensor> dequantize(Dequantize op) {
        Optional<Tensor> stored = lowering.constant(op.x());
        DataType to = DataType.carrier(op.to()).orElse(DataType.INT32);
        Optional<Tensor> numbers = stored.flatMap(t -> aroundZero(t, op.zeroPoint()));
        NetworkTensor made = stored.isPresent() ? null : lowering.raw(op.x());
        boolean moving = made != null && DataType.QUANTIZED.contains(made.type()) && isZero(op.zeroPoint());
        if (!to.isFloat() || op.x().tensorType().rank() == 0 || numbers.isEmpty() && !moving) {
            return Optional.empty();
        }
        ElementType element =
                numbers.map(Tensor::element).orElse(op.x().tensorType().element());
        Optional<Tensor> scale = scale(op.scale(), op.x(), op.blockSize(), stored.isPresent(), element);
        if (scale.isEmpty()) {
            return Optional.empty();
        }
        NetworkTensor x = numbers.map(t -> net().add(new Layer.Constant(quantized(t.element()), t)))
                .orElseGet(() -> lowering.raw(op.x()));
        return Optional.of(
                net().add(new Layer.Dequantize(x, net().constant(scale.get()), to, axis(scale.get(), op.axis()))));
    }

    private static int axis(Tensor scale, int axis) {
        return scale.rank() == 1 ? axis : 0;
    }

    private static DataType quantized(ElementType element) {
        return switch (element) {
            case I4 -> DataType.INT4;
            case F8E4M3FN -> DataType.FP8;
            default -> DataType.INT8;
        };
    }

    private boolean isZero(Optional<Value> zeroPoint) {
        return zeroPoint.isEmpty()
                || lowering.constant(zeroPoint.get())
                        .filter(CompositeLowering::isZero)
                        .isPresent();
    }

    private static boolean isZero(Tensor t) {
        for (long i = 0; i < t.size(); i++) {
            if (t.getDouble(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Stored numbers less their zero point, if that is one number and what is left fits a type that TensorRT has. */
    private Optional<Tensor> aroundZero(Tensor stored, Optional<Value> zeroPoint) {
        boolean plain = isZero(zeroPoint);
        ElementType element = stored.element();
        if (plain && (element == ElementType.I8 || element == ElementType.I4 || element == ElementType.F8E4M3FN)) {
            return Optional.of(stored);
        }
        Optional<Tensor> zero = zeroPoint
                .flatMap(lowering::constant)
                .filter(z -> z.size() == 1 && z.element().isInteger());
        if (!element.isInteger() || element.bits() > 8 || !plain && zero.isEmpty()) {
            return Optional.empty();
        }
        long less = plain ? 0 : zero.orElseThrow().getLong(0);
        Tensor moved = Tensor.zeros(ElementType.I8, stored.dims());
        for (long i = 0; i < stored.size(); i++) {
            long n = stored.getLong(i) - less;
            if (n < Byte.MIN_VALUE || n > Byte.MAX_VALUE) {
                return Optional.empty();
            }
            moved.setLong(i, n);
        }
        return Optional.of(moved);
    }

    /**
     * Constant scales, all positive: a scalar, one for each position of an axis of weights, or one for each block of a
     * matrix of weights of 4 bits.
     */
    private Optional<Tensor> scale(Value v, Value x, long blockSize, boolean weights, ElementType element) {
        Optional<Tensor> found = lowering.constant(v);
        if (found.isEmpty()
                || !DataType.carrier(found.get().element())
                        .map(DataType::isFloat)
                        .orElse(false)) {
            return Optional.empty();
        }
        Tensor scale = found.get();
        for (long i = 0; i < scale.size(); i++) {
            if (!(scale.getDouble(i) > 0)) {
                return Optional.empty();
            }
        }
        if (scale.size() == 1 && blockSize == 0) {
            return Optional.of(scale.reshape());
        }
        boolean perAxis = weights && blockSize == 0 && scale.rank() == 1;
        boolean blocks = weights
                && blockSize != 0
                && scale.rank() == 2
                && x.tensorType().rank() == 2
                && element == ElementType.I4;
        return perAxis || blocks ? Optional.of(scale) : Optional.empty();
    }
}
