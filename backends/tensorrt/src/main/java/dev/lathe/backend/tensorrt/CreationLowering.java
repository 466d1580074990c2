package dev.lathe.backend.tensorrt;

import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Creation;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.op.ImageDecode;
import dev.lathe.ir.op.Random;
import dev.lathe.ir.op.RandomNormal;
import dev.lathe.ir.op.RandomUniform;
import dev.lathe.ir.op.Range;
import dev.lathe.ir.op.ReadDims;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.List;
import java.util.Optional;

/** Constants, sizes as data, data as sizes, and Fill layers. */
final class CreationLowering {
    private final Lowering lowering;

    CreationLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    List<NetworkTensor> lower(Creation op) {
        return switch (op) {
            case Constant c -> List.of(net().constant(c.value()));
            case Dims d -> List.of(d.scalar() ? lowering.scalar(d.values().getFirst()) : lowering.vector(d.values()));
            case Range r -> List.of(range(r));
            case ReadDims r -> {
                readDims(r);
                yield List.of();
            }
            case ImageDecode _ -> throw new LayerException("TensorRT decodes no pictures");
        };
    }

    private void readDims(ReadDims op) {
        NetworkTensor x = net().cast(lowering.tensor(op.x()), DataType.INT64);
        NetworkTensor all = new MovementLowering(lowering)
                .reshape(
                        x,
                        op.x().tensorType().shape().dims(),
                        List.of(Dim.of(op.symbols().size())));
        for (int i = 0; i < op.symbols().size(); i++) {
            long place = i;
            lowering.bind(op.symbols().get(i), () -> net().element(all, place));
        }
    }

    /** Fill has no halves: they are floats, rounded. */
    private NetworkTensor range(Range op) {
        ElementType element = op.start().tensorType().element();
        DataType carrier = DataType.carrier(element).orElseThrow();
        DataType computed = carrier.isFloat() ? DataType.FLOAT : carrier;
        NetworkTensor start = net().cast(lowering.tensor(op.start()), computed);
        NetworkTensor delta = net().cast(lowering.tensor(op.delta()), computed);
        if (op.bindsCount()) {
            NetworkTensor limit = net().cast(lowering.tensor(op.limit()), computed);
            NetworkTensor steps = count(net().difference(limit, start), delta);
            NetworkTensor count = net().unsqueeze(
                            net().binary(Layer.ElementWiseOperation.MAX, steps, net().like(steps, 0)), List.of(0));
            lowering.bind(op.count().symbolName(), () -> count);
        }
        NetworkTensor made = net().add(new Layer.Fill(
                lowering.extents(List.of(op.count())),
                Layer.FillOperation.LINSPACE,
                start,
                net().unsqueeze(delta, List.of(0))));
        return new ElementwiseLowering(lowering).wrapped(net().cast(made, carrier), element);
    }

    /** The distance in steps, rounded up, as INT64. */
    private NetworkTensor count(NetworkTensor distance, NetworkTensor delta) {
        if (distance.type().isFloat()) {
            NetworkTensor exact = net().binary(Layer.ElementWiseOperation.DIV, distance, delta);
            return net().cast(net().unary(Layer.UnaryOperation.CEIL, exact), DataType.INT64);
        }
        NetworkTensor negative = net().unary(Layer.UnaryOperation.NEG, distance);
        return net().cast(net().unary(Layer.UnaryOperation.NEG, net().floorDivision(negative, delta)), DataType.INT64);
    }

    NetworkTensor random(Random op) {
        return switch (op) {
            case RandomUniform r ->
                random(Layer.FillOperation.RANDOM_UNIFORM, r.shape(), r.element(), r.low(), r.high(), r.seed());
            case RandomNormal r ->
                random(Layer.FillOperation.RANDOM_NORMAL, r.shape(), r.element(), r.mean(), r.scale(), r.seed());
        };
    }

    private NetworkTensor random(
            Layer.FillOperation op,
            Shape shape,
            ElementType element,
            double alpha,
            double beta,
            Optional<Double> seed) {
        if (seed.isPresent()) {
            throw new LayerException(
                    "TensorRT's random numbers have no seed",
                    "leave the seed out, or let target java run it (--allow-fallback)");
        }
        NetworkTensor made = net().add(new Layer.Fill(
                lowering.extents(shape.dims()),
                op,
                net().scalar(DataType.FLOAT, alpha),
                net().scalar(DataType.FLOAT, beta)));
        return net().cast(made, DataType.carrier(element).orElseThrow());
    }
}
