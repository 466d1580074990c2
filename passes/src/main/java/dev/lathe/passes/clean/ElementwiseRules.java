package dev.lathe.passes.clean;

import static dev.lathe.passes.Pattern.*;
import static dev.lathe.passes.Rule.rule;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Compare;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Select;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Match;
import dev.lathe.passes.Numerics;
import dev.lathe.passes.Pattern;
import dev.lathe.passes.Rule;
import dev.lathe.passes.fold.ConstantArithmetic;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The algebra of elementwise ops. What drops an operand holds only where that did not broadcast the others. */
final class ElementwiseRules {
    private static final Pattern.Var X = var("x");
    private static final Pattern.Var Y = var("y");

    private ElementwiseRules() {}

    static final List<Rule<?>> RULES = List.of(
            rule("commute constant to the right", Binary.class, ElementwiseRules::constantRight),

            // Neutral elements.
            rule("x + 0 -> x", add(X, number(0)), m -> m.ifSameType(m.get(X))),
            rule("x - 0 -> x", subtract(X, number(0)), m -> m.ifSameType(m.get(X))),
            rule("x * 1 -> x", multiply(X, number(1)), m -> m.ifSameType(m.get(X))),
            rule("x / 1 -> x", divide(X, number(1)), m -> m.ifSameType(m.get(X))),
            rule("pow(x, 1) -> x", pow(X, number(1)), m -> m.ifSameType(m.get(X))),
            rule("logic with a constant", Binary.class, ElementwiseRules::logic),
            rule("select(c, x, x) -> x", op(Select.class, s -> true, Y, X, X), m -> m.ifSameType(m.get(X))),
            rule("select(true, x, y) -> x", op(Select.class, s -> true, bool(true), X, Y), m -> m.ifSameType(m.get(X))),
            rule(
                    "select(false, x, y) -> y",
                    op(Select.class, s -> true, bool(false), X, Y),
                    m -> m.ifSameType(m.get(Y))),
            rule(
                    "cast to its own type",
                    Cast.class,
                    (c, m) -> c.x().tensorType().element() == c.to() ? c.x() : null),
            rule("cast of a widening cast", Cast.class, ElementwiseRules::castOfCast),

            // Involutions and idempotents.
            rule(
                    "-(-x) -> x",
                    unary(UnaryFunction.NEGATE, unary(UnaryFunction.NEGATE, X)),
                    m -> m.ifSameType(m.get(X))),
            rule(
                    "not(not(x)) -> x",
                    unary(UnaryFunction.NOT, unary(UnaryFunction.NOT, X)),
                    m -> m.ifSameType(m.get(X))),
            rule("f(f(x)) -> f(x)", Unary.class, ElementwiseRules::idempotent),

            // One form for each meaning.
            rule("x - c -> x + (-c)", Binary.class, ElementwiseRules::subtractConstant),
            rule("x / c -> x * (1/c)", Binary.class, ElementwiseRules::divideByConstant),
            rule(
                    "x + (-y) -> x - y",
                    add(X, unary(UnaryFunction.NEGATE, Y)),
                    m -> m.builder().subtract(m.get(X), m.get(Y))),
            rule(
                    "1 / x -> reciprocal(x)",
                    divide(number(1), X),
                    m -> floating(m, () -> m.builder().unary(UnaryFunction.RECIPROCAL, m.get(X)))),
            rule(
                    "pow(x, 2) -> x * x",
                    pow(X, number(2)),
                    m -> m.ifSameType(m.builder().multiply(m.get(X), m.get(X)))),
            rule(
                    "pow(x, -1) -> reciprocal(x)",
                    pow(X, number(-1)),
                    m -> floating(m, () -> m.builder().unary(UnaryFunction.RECIPROCAL, m.get(X)))),
            rule(
                    "pow(x, 3) -> x * x * x",
                    pow(X, number(3)),
                    m -> relaxed(m, () -> m.builder().multiply(m.builder().multiply(m.get(X), m.get(X)), m.get(X)))),
            rule(
                    "pow(x, 0.5) -> sqrt(x)",
                    pow(X, number(0.5)),
                    m -> relaxed(m, () -> m.builder().sqrt(m.get(X)))),
            rule(
                    "max(x, 0) -> relu(x)",
                    commutative(BinaryFunction.MAX, X, number(0)),
                    m -> m.ifSameType(m.builder().relu(m.get(X)))),
            rule(
                    "1 / (1 + exp(-x)) -> sigmoid(x)",
                    unary(
                            UnaryFunction.RECIPROCAL,
                            add(unary(UnaryFunction.EXP, unary(UnaryFunction.NEGATE, X)), number(1))),
                    m -> relaxed(m, () -> m.builder().unary(UnaryFunction.SIGMOID, m.get(X)))),
            rule(
                    "not(a == b) -> a != b",
                    unary(UnaryFunction.NOT, op(Compare.class, c -> c.function() == Comparison.EQUAL, X, Y)),
                    m -> m.builder().compare(Comparison.NOT_EQUAL, m.get(X), m.get(Y))),
            rule(
                    "not(a != b) -> a == b",
                    unary(UnaryFunction.NOT, op(Compare.class, c -> c.function() == Comparison.NOT_EQUAL, X, Y)),
                    m -> m.builder().compare(Comparison.EQUAL, m.get(X), m.get(Y))),
            rule("select(not(c), x, y) -> select(c, y, x)", Select.class, ElementwiseRules::selectNot),

            // Two constants become one. Rounds differently, so not in strict numerics.
            rule("(x + c) + d -> x + (c + d)", Binary.class, (n, m) -> reassociate(n, m, BinaryFunction.ADD)),
            rule("(x * c) * d -> x * (c * d)", Binary.class, (n, m) -> reassociate(n, m, BinaryFunction.MULTIPLY)));

    private interface Make {
        Value make();
    }

    /** A replacement that rounds differently, which strict numerics do not allow. */
    private static @Nullable Value relaxed(Match m, Make make) {
        return m.mayReorder(m.get(X)) ? m.ifSameType(make.make()) : null;
    }

    private static @Nullable Value floating(Match m, Make make) {
        return isFloat(m.get(X)) ? m.ifSameType(make.make()) : null;
    }

    private static boolean isFloat(Value v) {
        return v.tensorType().element().isFloat();
    }

    private static Pattern bool(boolean value) {
        return (v, m, then) -> {
            Tensor t = m.constant(v);
            if (t == null || t.size() == 0) {
                return false;
            }
            for (long i = 0; i < t.size(); i++) {
                if (t.getBoolean(i) != value) {
                    return false;
                }
            }
            return then.getAsBoolean();
        };
    }

    private static boolean isCommutative(BinaryFunction f) {
        return switch (f) {
            case ADD, MULTIPLY, MIN, MAX, AND, OR, XOR, BIT_AND, BIT_OR, BIT_XOR -> true;
            default -> false;
        };
    }

    private static @Nullable Value constantRight(Binary n, Match m) {
        return isCommutative(n.function()) && m.isConstant(n.x()) && !m.isConstant(n.y())
                ? m.builder().binary(n.function(), n.y(), n.x())
                : null;
    }

    private static @Nullable Value logic(Binary n, Match m) {
        Tensor t = n.x().tensorType().element().isBool() ? m.constant(n.y()) : null;
        if (t == null || t.size() != 1) {
            return null;
        }
        boolean c = t.getBoolean(0);
        return switch (n.function()) {
            case AND -> c ? m.ifSameType(n.x()) : null; // x and true
            case OR -> c ? null : m.ifSameType(n.x()); // x or false
            case XOR -> // x xor true, x xor false
                m.ifSameType(c ? m.builder().unary(UnaryFunction.NOT, n.x()) : n.x());
            default -> null;
        };
    }

    private static @Nullable Value castOfCast(Cast outer, Match m) {
        Cast inner = m.definition(outer.x(), Cast.class);
        return inner != null && widens(inner.x().tensorType().element(), inner.to())
                ? m.builder().add(new Cast(inner.x(), outer.to(), outer.saturate()))
                : null;
    }

    /** Whether every value of {@code from} is a value of {@code to}. */
    private static boolean widens(ElementType from, ElementType to) {
        if (from == to) {
            return true;
        }
        return switch (to) {
            case F64 ->
                from == ElementType.F32
                        || from == ElementType.F16
                        || from == ElementType.BF16
                        || (from.isInteger() && from.bits() <= 32);
            case F32 -> from == ElementType.F16 || from == ElementType.BF16 || (from.isInteger() && from.bits() <= 16);
            case I64 -> (from.isInteger() && from.bits() <= 32) || from.isBool();
            case I32 -> (from.isInteger() && from.bits() <= 16) || from.isBool();
            default -> false;
        };
    }

    private static @Nullable Value idempotent(Unary u, Match m) {
        return switch (u.function()) {
            case RELU, ABS, SIGN, FLOOR, CEIL, ROUND -> {
                Unary inner = m.definition(u.x(), Unary.class);
                yield inner != null && inner.function() == u.function() ? u.x() : null;
            }
            default -> null;
        };
    }

    private static @Nullable Value subtractConstant(Binary n, Match m) {
        Tensor c = n.function() == BinaryFunction.SUBTRACT && isFloat(n.x()) ? m.constant(n.y()) : null;
        return c == null || m.isConstant(n.x()) || !m.isOwn(n.y())
                ? null
                : m.builder().add(n.x(), m.builder().constant(ConstantArithmetic.map(c, x -> -x), n.y().name()));
    }

    private static @Nullable Value divideByConstant(Binary n, Match m) {
        Tensor c = n.function() == BinaryFunction.DIVIDE && isFloat(n.x()) ? m.constant(n.y()) : null;
        if (c == null || m.isConstant(n.x()) || !m.isOwn(n.y())) {
            return null;
        }
        // A single division costs nothing, and it may be the scale of a quantization.
        boolean worthwhile = n.x().tensorType().rank() > 0 && !m.isCut();
        Tensor reciprocal = ConstantArithmetic.map(c, x -> 1 / x);
        for (long i = 0; i < c.size(); i++) {
            double d = c.getDouble(i);
            double r = reciprocal.getDouble(i);
            boolean exact = d * r == 1;
            // A reciprocal near the ends of the type's range has few bits or is no number.
            boolean close = Math.abs(d * r - 1) < 0.01;
            boolean fine = c.element().bits() >= 32 && m.numerics() != Numerics.STRICT && worthwhile;
            if (!close || Math.abs(d) < 1e-30 || Math.abs(d) > 1e30 || (!exact && !fine)) {
                return null;
            }
        }
        return m.builder().multiply(n.x(), m.builder().constant(reciprocal, n.y().name()));
    }

    private static @Nullable Value selectNot(Select s, Match m) {
        Unary u = m.definition(s.condition(), Unary.class);
        return u != null && u.function() == UnaryFunction.NOT ? m.builder().select(u.x(), s.y(), s.x()) : null;
    }

    private static @Nullable Value reassociate(Binary outer, Match m, BinaryFunction f) {
        if (outer.function() != f || !m.mayReorder(outer.x())) {
            return null;
        }
        Tensor d = m.constant(outer.y());
        if (d == null) {
            return null;
        }
        Binary inner = m.definitionUsedOnce(outer.x(), Binary.class);
        if (inner == null || inner.function() != f) {
            return null;
        }
        Tensor c = m.constant(inner.y());
        // The joint constant must not be larger than the larger of the two, or the rewrite trades work for memory.
        if (c == null || c.size() > 1 && d.size() > 1 && !c.shape().equals(d.shape())) {
            return null;
        }
        if (!m.isOwn(c.size() > d.size() ? inner.y() : outer.y())) {
            return null;
        }
        Tensor joint = f == BinaryFunction.ADD
                ? ConstantArithmetic.map(c, d, Double::sum)
                : ConstantArithmetic.map(c, d, (a, b) -> a * b);
        return m.builder().binary(f, inner.x(), m.builder().constant(joint));
    }
}
