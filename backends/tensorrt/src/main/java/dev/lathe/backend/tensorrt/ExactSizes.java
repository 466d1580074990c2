package dev.lathe.backend.tensorrt;

import static dev.lathe.passes.Pattern.multiply;
import static dev.lathe.passes.Pattern.op;
import static dev.lathe.passes.Pattern.unary;
import static dev.lathe.passes.Pattern.var;
import static dev.lathe.passes.Pattern.where;
import static dev.lathe.passes.Rule.rule;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Match;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Pattern;
import dev.lathe.passes.Rewriter;
import dev.lathe.passes.Rule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Computes sizes times factors, rounded down, by integers: TensorRT has no doubles. A factor, an f32, is a whole number
 * and a fraction in two halves of 26 bits, so that no product with a size below 2³¹ leaves 64 bits. The result is that
 * of doubles for factors of at least 2⁻²⁸.
 */
record ExactSizes() implements Pass {
    private static final long HALF = 1L << 26;

    private static final Pattern.Var SIZES = var("sizes");
    private static final Pattern.Var FACTORS = var("factors");

    private static final List<Rule<?>> RULES = List.of(rule(
            "i64(floor(sizes * f64(factors))) -> whole * sizes + fraction * sizes",
            cast(
                    ElementType.I64,
                    unary(
                            UnaryFunction.FLOOR,
                            multiply(SIZES, cast(ElementType.F64, where(ExactSizes::isFloat, FACTORS))))),
            m -> sizes(m, m.get(SIZES))));

    @Override
    public String name() {
        return "exact-sizes";
    }

    @Override
    public String description() {
        return "compute sizes times factors that only a run tells by integers";
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        return Rewriter.run(graph, this, context, RULES);
    }

    private static Pattern.Node cast(ElementType to, Pattern x) {
        return op(Cast.class, c -> c.to() == to, x);
    }

    private static boolean isFloat(Value v) {
        return v.tensorType().element() == ElementType.F32;
    }

    private static @Nullable Value sizes(Match m, Value doubles) {
        Builder b = m.builder();
        Value n = integers(m, doubles);
        if (n == null) {
            return null;
        }
        Value factors = m.get(FACTORS);
        Value whole = b.unary(UnaryFunction.FLOOR, factors);
        Value fraction = shifted(b, b.subtract(factors, whole));
        Value high = b.unary(UnaryFunction.FLOOR, fraction);
        Value low = b.unary(UnaryFunction.FLOOR, shifted(b, b.subtract(fraction, high)));
        Value half = b.constant(Tensor.scalar(HALF));
        Value carry = b.divide(b.multiply(b.cast(low, ElementType.I64), n), half);
        Value rest = b.divide(b.add(b.multiply(b.cast(high, ElementType.I64), n), carry), half);
        return m.ifSameType(b.add(b.multiply(b.cast(whole, ElementType.I64), n), rest));
    }

    private static Value shifted(Builder b, Value x) {
        return b.multiply(x, b.constant(Tensor.scalar((float) HALF)));
    }

    /** The integers that some doubles are; null if they are others. */
    private static @Nullable Value integers(Match m, Value doubles) {
        Cast cast = m.definition(doubles, Cast.class);
        if (cast != null && cast.x().tensorType().element() == ElementType.I64) {
            return cast.x();
        }
        Tensor known = m.constant(doubles);
        if (known == null) {
            return null;
        }
        Tensor integers = Tensor.zeros(ElementType.I64, known.dims());
        for (long i = 0; i < known.size(); i++) {
            double x = known.getDouble(i);
            if (x != Math.rint(x) || Math.abs(x) > Integer.MAX_VALUE) {
                return null;
            }
            integers.setLong(i, (long) x);
        }
        return m.builder().constant(integers);
    }
}
