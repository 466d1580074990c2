package dev.lathe.passes.fuse;

import static dev.lathe.passes.Rule.rule;

import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Reshape;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Match;
import dev.lathe.passes.Rule;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Dequantization of stored weights as files of older opsets spell it out: their codes as integers of 32 bits, less zero
 * points, as floats, times scales. Scales and zero points of blocks are repeated by a broadcast and a reshape. The bits
 * are those of the op.
 */
final class DequantizeRules {
    private DequantizeRules() {}

    static final List<Rule<?>> RULES =
            List.of(rule("cast(cast(x) - cast(z)) * s -> dequantize(x, s, z)", Binary.class, DequantizeRules::product));

    /**
     * What a scale or a zero point is for each element.
     *
     * @param values as {@link Dequantize} takes them
     * @param axis the axis along which there are several; -1 if there is one for all
     * @param block how many indices of the axis share one; 0 if none do
     */
    private record Factors(Value values, int axis, long block) {
        /** Whether one op has both. */
        boolean fits(Factors other) {
            return axis < 0 || other.axis < 0 || axis == other.axis && block == other.block;
        }
    }

    private static @Nullable Value product(Binary op, Match m) {
        if (op.function() != BinaryFunction.MULTIPLY) {
            return null;
        }
        Value made = product(op.x(), op.y(), m);
        return made != null ? made : product(op.y(), op.x(), m);
    }

    private static @Nullable Value product(Value codes, Value scale, Match m) {
        Cast floats = m.definition(codes, Cast.class);
        if (floats == null || floats.to() != ElementType.F32) {
            return null;
        }
        Binary centered = m.definition(floats.x(), Binary.class);
        if (centered != null && centered.function() != BinaryFunction.SUBTRACT) {
            centered = null;
        }
        Value x = narrow(centered == null ? floats.x() : centered.x(), m);
        Value z = centered == null ? null : narrow(centered.y(), m);
        if (x == null
                || !m.isConstant(x)
                || !x.type()
                        .equals(codes.tensorType().withElement(x.tensorType().element()))
                || centered != null
                        && (z == null
                                || z.tensorType().element() != x.tensorType().element())) {
            return null;
        }
        Factors scales = factors(scale, x, m);
        Factors zeros = z == null ? scales : factors(z, x, m);
        if (scales == null || zeros == null || !scales.fits(zeros)) {
            return null;
        }
        Factors several = scales.axis < 0 ? zeros : scales;
        return m.ifSameType(m.builder()
                .add(new Dequantize(
                        x,
                        scales.values,
                        z == null ? Optional.empty() : Optional.of(zeros.values),
                        ElementType.F32,
                        Math.max(0, several.axis),
                        several.block)));
    }

    /** The integers of 8 bits or less that {@code v} is, perhaps cast to 32; null if it is something else. */
    private static @Nullable Value narrow(Value v, Match m) {
        Cast wide = m.definition(v, Cast.class);
        Value own = wide != null && wide.to() == ElementType.I32 ? wide.x() : v;
        ElementType e = own.tensorType().element();
        return e.isInteger() && e.bits() <= 8 && own.tensorType().isStatic() ? own : null;
    }

    /** How {@code v} lies against {@code x}; null if as no {@link Dequantize} has it. */
    private static @Nullable Factors factors(Value v, Value x, Match m) {
        TensorType t = v.tensorType();
        if (!t.isStatic()) {
            return null;
        }
        if (t.shape().elements().isConstant(1)) {
            return new Factors(m.builder().reshape(v, Shape.SCALAR), -1, 0);
        }
        Factors blocks = blocks(v, x, m);
        if (blocks != null) {
            return blocks;
        }
        int rank = x.tensorType().rank();
        int axis = -1;
        for (int i = 0; i < t.rank(); i++) {
            if (!t.dim(i).isConstant(1)) {
                if (axis >= 0 || !t.dim(i).equals(x.tensorType().dim(rank - t.rank() + i))) {
                    return null;
                }
                axis = rank - t.rank() + i;
            }
        }
        Shape vector = Shape.of(t.shape().elements());
        return m.isConstant(v) ? new Factors(m.builder().reshape(v, vector), axis, 0) : null;
    }

    /** {@code slice(reshape(broadcast(values)))}, where the broadcast repeats each index of an axis. */
    private static @Nullable Factors blocks(Value v, Value x, Match m) {
        Slice part = m.definition(v, Slice.class);
        if (part != null
                && (part.starts().stream().anyMatch(d -> !d.isConstant(0))
                        || part.steps().stream().anyMatch(step -> step != 1))) {
            return null;
        }
        Reshape joined = m.definition(part == null ? v : part.x(), Reshape.class);
        if (joined == null) {
            return null;
        }
        Broadcast repeated = m.definition(joined.x(), Broadcast.class);
        Shape all = x.tensorType().shape();
        if (repeated == null
                || !v.tensorType().shape().equals(all)
                || !m.isConstant(repeated.x())
                || repeated.x().tensorType().rank() != all.rank() + 1) {
            return null;
        }
        Shape from = repeated.x().tensorType().shape();
        int axis = -1;
        for (int i = 0; i < from.rank(); i++) {
            if (!from.dim(i).equals(repeated.shape().dim(i))) {
                if (axis >= 0 || i == 0) {
                    return null;
                }
                axis = i - 1;
            }
        }
        if (axis < 0) {
            return null;
        }
        Dim block = repeated.shape().dim(axis + 1);
        Shape values = from.without(axis + 1);
        boolean fits = joined.shape().equals(values.with(axis, values.dim(axis).times(block)))
                && values.dim(axis).equals(all.dim(axis).ceilDiv(block))
                && values.without(axis).equals(all.without(axis));
        return fits ? new Factors(m.builder().reshape(repeated.x(), values), axis, block.constant()) : null;
    }
}
