package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.IntegerRanges;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.GatherElements;
import dev.lathe.ir.op.GatherNd;
import dev.lathe.ir.op.Indexing;
import dev.lathe.ir.op.NonZero;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterNd;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import java.util.ArrayList;
import java.util.List;

/** Gather, Scatter and NonZero layers. TensorRT's indices are not negative, so negative ones are moved. */
final class IndexingLowering {
    private final Lowering lowering;
    private final ScatterLowering scatter;

    IndexingLowering(Lowering lowering) {
        this.lowering = lowering;
        this.scatter = new ScatterLowering(lowering);
    }

    private Net net() {
        return lowering.net();
    }

    NetworkTensor lower(Indexing op) {
        return switch (op) {
            case Gather g -> {
                NetworkTensor indices = indices(g.indices(), g.x().tensorType().dim(g.axis()));
                yield net().gather(movable(g.x()), indices, g.axis());
            }
            case GatherElements g ->
                net().add(new Layer.Gather(
                        movable(g.x()),
                        indices(g.indices(), g.x().tensorType().dim(g.axis())),
                        Layer.GatherMode.ELEMENT,
                        g.axis(),
                        0));
            case GatherNd g -> gatherNd(g);
            case ScatterElements s ->
                scatter.elements(s, indices(s.indices(), s.x().tensorType().dim(s.axis())));
            case ScatterNd s -> {
                Dim tuple = s.indices().tensorType().dim(-1);
                List<Dim> dims = s.x().tensorType().shape().dims();
                List<Dim> sizes = tuple.isConstant() ? dims.subList(0, Math.toIntExact(tuple.constant())) : dims;
                yield scatter.tuples(s, tuples(s.indices(), sizes), sizes);
            }
            case NonZero n -> nonZero(n);
        };
    }

    /** Quantized numbers are gathered as they are. */
    private NetworkTensor movable(Value x) {
        NetworkTensor raw = lowering.raw(x);
        return raw.type() == DataType.UINT8 ? lowering.tensor(x) : raw;
    }

    private boolean isNonNegative(Value indices) {
        IntegerRanges.Range range = lowering.range(indices);
        return range != null && range.least() >= 0;
    }

    /** Indices along an axis of {@code n}, none of which is negative. */
    private NetworkTensor indices(Value indices, Dim n) {
        if (isNonNegative(indices)) {
            return lowering.tensor(indices);
        }
        Tensor value = lowering.constant(indices).orElse(null);
        if (value != null && n.isConstant()) {
            Tensor moved = Tensor.zeros(value.element(), value.dims());
            for (long i = 0; i < value.size(); i++) {
                long at = value.getLong(i);
                moved.setLong(i, at < 0 ? at + n.constant() : at);
            }
            return net().constant(moved);
        }
        NetworkTensor x = lowering.tensor(indices);
        return moved(x, net().cast(lowering.scalar(n), x.type()));
    }

    private NetworkTensor moved(NetworkTensor x, NetworkTensor n) {
        NetworkTensor negative = net().binary(Layer.ElementWiseOperation.LESS, x, net().like(x, 0));
        return net().select(negative, net().sum(x, n), x);
    }

    /** Index tuples into axes of {@code sizes}. */
    private NetworkTensor tuples(Value indices, List<Dim> sizes) {
        NetworkTensor x = lowering.tensor(indices);
        return isNonNegative(indices) ? x : moved(x, net().cast(lowering.vector(sizes), x.type()));
    }

    /** More than one batch axis are one, since TensorRT has at most that. */
    private NetworkTensor gatherNd(GatherNd op) {
        int batch = op.batchDims();
        List<Dim> data = op.x().tensorType().shape().dims();
        List<Dim> index = op.indices().tensorType().shape().dims();
        int tuple = Math.toIntExact(index.getLast().constant());
        NetworkTensor x = movable(op.x());
        NetworkTensor indices = tuples(op.indices(), data.subList(batch, batch + tuple));
        if (batch <= 1) {
            return net().add(new Layer.Gather(x, indices, Layer.GatherMode.ND, 0, batch));
        }
        MovementLowering movement = new MovementLowering(lowering);
        NetworkTensor made = net().add(new Layer.Gather(
                movement.reshape(x, data, flat(data, batch)),
                movement.reshape(indices, index, flat(index, batch)),
                Layer.GatherMode.ND,
                0,
                1));
        List<Dim> result = new ArrayList<>(index.subList(0, index.size() - 1));
        result.addAll(data.subList(batch + tuple, data.size()));
        return movement.reshape(made, flat(result, batch), result);
    }

    private static List<Dim> flat(List<Dim> dims, int batch) {
        List<Dim> all = new ArrayList<>();
        all.add(dims.subList(0, batch).stream().reduce(Dim.ONE, Dim::times));
        all.addAll(dims.subList(batch, dims.size()));
        return all;
    }

    private NetworkTensor nonZero(NonZero op) {
        NetworkTensor given = lowering.tensor(op.x());
        NetworkTensor x = LayerRules.MARKS.contains(given.type()) ? given : net().cast(given, DataType.BOOL);
        if (x.rank() > 0) {
            return net().add(new Layer.NonZero(x));
        }
        // A scalar has one place, of no coordinates.
        NetworkTensor places = net().add(new Layer.NonZero(net().unsqueeze(x, List.of(0))));
        NetworkTensor count = net().element(net().shape(places), 1);
        return net().slice(
                        places,
                        new Extents.Fixed(List.of(0L, 0L)),
                        new Extents.Computed(
                                net().concat(List.of(net().vector(0), count), 0), List.of(0L, NetworkTensor.UNKNOWN)),
                        List.of(1L, 1L));
    }
}
