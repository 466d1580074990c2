package dev.lathe.runtime;

import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.Lookup;
import dev.lathe.ir.op.NonMaxSuppression;
import dev.lathe.ir.op.NonZero;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Range;
import dev.lathe.ir.op.Unique;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Runs an op by a kernel for tensors of any size: one whose results are as large as its operands tell, or whose
 * operands are such results.
 */
public final class ValueStep extends OpStep {
    private @Nullable Tensor target;

    /**
     * Makes the first result in a tensor, if it has its type.
     *
     * @param wanted null for a new one
     */
    public ValueStep into(@Nullable Tensor wanted) {
        target = wanted;
        return this;
    }

    /** The tensor for the first result, with any elements. */
    private Tensor result(ElementType element, long... dims) {
        Tensor t = target;
        return t != null && t.array() != null && t.element() == element && Arrays.equals(t.dims(), dims)
                ? t
                : Tensor.zeros(element, dims);
    }

    /** Whether there is a kernel for an op. */
    public static boolean takes(Op op) {
        return switch (op) {
            case NonZero _, Unique _, NonMaxSuppression _, Range _, Lookup _ -> true;
            case Broadcast b -> isPlain(b.x().tensorType().element());
            case Gather g -> isIndex(g.indices().tensorType().element());
            default -> false;
        };
    }

    private static boolean isIndex(ElementType type) {
        return type == ElementType.I64 || type == ElementType.I32;
    }

    @Override
    public List<Datum> run(CoreOp op) {
        WorkerPool.check();
        return switch (op) {
            case NonZero n when hasArray(tensor(n.x())) -> List.of(Selection.nonZero(tensor(n.x())));
            case Unique u
            when hasArray(tensor(u.x())) || tensor(u.x()).element().isString() -> unique(u);
            case NonMaxSuppression n -> List.of(Boxes.suppressed(n, this));
            case Range r -> List.of(range(r));
            case Lookup l -> List.of(Selection.lookup(tensor(l.x()), tensor(l.keys())));
            case Broadcast b when hasArray(tensor(b.x())) && tensor(b.x()).size() == 1 -> List.of(filled(b));
            case Gather g when hasArray(tensor(g.x())) && hasArray(tensor(g.indices())) -> List.of(gather(g));
            default -> op.evaluate(this);
        };
    }

    /** Whether the elements are those of an array from its beginning on. */
    private static boolean hasArray(Tensor t) {
        return t.array() != null && isPlain(t.element());
    }

    /** Whether an array has an element in each place. */
    private static boolean isPlain(ElementType element) {
        return element.bits() >= Byte.SIZE && element.kind() != ElementType.Kind.COMPLEX;
    }

    /** One element in all places. */
    private Tensor filled(Broadcast b) {
        Tensor x = tensor(b.x());
        Tensor y = result(x.element(), dims(b.shape()));
        Object from = Optional.ofNullable(x.array()).orElseThrow();
        Fill.run(from, 0, Optional.ofNullable(y.array()).orElseThrow(), 0, (int) y.size());
        return y;
    }

    private List<Datum> unique(Unique u) {
        Tensor x = tensor(u.x());
        boolean flat = u.axis().isEmpty() || x.rank() == 1;
        return List.copyOf(
                flat
                        ? Selection.unique(x, u.sorted())
                        : Selection.uniqueParts(x, u.axis().orElseThrow(), u.sorted()));
    }

    private Tensor range(Range r) {
        Tensor start = tensor(r.start());
        Tensor y = result(start.element(), r.elements(this));
        Tensor delta = tensor(r.delta());
        Object first = start.array();
        Object step = delta.array();
        Object array = y.array();
        if (first == null || step == null || array == null) {
            return (Tensor) r.evaluate(this).getFirst();
        }
        Sequence sequence = new Sequence(start.element());
        sequence.prepare((int) y.size());
        sequence.run(first, 0, step, 0, array, 0);
        return y;
    }

    private Tensor gather(Gather g) {
        Tensor x = tensor(g.x());
        Tensor indices = tensor(g.indices());
        long[] from = x.dims();
        long[] at = indices.dims();
        long[] dims = new long[from.length - 1 + at.length];
        System.arraycopy(from, 0, dims, 0, g.axis());
        System.arraycopy(at, 0, dims, g.axis(), at.length);
        System.arraycopy(from, g.axis() + 1, dims, g.axis() + at.length, from.length - g.axis() - 1);
        Tensor y = result(x.element(), dims);
        GatherSlices kernel = new GatherSlices();
        kernel.prepare(product(from, 0, g.axis()), (int) from[g.axis()], product(from, g.axis() + 1, from.length), (int)
                indices.size());
        Object to = Optional.ofNullable(y.array()).orElseThrow();
        Object source = Optional.ofNullable(x.array()).orElseThrow();
        kernel.run(source, 0, Optional.ofNullable(indices.array()).orElseThrow(), 0, to, 0);
        return y;
    }

    private static int product(long[] dims, int from, int to) {
        return (int) Arrays.stream(dims, from, to).reduce(1, (a, b) -> a * b);
    }
}
