package dev.lathe.backend.device;

import dev.lathe.backend.plan.AxisTable;
import dev.lathe.backend.plan.Condition;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.eval.MovementEvaluation;
import dev.lathe.ir.eval.ResizeEvaluation;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

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

    /** As {@link Launch.Taps} says. */
    public int[] taps(Step.Resample s, boolean doubles) {
        int rank = s.x().shape().rank();
        IntStream.Builder all = IntStream.builder();
        for (int axis = 0; axis < rank; axis++) {
            int in = index(s.x().shape().dim(axis));
            int out = index(s.to().shape().dim(axis));
            double scale = s.scales().isEmpty()
                    ? (double) out / Math.max(1, in)
                    : s.scales().get().getDouble(axis);
            double start = s.roi().isEmpty() ? 0 : s.roi().get().getDouble(axis);
            double end = s.roi().isEmpty() ? 1 : s.roi().get().getDouble((long) rank + axis);
            ResizeEvaluation.AxisTaps taps = ResizeEvaluation.axisTaps(
                    s.op().rule(), in, out, scale, s.roi().isPresent(), start, end);
            add(taps == null ? kept(out) : taps, doubles, all);
        }
        return all.build().toArray();
    }

    /** An axis that stays as it is. */
    private static ResizeEvaluation.AxisTaps kept(int size) {
        double[] ones = new double[size];
        Arrays.fill(ones, 1);
        return new ResizeEvaluation.AxisTaps(
                IntStream.rangeClosed(0, size).toArray(),
                IntStream.range(0, size).toArray(),
                ones,
                new boolean[size]);
    }

    private static void add(ResizeEvaluation.AxisTaps taps, boolean doubles, IntStream.Builder all) {
        all.add(Math.toIntExact(1L + taps.starts().length + taps.outside().length + 3L * taps.positions().length));
        for (int start : taps.starts()) {
            all.add(start);
        }
        for (boolean outside : taps.outside()) {
            all.add(outside ? 1 : 0);
        }
        for (int k = 0; k < taps.positions().length; k++) {
            double weight = taps.weights()[k];
            long bits = doubles ? Double.doubleToRawLongBits(weight) : Float.floatToRawIntBits((float) weight);
            all.add(taps.positions()[k]).add((int) bits).add(doubles ? (int) (bits >>> 32) : 0);
        }
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
