package dev.lathe.backend.tvm;

import dev.lathe.backend.plan.Convolutions;
import dev.lathe.backend.plan.IndexKernels;
import dev.lathe.backend.plan.Kernels;
import dev.lathe.backend.plan.Movements;
import dev.lathe.backend.plan.Products;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Range;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.passes.Numerics;

/** What this target has kernels for. */
final class TvmKernels {
    private TvmKernels() {}

    static Kernels table(Numerics numerics) {
        Kernels kernels = new Kernels(Dtype::hasArrays, PointwiseKernels::supports);
        Movements.addTo(kernels);
        Products.addTo(kernels);
        Convolutions.addTo(
                kernels,
                Convolutions.DepthwiseOperand.ANYWHERE,
                Convolutions.Filters.ANY,
                numerics == Numerics.STRICT ? Convolutions.Sums.IN_ORDER : Convolutions.Sums.REGROUPED,
                Convolutions.Transposed.WHOLE);
        dev.lathe.backend.plan.RowKernels.addTo(kernels);
        IndexKernels.addTo(kernels);
        return kernels.only(Reduce.class, r -> isComputed(r.x()))
                .only(ArgReduce.class, a -> isComputed(a.x()))
                .only(Cumulative.class, c -> isComputed(c.x()))
                .only(Range.class, r -> isComputed(r.start()))
                .only(ScatterElements.class, s -> s.reduction() == ScatterReduction.NONE || isComputed(s.x()))
                .only(MatMul.class, m -> isComputed(m.x()))
                .only(Conv.class, c -> isComputed(c.x()))
                .only(ConvTranspose.class, c -> isComputed(c.x()));
    }

    private static boolean isComputed(Value v) {
        return Dtype.stored(v.tensorType().element()).isPresent();
    }
}
