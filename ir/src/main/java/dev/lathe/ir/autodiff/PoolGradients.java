package dev.lathe.ir.autodiff;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Pools, tap by tap: a tap of all windows is a slice of the padded operand with the strides as steps. */
final class PoolGradients {
    private static final long MOST_TAPS = 1024;

    private final Builder b;
    private final Pool pool;
    private final Value x;
    private final Shape out;
    private final int spatial;
    private final int first;
    private final List<Dim> before;
    private final List<Dim> after;

    private PoolGradients(Builder b, Pool pool, Value y) {
        this.b = b;
        this.pool = pool;
        x = pool.x();
        out = y.tensorType().shape();
        spatial = pool.kernel().size();
        first = pool.layout().spatialAxis();
        int rank = x.tensorType().rank();
        before = new ArrayList<>(Collections.nCopies(rank, Dim.ZERO));
        after = new ArrayList<>(before);
        for (int i = 0; i < spatial; i++) {
            before.set(first + i, pool.pads().get(i));
            // The last windows may reach over the pads, or leave some of the operand out.
            Dim span = Dim.of((pool.kernel().get(i) - 1) * pool.dilations().get(i) + 1);
            Dim reach = out.dim(first + i).minus(1).times(pool.strides().get(i)).plus(span);
            Dim given = x.tensorType().dim(first + i).plus(pool.pads().get(i));
            after.set(first + i, reach.minus(given).max(pool.pads().get(spatial + i)));
        }
    }

    static @Nullable String add(Adjoints a, Pool pool, Value y, Value dy) {
        long taps = pool.kernel().stream().reduce(1L, (p, q) -> p > MOST_TAPS ? p : p * q);
        if (taps > MOST_TAPS) {
            return "its windows have " + taps + " taps, more than " + MOST_TAPS;
        }
        new PoolGradients(a.builder(), pool, y).add(a, y, dy, (int) taps);
        return null;
    }

    private void add(Adjoints a, Value y, Value dy, int taps) {
        boolean max = pool.function() == PoolFunction.MAX_POOL;
        Value padded = padded(x, max ? Double.NEGATIVE_INFINITY : 0);
        Value share = max ? dy : b.divide(dy, count(a, taps));
        Value sum = a.filled(padded, 0);
        Value free = max ? b.compare(Comparison.EQUAL, y, y) : y; // windows whose largest is not found yet
        for (int tap = 0; tap < taps; tap++) {
            List<Dim> starts = starts(tap);
            Value part = share;
            if (max) {
                Value here = b.binary(BinaryFunction.AND, free, b.compare(Comparison.EQUAL, slice(padded, starts), y));
                free = b.binary(BinaryFunction.XOR, free, here);
                part = b.select(here, dy, a.zero(dy));
            }
            sum = b.add(
                    sum,
                    MovementGradients.spread(
                            b, part, starts, steps(), padded.tensorType().shape()));
        }
        Value inner = sum;
        for (int i = 0; i < spatial; i++) {
            inner = b.slice(
                    inner, first + i, before.get(first + i), x.tensorType().dim(first + i));
        }
        a.add(x, inner);
    }

    /** How many elements each window is the mean of; 1 for sums. */
    private Value count(Adjoints a, int taps) {
        if (pool.function() == PoolFunction.SUM_POOL) {
            return b.scalar(x, 1);
        }
        Value ones = a.filled(x, 1);
        Value counted = padded(ones, 0);
        if (pool.function() == PoolFunction.AVERAGE_POOL_PADDED) { // pads count, what is behind them does not
            List<Dim> behind =
                    new ArrayList<>(Collections.nCopies(x.tensorType().rank(), Dim.ZERO));
            List<Dim> declared = new ArrayList<>(behind);
            for (int i = 0; i < spatial; i++) {
                declared.set(first + i, pool.pads().get(spatial + i));
                behind.set(first + i, after.get(first + i).minus(declared.get(first + i)));
            }
            Value whole = pad(ones, 1, before, declared);
            counted = pad(whole, 0, Collections.nCopies(behind.size(), Dim.ZERO), behind);
        }
        Value sum = b.scalar(x, 0);
        for (int tap = 0; tap < taps; tap++) {
            sum = b.add(sum, slice(counted, starts(tap)));
        }
        return sum;
    }

    private Value padded(Value v, double value) {
        return pad(v, value, before, after);
    }

    private Value pad(Value v, double value, List<Dim> begins, List<Dim> ends) {
        return b.add(new Pad(v, Optional.of(b.scalar(v, value)), begins, ends, PadMode.CONSTANT));
    }

    private List<Dim> starts(int tap) {
        List<Dim> starts = new ArrayList<>(Collections.nCopies(out.rank(), Dim.ZERO));
        int rest = tap;
        for (int i = spatial - 1; i >= 0; i--) {
            int size = pool.kernel().get(i).intValue();
            starts.set(first + i, Dim.of(rest % size * pool.dilations().get(i)));
            rest /= size;
        }
        return starts;
    }

    private List<Long> steps() {
        List<Long> steps = new ArrayList<>(Collections.nCopies(out.rank(), 1L));
        for (int i = 0; i < spatial; i++) {
            steps.set(first + i, pool.strides().get(i));
        }
        return steps;
    }

    private Value slice(Value padded, List<Dim> starts) {
        return b.add(new Slice(padded, starts, out.dims(), steps()));
    }
}
