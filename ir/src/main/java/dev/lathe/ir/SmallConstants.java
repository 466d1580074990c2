package dev.lathe.ir;

import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.Compare;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Elementwise;
import dev.lathe.ir.op.Indexing;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Movement;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Reduction;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Decides at once what small constants and comparisons of dimensions give, so that the conditions of exported shape logic never become nodes. */
final class SmallConstants {
    private SmallConstants() {}

    /** A constant that equals {@code op}, if its operands are small constants or its comparison of dimensions is decided. */
    static Optional<Op> fold(Op op, Builder b) {
        boolean foldable = switch (op) {
            case Elementwise _, Movement _, Indexing _, Reduction _ ->
                op.binds().isEmpty();
            default -> false;
        };
        if (!foldable) {
            return Optional.empty();
        }
        Map<Value, Datum> operands = new IdentityHashMap<>();
        for (Value v : op.operands()) {
            Optional<Tensor> t = b.constant(v);
            if (t.isEmpty() || t.get().size() > ShapeArithmetic.MAX_ELEMENTS) {
                return decided(op, b);
            }
            operands.put(v, t.get());
        }
        try {
            op.infer(Check.INSTANCE);
            if (!isSmall(op)) {
                return Optional.empty();
            }
            return Optional.of(new Constant(
                    (Tensor) ReferenceEvaluator.evaluate((CoreOp) op, operands).getFirst()));
        } catch (InvalidOpException | LatheException e) {
            return Optional.empty(); // told when the op itself is added or run
        }
    }

    private static boolean isSmall(Op op) {
        return op.infer(Check.INSTANCE).getFirst() instanceof TensorType t
                && t.shape().isStatic()
                && t.shape().elements().constant() <= ShapeArithmetic.MAX_ELEMENTS;
    }

    private static Optional<Op> decided(Op op, Builder b) {
        return switch (op) {
            case Compare c -> compare(c, b);
            case Cast(Value x, ElementType to, boolean _)
            when to == ElementType.BOOL ->
                b.dims(x)
                        .flatMap(dims -> booleans(
                                dims.stream()
                                        .map(d -> holds(Comparison.NOT_EQUAL, d))
                                        .toList(),
                                x.tensorType().rank()));
            case Select s -> select(s, b);
            default -> Optional.empty();
        };
    }

    private static Optional<Op> compare(Compare c, Builder b) {
        Optional<List<Dim>> x = b.dims(c.x());
        Optional<List<Dim>> y = b.dims(c.y());
        if (x.isEmpty() || y.isEmpty() || x.get().isEmpty() || y.get().isEmpty()) {
            return Optional.empty();
        }
        List<Optional<Boolean>> results = new ArrayList<>();
        for (int i = 0; i < Math.max(x.get().size(), y.get().size()); i++) {
            Dim p = x.get().get(x.get().size() == 1 ? 0 : i);
            Dim q = y.get().get(y.get().size() == 1 ? 0 : i);
            results.add(holds(c.function(), p.minus(q)));
        }
        return booleans(
                results, Math.max(c.x().tensorType().rank(), c.y().tensorType().rank()));
    }

    /** Whether {@code difference} compares with zero in this way for all values of the symbols; empty if that depends. */
    private static Optional<Boolean> holds(Comparison comparison, Dim difference) {
        long low = difference.lowerBound();
        long high = difference.upperBound();
        return switch (comparison) {
            case EQUAL ->
                low > 0 || high < 0 ? Optional.of(false) : low == 0 && high == 0 ? Optional.of(true) : Optional.empty();
            case NOT_EQUAL -> holds(Comparison.EQUAL, difference).map(equal -> !equal);
            case LESS -> high < 0 ? Optional.of(true) : low >= 0 ? Optional.of(false) : Optional.empty();
            case LESS_OR_EQUAL -> high <= 0 ? Optional.of(true) : low > 0 ? Optional.of(false) : Optional.empty();
            case GREATER -> holds(Comparison.LESS_OR_EQUAL, difference).map(less -> !less);
            case GREATER_OR_EQUAL -> holds(Comparison.LESS, difference).map(less -> !less);
        };
    }

    private static Optional<Op> booleans(List<Optional<Boolean>> values, int rank) {
        if (rank > 1 || values.stream().anyMatch(Optional::isEmpty)) {
            return Optional.empty();
        }
        boolean[] array = new boolean[values.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = values.get(i).orElseThrow();
        }
        return Optional.of(new Constant(rank == 0 ? Tensor.scalar(array[0]) : Tensor.of(array, array.length)));
    }

    private static Optional<Op> select(Select s, Builder b) {
        Optional<Tensor> condition = b.constant(s.condition());
        Optional<List<Dim>> x = b.dims(s.x());
        Optional<List<Dim>> y = b.dims(s.y());
        if (condition.isEmpty()
                || x.isEmpty()
                || y.isEmpty()
                || s.x().tensorType().element() != ElementType.I64
                || condition.get().rank() > 1) {
            return Optional.empty();
        }
        int c = (int) condition.get().size();
        int n = Math.max(c, Math.max(x.get().size(), y.get().size()));
        if (c == 0 || x.get().isEmpty() || y.get().isEmpty()) {
            return Optional.empty();
        }
        List<Dim> out = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            List<Dim> from = condition.get().getBoolean(c == 1 ? 0 : i) ? x.get() : y.get();
            out.add(from.get(from.size() == 1 ? 0 : i));
        }
        int rank = Math.max(
                condition.get().rank(),
                Math.max(s.x().tensorType().rank(), s.y().tensorType().rank()));
        return Optional.of(ShapeArithmetic.creation(out, rank));
    }
}
