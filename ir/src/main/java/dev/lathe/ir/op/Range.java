package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * {@code start + i * delta} for {@code i} in {@code [0, count)}; all scalars of one type. When {@code count} is not
 * known it is a symbol that this op binds to {@code max(ceil((limit - start) / delta), 0)}. ONNX Range.
 */
public record Range(Value start, Value limit, Value delta, Dim count, boolean bindsCount) implements Creation {
    @Override
    public List<Type> infer(Check check) {
        check.numeric(start).sameElement(start, limit).sameElement(start, delta);
        check.rank(start, 0).rank(limit, 0).rank(delta, 0);
        check.that(!bindsCount || count.isSymbol(), "the count must be a symbol, not %s", count);
        return check.one(start.tensorType().element(), Shape.of(count));
    }

    @Override
    public List<String> binds() {
        return bindsCount ? List.of(count.symbolName()) : List.of();
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        Tensor from = e.tensor(start);
        Tensor step = e.tensor(delta);
        boolean floats = from.element().isFloat();
        Tensor out = Tensor.zeros(from.element(), elements(e));
        for (long i = 0; i < out.size(); i++) {
            if (floats) {
                out.setDouble(i, from.getDouble(0) + i * step.getDouble(0));
            } else {
                out.setLong(i, from.getLong(0) + i * step.getLong(0));
            }
        }
        return List.of(out);
    }

    /** The number of elements, which is bound if the op binds it. */
    public long elements(Evaluation e) {
        if (bindsCount) {
            Tensor from = e.tensor(start);
            Tensor to = e.tensor(limit);
            Tensor step = e.tensor(delta);
            long n = from.element().isFloat()
                    ? (long) Math.ceil((to.getDouble(0) - from.getDouble(0)) / step.getDouble(0))
                    : steps(from.getLong(0), to.getLong(0), step.getLong(0));
            e.bind(count.symbolName(), Math.max(n, 0));
        }
        return Math.max(0, e.dim(count));
    }

    private static long steps(long from, long to, long by) {
        boolean none = by > 0 && to <= from || by < 0 && to >= from;
        return none ? 0 : Math.ceilDiv(Math.subtractExact(to, from), by);
    }
}
