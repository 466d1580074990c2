package dev.lathe.runtime;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.Lookup;
import dev.lathe.ir.op.NgramCounts;
import dev.lathe.ir.op.NonMaxSuppression;
import dev.lathe.ir.op.NonZero;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Range;
import dev.lathe.ir.op.StringConcat;
import dev.lathe.ir.op.Unary;
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
    private @Nullable KeyTable keys;
    private @Nullable NgramTable ngrams;

    /**
     * Makes the first result in a tensor, if it has its type.
     *
     * @param wanted null for a new one
     */
    public ValueStep into(@Nullable Tensor wanted) {
        target = wanted;
        return this;
    }

    /** Looks for elements in a table that was made when the model was loaded. */
    public ValueStep keys(KeyTable table) {
        keys = table;
        return this;
    }

    /** Looks for n-grams in a table that was made when the model was loaded. */
    public ValueStep ngrams(NgramTable table) {
        ngrams = table;
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
            case NonZero _, Unique _, NonMaxSuppression _, Range _, Lookup _, NgramCounts _, StringConcat _ -> true;
            case Broadcast b -> isPlain(b.x().tensorType().element());
            case Gather g -> isIndex(g.indices().tensorType().element());
            default -> ValueLoops.takes(op);
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
            case Lookup l ->
                List.of(Selection.lookup(tensor(l.x()), keys == null ? new KeyTable(tensor(l.keys())) : keys));
            case NgramCounts n -> List.of(counted(n));
            case Broadcast b when hasArray(tensor(b.x())) && tensor(b.x()).size() == 1 -> List.of(filled(b));
            case Gather g
            when (hasArray(tensor(g.x())) || tensor(g.x()).element().isString()) && hasArray(tensor(g.indices())) ->
                List.of(gather(g));
            case StringConcat c
            when Arrays.equals(tensor(c.x()).dims(), tensor(c.y()).dims()) ->
                List.of(joined(tensor(c.x()), tensor(c.y())));
            case Binary b -> elementwise(b, b.x(), b.y());
            case Unary u -> elementwise(u, u.x(), null);
            case Cast c -> elementwise(c, c.x(), null);
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

    private static Tensor joined(Tensor x, Tensor y) {
        Tensor made = Tensor.zeros(ElementType.STRING, x.dims());
        for (long i = 0; i < made.size(); i++) {
            made.setString(i, x.getString(i).concat(y.getString(i)));
        }
        return made;
    }

    private List<Datum> elementwise(CoreOp op, Value x, @Nullable Value y) {
        Tensor made = ValueLoops.run(op, tensor(x), y == null ? null : tensor(y));
        return made == null ? op.evaluate(this) : List.of(made);
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

    private Tensor counted(NgramCounts n) {
        Tensor x = tensor(n.x());
        Tensor indexes = tensor(n.indexes());
        float[] weights =
                n.weights().map(this::tensor).map(Tensor::toFloatArray).orElse(new float[0]);
        NgramTable table = ngrams == null ? new NgramTable(tensor(n.pool()), tensor(n.starts())) : ngrams;
        Tensor y = x.rank() == 1 ? result(ElementType.F32, n.size()) : result(ElementType.F32, x.dim(0), n.size());
        if (!table.suits(indexes.size(), n.weights().isPresent() ? weights.length : Long.MAX_VALUE)
                || !(y.array() instanceof float[] to)) {
            return (Tensor) n.evaluate(this).getFirst();
        }
        Arrays.fill(to, 0, (int) y.size(), 0);
        table.count(n, x, indexes, weights, to);
        return y;
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
        int outer = product(from, 0, g.axis());
        int count = (int) from[g.axis()];
        int inner = product(from, g.axis() + 1, from.length);
        int n = (int) indices.size();
        Object index = Optional.ofNullable(indices.array()).orElseThrow();
        if (x.element().isString()) {
            Tensor y = Tensor.zeros(x.element(), dims);
            gather(x, outer, count, inner, index, n, y);
            return y;
        }
        Tensor y = result(x.element(), dims);
        GatherSlices kernel = new GatherSlices();
        kernel.prepare(outer, count, inner, n);
        Object to = Optional.ofNullable(y.array()).orElseThrow();
        Object source = Optional.ofNullable(x.array()).orElseThrow();
        kernel.run(source, 0, index, 0, to, 0);
        return y;
    }

    /** Slices of strings. */
    private static void gather(Tensor x, int outer, int count, int inner, Object index, int n, Tensor y) {
        int[] places = new int[n];
        if (outer > 0) {
            Places.add(index, 0, 1, n, count, inner, places);
        }
        int to = 0;
        for (int o = 0; o < outer; o++) {
            for (int place : places) {
                for (int i = 0; i < inner; i++) {
                    y.setString(to++, x.getString((long) o * count * inner + place + i));
                }
            }
        }
    }

    private static int product(long[] dims, int from, int to) {
        return (int) Arrays.stream(dims, from, to).reduce(1, (a, b) -> a * b);
    }
}
