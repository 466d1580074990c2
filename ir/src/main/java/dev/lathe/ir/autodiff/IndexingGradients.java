package dev.lathe.ir.autodiff;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.GatherElements;
import dev.lathe.ir.op.GatherNd;
import dev.lathe.ir.op.Indexing;
import dev.lathe.ir.op.NonMaxSuppression;
import dev.lathe.ir.op.NonZero;
import dev.lathe.ir.op.Ordering;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterNd;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.op.Unique;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rules of {@link Indexing} and {@link Ordering} ops: what was read is added where it was read from. */
final class IndexingGradients {
    private static final String NOT_ADDED = "that of a scatter other than by replacing or adding is not written";

    private IndexingGradients() {}

    /** Adds the derivatives of the operands; a reason if there are none. */
    static @Nullable String add(Adjoints a, Indexing op, Value dy) {
        Builder b = a.builder();
        switch (op) {
            case Gather g -> gather(a, g, dy);
            case GatherElements(Value x, Value indices, int axis) ->
                a.add(x, b.add(new ScatterElements(a.filled(x, 0), indices, dy, axis, ScatterReduction.ADD)));
            case GatherNd(Value x, Value indices, int batchDims) -> {
                if (batchDims > 0) {
                    return "that of a gather_nd over batches is not written";
                }
                a.add(x, b.add(new ScatterNd(a.filled(x, 0), indices, dy, ScatterReduction.ADD)));
            }
            case ScatterElements(Value x, Value indices, Value updates, int axis, ScatterReduction reduction) -> {
                if (reduction != ScatterReduction.NONE && reduction != ScatterReduction.ADD) {
                    return NOT_ADDED;
                }
                a.add(
                        x,
                        reduction == ScatterReduction.ADD
                                ? dy
                                : b.add(new ScatterElements(
                                        dy, indices, a.filled(updates, 0), axis, ScatterReduction.NONE)));
                a.add(updates, b.add(new GatherElements(dy, indices, axis)));
            }
            case ScatterNd(Value x, Value indices, Value updates, ScatterReduction reduction) -> {
                if (reduction != ScatterReduction.NONE && reduction != ScatterReduction.ADD) {
                    return NOT_ADDED;
                }
                a.add(
                        x,
                        reduction == ScatterReduction.ADD
                                ? dy
                                : b.add(new ScatterNd(dy, indices, a.filled(updates, 0), ScatterReduction.NONE)));
                a.add(updates, b.add(new GatherNd(dy, indices, 0)));
            }
            case NonZero _ -> throw new IllegalStateException("indices have no adjoint");
        }
        return null;
    }

    /** Adds the derivatives of the operands of an op whose second result are indices. */
    static @Nullable String add(Adjoints a, Ordering op, List<Value> results, Value dy) {
        return switch (op) {
            case TopK t -> {
                a.add(
                        t.x(),
                        a.builder()
                                .add(new ScatterElements(
                                        a.filled(t.x(), 0), results.get(1), dy, t.axis(), ScatterReduction.ADD)));
                yield null;
            }
            case Unique _ -> "which elements are equal is not continuous";
            case NonMaxSuppression _ -> throw new IllegalStateException("indices have no adjoint");
        };
    }

    private static void gather(Adjoints a, Gather g, Value dy) {
        Builder b = a.builder();
        Shape s = g.x().tensorType().shape();
        a.add(g.x(), scattered(b, dy, g.indices(), g.axis(), s));
    }

    /** Zeros of {@code shape}, to which {@code dy} is added where {@code indices} read it along {@code axis}. */
    static Value scattered(Builder b, Value dy, Value indices, int axis, Shape shape) {
        Dim outer = shape.slice(0, axis).elements();
        Dim size = shape.dim(axis);
        Dim inner = shape.slice(axis + 1, shape.rank()).elements();
        Dim count = indices.tensorType().shape().elements();
        Shape read = Shape.of(List.of(outer, count, inner));
        Value places = b.broadcast(b.reshape(indices, Shape.of(List.of(count, Dim.ONE))), read);
        Value zeros = b.broadcast(b.scalar(dy, 0), Shape.of(List.of(outer, size, inner)));
        Value sum = b.add(new ScatterElements(zeros, places, b.reshape(dy, read), 1, ScatterReduction.ADD));
        return b.reshape(sum, shape);
    }
}
