package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.NonMaxSuppression;
import dev.lathe.ir.op.Ordering;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.op.Unique;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Optional;

/** TopK and NonMaxSuppression layers, and what is distinct. */
final class OrderingLowering {
    private final Lowering lowering;

    OrderingLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    List<NetworkTensor> lower(Ordering op) {
        return switch (op) {
            case TopK t -> topK(t);
            case NonMaxSuppression n -> List.of(nonMaxSuppression(n));
            case Unique u -> new UniqueLowering(lowering).lower(u);
        };
    }

    private List<NetworkTensor> topK(TopK op) {
        Extents k = op.k().isConstant()
                ? new Extents.Fixed(List.of(op.k().constant()))
                : new Extents.Computed(lowering.scalar(op.k()), List.of(NetworkTensor.UNKNOWN));
        return net().topK(
                        lowering.tensor(op.x()),
                        op.largest() ? Layer.TopKOperation.MAX : Layer.TopKOperation.MIN,
                        k,
                        op.axis());
    }

    /**
     * TensorRT orders what it selects by image and score, the standard by image, class and score: so the rows are
     * sorted by image and class, and among these they stay in their order.
     */
    private NetworkTensor nonMaxSuppression(NonMaxSuppression op) {
        NetworkTensor boxes = known(lowering.tensor(op.boxes()));
        NetworkTensor scores = net().transpose(known(lowering.tensor(op.scores())), List.of(0, 2, 1));
        NetworkTensor rows = net().all(new Layer.NonMaxSuppression(
                        boxes,
                        scores,
                        maxOutput(op.maxOutput()),
                        op.iouThreshold().map(v -> scalar(v, DataType.FLOAT)),
                        op.scoreThreshold().map(v -> scalar(v, DataType.FLOAT)),
                        op.centered() ? Layer.BoxFormat.CENTER_SIZES : Layer.BoxFormat.CORNER_PAIRS))
                .getFirst();
        NetworkTensor count = net().element(net().shape(rows), 0);
        NetworkTensor image = column(rows, 0);
        NetworkTensor kind = column(rows, 1);
        NetworkTensor number = net().iota(new Extents.Computed(count, List.of(NetworkTensor.UNKNOWN)), DataType.INT64);
        Dim classes = op.scores().tensorType().dim(1);
        NetworkTensor group = net().sum(net().product(image, lowering.size(classes)), kind);
        NetworkTensor key = net().sum(net().product(group, count), number);
        NetworkTensor order = net().topK(
                        key,
                        Layer.TopKOperation.MIN,
                        new Extents.Computed(net().squeeze(count, List.of(0)), List.of(NetworkTensor.UNKNOWN)),
                        0)
                .get(1);
        return net().gather(rows, order, 0);
    }

    /** The layer has no BF16. */
    private NetworkTensor known(NetworkTensor x) {
        return x.type() == DataType.BF16 ? net().cast(x, DataType.FLOAT) : x;
    }

    private NetworkTensor column(NetworkTensor rows, long i) {
        return net().gather(rows, net().constant(Tensor.scalar(i)), 1);
    }

    private NetworkTensor scalar(Value v, DataType type) {
        List<Dim> dims = v.tensorType().shape().dims();
        return net().cast(new MovementLowering(lowering).reshape(lowering.tensor(v), dims, List.of()), type);
    }

    /** As INT32, which holds every number of boxes that a tensor of TensorRT has. */
    private NetworkTensor maxOutput(Optional<Value> most) {
        if (most.isEmpty()) {
            return net().constant(Tensor.scalar(ElementType.I32, 0));
        }
        NetworkTensor n = scalar(most.get(), DataType.INT64);
        NetworkTensor bounded =
                net().binary(Layer.ElementWiseOperation.MIN, n, net().scalar(DataType.INT64, Integer.MAX_VALUE));
        return net().cast(bounded, DataType.INT32);
    }
}
