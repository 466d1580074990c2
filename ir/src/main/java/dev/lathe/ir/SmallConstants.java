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

/**
 * What is known of small constants at once, so that the logic of exported shapes and conditions never becomes nodes:
 * integers and truth values that ops compute of them become constants. Other results, such as floats, are remembered
 * as known, but their nodes stay: a constant that is kept in few bytes and widened is the model's way to store it.
 */
final class SmallConstants {
    private SmallConstants() {}

    /**
     * A known result of an op.
     *
     * @param narrow whether integers of less than 32 bits went into it, which are weights and no sizes
     */
    record Known(Tensor value, boolean narrow) {
        boolean isShape() {
            ElementType e = value.element();
            return e.isBool() || (!narrow && (e == ElementType.I64 || e == ElementType.I32));
        }
    }

    /** What {@code op} gives, if its operands are known and all are small. */
    static Optional<Known> compute(Op op, Builder b) {
        boolean candidate = switch (op) {
            case Elementwise _, Movement _, Indexing _, Reduction _ ->
                op.binds().isEmpty();
            default -> false;
        };
        if (!candidate) {
            return Optional.empty();
        }
        Map<Value, Datum> operands = new IdentityHashMap<>(4);
        boolean narrow = false;
        for (Value v : op.operands()) {
            Optional<Known> t = b.small(v);
            if (t.isEmpty()) {
                return Optional.empty();
            }
            narrow |= t.get().narrow;
            operands.put(v, t.get().value);
        }
        try {
            if (!isSmall(op)) {
                return Optional.empty();
            }
            Tensor value =
                    (Tensor) ReferenceEvaluator.evaluate((CoreOp) op, operands).getFirst();
            return Optional.of(new Known(value, narrow));
        } catch (InvalidOpException | LatheException e) {
            return Optional.empty(); // told when the op itself is added or run
        }
    }

    /** A constant as known, if it is small. */
    static Optional<Known> of(Tensor t) {
        return t.size() > ShapeArithmetic.MAX_ELEMENTS
                ? Optional.empty()
                : Optional.of(
                        new Known(t, t.element().isInteger() && t.element().bits() < 32));
    }

    private static boolean isSmall(Op op) {
        return op.infer(Check.INSTANCE).getFirst() instanceof TensorType t
                && t.shape().isStatic()
                && t.shape().elements().constant() <= ShapeArithmetic.MAX_ELEMENTS;
    }

    /**
     * A constant that equals {@code op}, a comparison or a choice of dimensions, if that is decided for all of them.
     */
    static Optional<Op> decided(Op op, Builder b) {
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

    /**
     * Whether {@code difference} compares with zero in this way for all values of the symbols; empty if that depends.
     */
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
