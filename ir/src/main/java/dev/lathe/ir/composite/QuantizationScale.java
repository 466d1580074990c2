package dev.lathe.ir.composite;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.Slice;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Scales and zero points laid out against the tensor that they are for. */
final class QuantizationScale {
    /** Longer than the blocks of real models. */
    private static final long LONG_BLOCK = 1 << 16;

    private QuantizationScale() {}

    /** Whether {@code v} is one number for all elements, so that no axis matters. */
    static boolean isScalar(Value v) {
        return v.tensorType().rank() == 0;
    }

    /** Whether {@code v} can be laid out so, as far as types tell. */
    static void check(Check check, Value v, Value x, int axis, long blockSize) {
        Shape own = v.tensorType().shape();
        Shape s = x.tensorType().shape();
        check.that(blockSize >= 0, "blocks of %s", blockSize);
        if (own.rank() == 0 || own.rank() == 1 && own.dim(0).isConstant(1)) {
            return;
        }
        String what = "scales of quantization";
        if (s.rank() == 1 && own.rank() == 1 && blockSize == 0) {
            check.same(own.dim(0), s.dim(0), what);
            return;
        }
        check.axis(axis, x);
        if (blockSize != 0 && own.rank() == s.rank()) {
            for (int i = 0; i < s.rank(); i++) {
                check.same(own.dim(i), i == axis ? s.dim(i).ceilDiv(Dim.of(blockSize)) : s.dim(i), what);
            }
        } else if (own.rank() == 1) {
            check.same(own.dim(0), s.dim(axis), what);
        } else {
            check.that(
                    check.broadcast(s, own).equals(s),
                    "%s of type %s do not broadcast to %s",
                    what,
                    v.type(),
                    x.type());
        }
    }

    /**
     * {@code v}, a scalar, a vector along {@code axis}, or an entry for each block along it, as it broadcasts against
     * {@code x}.
     */
    static Value over(Builder b, Value v, Value x, int axis, long blockSize) {
        TensorType t = v.tensorType();
        int rank = x.tensorType().rank();
        if (t.rank() == 0) {
            return v;
        }
        if (blockSize != 0 && t.rank() == rank) {
            return blocks(b, v, x.tensorType().dim(axis), axis, blockSize);
        }
        if (t.rank() == 1 && rank != 1) {
            if (t.dim(0).isConstant(1)) {
                return b.reshape(v, Shape.SCALAR);
            }
            List<Dim> dims = new ArrayList<>(Collections.nCopies(rank, Dim.ONE));
            dims.set(axis, t.dim(0));
            return b.reshape(v, Shape.of(dims));
        }
        return v;
    }

    private static Value blocks(Builder b, Value v, Dim length, int axis, long blockSize) {
        Shape s = v.tensorType().shape();
        // A block that is longer than the axis is the only one.
        Dim block = length.isConstant() || blockSize > LONG_BLOCK ? length.min(Dim.of(blockSize)) : Dim.of(blockSize);
        List<Dim> apart = new ArrayList<>(s.dims());
        apart.add(axis + 1, Dim.ONE);
        List<Dim> repeated = new ArrayList<>(apart);
        repeated.set(axis + 1, block);
        Shape joined = s.with(axis, s.dim(axis).times(block));
        Value all = b.reshape(b.broadcast(b.reshape(v, Shape.of(apart)), Shape.of(repeated)), joined);
        if (joined.dim(axis).equals(length)) {
            return all;
        }
        return b.add(new Slice(
                all,
                Collections.nCopies(s.rank(), Dim.ZERO),
                joined.with(axis, length).dims(),
                Collections.nCopies(s.rank(), 1L)));
    }
}
