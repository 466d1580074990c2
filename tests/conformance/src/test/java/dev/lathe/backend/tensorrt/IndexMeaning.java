package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.op.Transpose;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** What layers give that read and write by indices, and what finds these. Indices that are undefined are errors. */
final class IndexMeaning {
    private final ReferenceOps ops;

    IndexMeaning(ReferenceOps ops) {
        this.ops = ops;
    }

    private static void requireIndices(Tensor indices, long n) {
        for (long i = 0; i < indices.size(); i++) {
            if (indices.getLong(i) < 0 || indices.getLong(i) >= n) {
                throw new IllegalArgumentException("index " + indices.getLong(i) + " into " + n);
            }
        }
    }

    Tensor gather(Layer.Gather l) {
        Tensor indices = ops.tensor(l.indices());
        Value data = ops.value(l.data());
        Value i = ops.value(indices);
        return switch (l.mode()) {
            case DEFAULT -> {
                requireIndices(indices, ops.tensor(l.data()).dim(l.axis()));
                yield ops.run(new dev.lathe.ir.op.Gather(data, i, l.axis()));
            }
            case ELEMENT -> {
                requireIndices(indices, ops.tensor(l.data()).dim(l.axis()));
                yield ops.run(new dev.lathe.ir.op.GatherElements(data, i, l.axis()));
            }
            case ND -> {
                requireTuples(indices, ops.tensor(l.data()), l.elementwiseDims());
                yield ops.run(new dev.lathe.ir.op.GatherNd(data, i, l.elementwiseDims()));
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

    Tensor scatter(Layer.Scatter l) {
        Tensor indices = ops.tensor(l.indices());
        Tensor data = ops.tensor(l.data());
        var reduction = dev.lathe.ir.op.ScatterReduction.NONE;
        if (l.mode() == Layer.ScatterMode.ND) {
            requireTuples(indices, data, 0);
            return ops.run(new dev.lathe.ir.op.ScatterNd(
                    ops.value(data), ops.value(indices), ops.value(l.updates()), reduction));
        }
        requireIndices(indices, data.dim(l.axis()));
        return ops.run(new dev.lathe.ir.op.ScatterElements(
                ops.value(data), ops.value(indices), ops.value(l.updates()), l.axis(), reduction));
    }

    List<Tensor> topK(Layer.TopK l) {
        return ops.all(new TopK(
                ops.value(l.x()), Dim.of(ops.numbers(l.k())[0]), l.axis(), l.op() == Layer.TopKOperation.MAX, true));
    }

    /** By image and score, as the layer orders what it selects. */
    List<Tensor> nonMaxSuppression(Layer.NonMaxSuppression l) {
        Tensor scores = ops.run(new Transpose(ops.value(l.scores()), List.of(0, 2, 1)));
        Tensor found = ops.run(new dev.lathe.ir.op.NonMaxSuppression(
                ops.value(l.boxes()),
                ops.value(scores),
                Optional.of(ops.value(Net.as(ops.tensor(l.maxOutput()), ElementType.I64))),
                l.iouThreshold().map(ops::value),
                l.scoreThreshold().map(ops::value),
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
}
