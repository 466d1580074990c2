package dev.lathe.passes.clean;

import static dev.lathe.passes.Rule.rule;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.op.Elementwise;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.Match;
import dev.lathe.passes.Rule;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rules by which an op takes over what a movement or creation op before it does. */
final class ContextRules {
    private ContextRules() {}

    static final List<Rule<?>> RULES = List.of(
            rule("f(broadcast(x), y) -> f(x, y)", Elementwise.class, ContextRules::withoutBroadcast),
            rule("matmul(broadcast(x), y) -> matmul(x, y)", MatMul.class, ContextRules::withoutBroadcast),
            rule("gather of one constant index -> slice", Gather.class, ContextRules::gatherToSlice),
            rule("conv(pad(x)) -> conv(x) with pads", Conv.class, ContextRules::padIntoConv),
            rule("average_pool_padded(pad(x)) -> pool with pads", Pool.class, ContextRules::padIntoPool),
            rule("dims of constants -> constant", Dims.class, ContextRules::constantDims));

    /** Where the other operands enlarge the result just as well. */
    private static @Nullable Value withoutBroadcast(Op op, Match m) {
        for (Value v : op.operands()) {
            Broadcast b = m.definition(v, Broadcast.class);
            if (b == null) {
                continue;
            }
            Op narrow = op.mapOperands(x -> x == v ? b.x() : x);
            if ((!(op instanceof MatMul) || matrix(b.x()).equals(matrix(v)))
                    && narrow.infer(Check.INSTANCE).equals(op.infer(Check.INSTANCE))) {
                return m.builder().add(narrow);
            }
        }
        return null;
    }

    /** The last two dimensions, which a matrix product does not broadcast. */
    private static Shape matrix(Value v) {
        Shape s = v.tensorType().shape();
        return s.slice(Math.max(0, s.rank() - 2), s.rank());
    }

    private static @Nullable Value gatherToSlice(Gather g, Match m) {
        Tensor index = m.constant(g.indices());
        Dim n = g.x().tensorType().dim(g.axis());
        if (index == null || index.size() != 1 || (index.getLong(0) < 0 && !n.isConstant())) {
            return null;
        }
        Dim start = Dim.of(index.getLong(0) < 0 ? index.getLong(0) + n.constant() : index.getLong(0));
        Shape shape = g.x().tensorType().shape();
        if (n.isConstant() && (start.constant() < 0 || start.constant() >= n.constant())) {
            return null; // fails when it runs, as it should
        }
        Value slice = m.builder().slice(g.x(), g.axis(), start, Dim.ONE);
        return m.builder()
                .reshape(
                        slice,
                        shape.slice(0, g.axis()).concat(index.shape()).concat(shape.slice(g.axis() + 1, shape.rank())));
    }

    /** The padding of the spatial axes if it is of zeros and of nothing else; begins, then ends. */
    private static @Nullable List<Dim> zeroPads(@Nullable Pad p, Match m, int spatialAxis) {
        if (p == null
                || p.mode() != PadMode.CONSTANT
                || (p.value().isPresent() && !m.isNumber(p.value().get(), 0))) {
            return null;
        }
        int rank = p.before().size();
        int spatial = rank - 2;
        List<Dim> begins = new ArrayList<>();
        List<Dim> ends = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            if (i >= spatialAxis && i < spatialAxis + spatial) {
                begins.add(p.before().get(i));
                ends.add(p.after().get(i));
            } else if (!p.before().get(i).isConstant(0) || !p.after().get(i).isConstant(0)) {
                return null;
            }
        }
        begins.addAll(ends);
        return begins;
    }

    private static List<Dim> sum(List<Dim> a, List<Dim> b) {
        List<Dim> out = new ArrayList<>();
        for (int i = 0; i < a.size(); i++) {
            out.add(a.get(i).plus(b.get(i)));
        }
        return out;
    }

    private static @Nullable Value padIntoConv(Conv c, Match m) {
        Pad pad = m.definition(c.x(), Pad.class);
        List<Dim> pads = zeroPads(pad, m, c.layout().spatialAxis());
        return pad == null || pads == null
                ? null
                : m.builder()
                        .add(new Conv(
                                pad.x(),
                                c.weights(),
                                c.window().withPads(sum(c.pads(), pads)),
                                c.groups(),
                                c.layout()));
    }

    private static @Nullable Value padIntoPool(Pool p, Match m) {
        boolean counts = p.function() == PoolFunction.AVERAGE_POOL_PADDED || p.function() == PoolFunction.SUM_POOL;
        Pad pad = counts && !p.ceilMode() ? m.definition(p.x(), Pad.class) : null;
        List<Dim> pads = zeroPads(pad, m, p.layout().spatialAxis());
        return pad == null || pads == null
                ? null
                : m.builder()
                        .add(new Pool(
                                p.function(),
                                pad.x(),
                                p.kernel(),
                                p.window().withPads(sum(p.pads(), pads)),
                                p.ceilMode(),
                                p.layout()));
    }

    private static @Nullable Value constantDims(Dims d, Match m) {
        if (!d.values().stream().allMatch(Dim::isConstant)) {
            return null;
        }
        long[] values = d.values().stream().mapToLong(Dim::constant).toArray();
        return m.builder().constant(d.scalar() ? Tensor.scalar(values[0]) : Tensor.vector(values));
    }
}
