package dev.lathe.ir;

import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.Concat;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.Movement;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Computes with integer vectors whose elements are dimension expressions: {@code Shape → Gather → Multiply → Concat}
 * without a node.
 */
final class ShapeArithmetic {
    static final int MAX_ELEMENTS = 64;

    private ShapeArithmetic() {}

    /**
     * The integers the result of an op holds, if it is a {@link Dims}, as 32 bits too, or a small integer constant of
     * rank 0 or 1.
     */
    static Optional<List<Dim>> contents(Op op, Builder b) {
        return switch (op) {
            case Dims d -> Optional.of(d.values());
            case Constant(Tensor t)
            when t.element().isInteger()
                    && t.element() != ElementType.U64
                    && t.rank() <= 1
                    && t.size() <= MAX_ELEMENTS ->
                Optional.of(IntStream.range(0, (int) t.size())
                        .mapToObj(i -> Dim.of(t.getLong(i)))
                        .toList());
            case Cast c when c.to() == ElementType.I32 && isSize(c.x()) -> b.dims(c.x());
            default -> Optional.empty();
        };
    }

    /** A creation op that equals {@code op}, if that is i64 arithmetic on known dimension expressions. */
    static Optional<Op> fold(Op op, Builder b) {
        if (!isCandidate(op)) {
            return moved(op, b);
        }
        try {
            return result(op, b).map(values -> typed(creation(values, resultRank(op)), resultElement(op), b));
        } catch (ArithmeticException e) {
            return Optional.empty(); // too complex to stay symbolic: computed at run time
        }
    }

    /** Pads and the like go through matrices, where they are turned and reversed. */
    private static Optional<Op> moved(Op op, Builder b) {
        boolean isMatrix = (op instanceof Movement || op instanceof Gather)
                && op.operands().stream().allMatch(v -> v.type() instanceof TensorType t && t.isRanked() && isSize(v))
                && op.operands().stream().anyMatch(v -> v.tensorType().rank() > 1);
        if (!isMatrix || !(op.infer(Check.INSTANCE).getFirst() instanceof TensorType type) || type.rank() > 1) {
            return Optional.empty();
        }
        return IntegerEntries.known(op, b)
                .flatMap(IntegerEntries::values)
                .map(values -> typed(creation(values, type.rank()), type.element(), b));
    }

    private static boolean isCandidate(Op op) {
        return switch (op) {
            case Binary _, Unary _, Cast _, Concat _, Gather _, Reduce _, Reshape _, Slice _ ->
                !op.operands().isEmpty()
                        && op.operands().stream()
                                .allMatch(v -> v.type() instanceof TensorType t
                                        && t.isRanked()
                                        && t.rank() <= 1
                                        && t.element().isInteger())
                        && resultRank(op) <= 1;
            default -> false;
        };
    }

    private static int resultRank(Op op) {
        return switch (op) {
            case Reshape r -> r.shape().rank();
            case Gather g -> g.indices().tensorType().rank();
            case Reduce r ->
                r.keepDims()
                        ? r.x().tensorType().rank()
                        : r.x().tensorType().rank() - r.axes().size();
            default ->
                op.operands().stream()
                        .mapToInt(v -> v.tensorType().rank())
                        .max()
                        .orElse(0);
        };
    }

    static Op creation(List<Dim> values, int rank) {
        if (values.stream().allMatch(Dim::isConstant)) {
            long[] longs = values.stream().mapToLong(Dim::constant).toArray();
            return new Constant(rank == 0 ? Tensor.scalar(longs[0]) : Tensor.vector(longs));
        }
        return new Dims(values, rank == 0);
    }

    /** A shape that an exporter keeps in 32 bits wraps only for dimensions that no tensor has. */
    private static boolean isSize(Value v) {
        ElementType element = v.tensorType().element();
        return element == ElementType.I64 || element == ElementType.I32;
    }

    private static ElementType resultElement(Op op) {
        return op instanceof Cast c
                ? c.to()
                : op.operands().getFirst().tensorType().element();
    }

    private static Op typed(Op i64, ElementType element, Builder b) {
        return element == ElementType.I64 ? i64 : new Cast(b.add(i64), element, true);
    }

    private static Optional<List<Dim>> result(Op op, Builder b) {
        switch (op) {
            case Cast c -> {
                boolean toSize = c.to() == ElementType.I64 || c.to() == ElementType.I32;
                boolean same = c.to() == ElementType.I32
                        && b.definition(c.x(), Dims.class).isPresent();
                return toSize && !same && isSize(c.x()) ? b.dims(c.x()) : Optional.empty();
            }
            case Binary n
            when isSize(n.x()) -> {
                Optional<List<Dim>> x = b.dims(n.x());
                Optional<List<Dim>> y = b.dims(n.y());
                if (x.isEmpty() || y.isEmpty()) {
                    return Optional.empty();
                }
                int size = Math.max(x.get().size(), y.get().size());
                if (x.get().size() == 0 || y.get().size() == 0) {
                    size = 0;
                }
                List<Dim> out = new ArrayList<>();
                for (int i = 0; i < size; i++) {
                    Dim p = x.get().get(x.get().size() == 1 ? 0 : i);
                    Dim q = y.get().get(y.get().size() == 1 ? 0 : i);
                    Optional<Dim> r = binary(n, p, q);
                    if (r.isEmpty()) {
                        return Optional.empty();
                    }
                    out.add(r.get());
                }
                return Optional.of(out);
            }
            case Unary u
            when isSize(u.x()) -> {
                return b.dims(u.x()).flatMap(x -> unary(u, x));
            }
            case Concat c
            when isSize(c.inputs().getFirst()) -> {
                List<Dim> all = new ArrayList<>();
                for (Value v : c.inputs()) {
                    Optional<List<Dim>> part = b.dims(v);
                    if (part.isEmpty()) {
                        return Optional.empty();
                    }
                    all.addAll(part.get());
                }
                return all.size() <= MAX_ELEMENTS ? Optional.of(all) : Optional.empty();
            }
            case Gather g
            when isSize(g.x()) -> {
                Optional<List<Dim>> x = b.dims(g.x());
                Optional<List<Dim>> indices = b.dims(g.indices());
                if (x.isEmpty() || indices.isEmpty()) {
                    return Optional.empty();
                }
                List<Dim> out = new ArrayList<>();
                int n = x.get().size();
                for (Dim index : indices.get()) {
                    if (!index.isConstant() || index.constant() < -n || index.constant() >= n) {
                        return Optional.empty();
                    }
                    out.add(x.get().get(Math.floorMod(index.constant(), n)));
                }
                return Optional.of(out);
            }
            case Slice s
            when isSize(s.x()) && s.starts().size() == 1 -> {
                Optional<List<Dim>> x = b.dims(s.x());
                if (x.isEmpty()
                        || !s.starts().getFirst().isConstant()
                        || !s.sizes().getFirst().isConstant()) {
                    return Optional.empty();
                }
                List<Dim> out = new ArrayList<>();
                for (long i = 0; i < s.sizes().getFirst().constant(); i++) {
                    out.add(x.get().get((int)
                            (s.starts().getFirst().constant() + i * s.steps().getFirst())));
                }
                return Optional.of(out);
            }
            case Reshape r
            when isSize(r.x()) -> {
                return b.dims(r.x());
            }
            case Reduce r
            when isSize(r.x()) && r.x().tensorType().rank() == 1 && r.axes().size() == 1 -> {
                return b.dims(r.x()).filter(x -> !x.isEmpty()).flatMap(x -> reduce(r, x));
            }
            default -> {
                return Optional.empty();
            }
        }
    }

    private static Optional<List<Dim>> reduce(Reduce r, List<Dim> x) {
        Optional<Dim> result = switch (r.function()) {
            case REDUCE_SUM -> x.stream().reduce(Dim::plus);
            case REDUCE_PROD -> x.stream().reduce(Dim::times);
            case REDUCE_MIN -> x.stream().reduce(Dim::min);
            case REDUCE_MAX -> x.stream().reduce(Dim::max);
            case REDUCE_MEAN -> Optional.empty();
        };
        return result.map(List::of);
    }

    private static Optional<List<Dim>> unary(Unary u, List<Dim> x) {
        return switch (u.function()) {
            case NEGATE -> Optional.of(x.stream().map(Dim::negate).toList());
            case ABS -> x.stream().allMatch(Dim::isNonNegative) ? Optional.of(x) : Optional.empty();
            case RELU -> Optional.of(x.stream().map(d -> d.max(Dim.ZERO)).toList());
            default -> Optional.empty();
        };
    }

    private static Optional<Dim> binary(Binary op, Dim x, Dim y) {
        return switch (op.function()) {
            case ADD -> Optional.of(x.plus(y));
            case SUBTRACT -> Optional.of(x.minus(y));
            case MULTIPLY -> Optional.of(x.times(y));
            case MIN -> Optional.of(x.min(y));
            case MAX -> Optional.of(x.max(y));
            case DIVIDE ->
                // Truncation and floor agree where nothing is negative.
                x.isConstant() && y.isConstant() && !y.isConstant(0)
                        ? Optional.of(Dim.of(x.constant() / y.constant()))
                        : x.isNonNegative() && y.isPositive() ? Optional.of(x.floorDiv(y)) : Optional.empty();
            case MOD -> y.isPositive() ? Optional.of(x.mod(y)) : Optional.empty();
            case FMOD -> x.isNonNegative() && y.isPositive() ? Optional.of(x.mod(y)) : Optional.empty();
            default -> Optional.empty();
        };
    }
}
