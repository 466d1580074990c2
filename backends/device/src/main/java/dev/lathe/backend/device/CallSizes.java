package dev.lathe.backend.device;

import dev.lathe.backend.plan.AxisTable;
import dev.lathe.backend.plan.Condition;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.eval.MovementEvaluation;
import dev.lathe.ir.eval.ResizeEvaluation;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The sizes of a call: what the shapes of its inputs tell, and the ops that ran so far. */
public final class CallSizes {
    private Map<String, Long> symbols = new HashMap<>();

    /** Starts a call, with the symbols that its inputs bind. */
    public void begin(Map<String, Long> bound) {
        symbols = bound;
    }

    public void bind(String symbol, long value) {
        symbols.put(symbol, value);
    }

    public long dim(Dim d) {
        return d.isConstant()
                ? d.constant()
                : Sizes.evaluate(d, name -> Objects.requireNonNull(symbols.get(name), name));
    }

    /** The value of a dimension; 0 for a bare symbol that has none yet, which an op that binds it may name. */
    public long known(Dim d) {
        return d.isSymbol() ? symbols.getOrDefault(d.symbolName(), 0L) : dim(d);
    }

    public int index(Dim d) {
        return Sizes.index(dim(d));
    }

    public long[] dims(Shape shape) {
        long[] dims = new long[shape.rank()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = dim(shape.dim(i));
        }
        return dims;
    }

    public long elements(Shape shape) {
        return Sizes.elements(dims(shape));
    }

    public long bytes(View v) {
        return Sizes.bytes(v.type().element(), elements(v.shape()));
    }

    public boolean holds(Condition condition) {
        return switch (condition) {
            case Condition.Equal(Dim a, Dim b) -> dim(a) == dim(b);
            case Condition.NonNegative(Dim d) -> dim(d) >= 0;
            case Condition.Broadcasts(Dim own, Dim all) -> dim(own) == 1 || dim(own) == dim(all);
            case Condition.Available(Dim elements, Dim made) -> dim(elements) > 0 || dim(made) == 0;
            case Condition.Inside(Dim elements, Dim at, Dim bound) ->
                dim(elements) == 0 || dim(at) >= 0 && dim(at) < dim(bound);
        };
    }

    /** The indices of all tables, one after the other: -1 where there is no element. */
    public int[] tables(List<AxisTable> all) {
        List<int[]> parts = all.stream().map(this::table).toList();
        int[] joined =
                new int[Math.toIntExact(parts.stream().mapToLong(p -> p.length).sum())];
        int at = 0;
        for (int[] part : parts) {
            System.arraycopy(part, 0, joined, at, part.length);
            at += part.length;
        }
        return joined;
    }

    private int[] table(AxisTable table) {
        return switch (table) {
            case AxisTable.Padded t ->
                MovementEvaluation.padTable(t.mode(), index(t.before()), index(t.size()), index(t.after()));
            case AxisTable.Nearest t -> {
                int in = index(t.in());
                int out = index(t.out());
                double scale = t.scale().isEmpty()
                        ? (double) out / Math.max(1, in)
                        : t.scale().getAsDouble();
                yield ResizeEvaluation.nearestTable(t.coordinates(), t.mode(), in, out, scale);
            }
            case AxisTable.Windows t ->
                MovementEvaluation.windowTable(
                        index(t.in()),
                        index(t.before()),
                        (int) t.stride(),
                        (int) t.dilation(),
                        (int) t.taps(),
                        index(t.out()));
            case AxisTable.Overlaps t ->
                MovementEvaluation.overlapTable(
                        index(t.in()),
                        index(t.before()),
                        (int) t.stride(),
                        (int) t.dilation(),
                        (int) t.taps(),
                        index(t.out()),
                        t.round());
        };
    }
}
