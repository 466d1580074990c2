package dev.lathe.backend.opencl;

import dev.lathe.backend.plan.Convolutions;
import dev.lathe.backend.plan.Kernels;
import dev.lathe.backend.plan.Movements;
import dev.lathe.backend.plan.Products;
import dev.lathe.backend.plan.RowKernels;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.type.ElementType;

/** What this target has kernels for. */
final class OpenClKernels {
    private OpenClKernels() {}

    static Kernels table() {
        Kernels kernels = new Kernels(ClText::hasArrays, PointwiseText::supports);
        Movements.addTo(kernels);
        Products.addTo(kernels);
        Convolutions.addTo(
                kernels,
                Convolutions.DepthwiseOperand.ANYWHERE,
                Convolutions.Filters.WEIGHTS,
                Convolutions.Sums.IN_ORDER);
        RowKernels.addTo(kernels);
        return kernels.only(Reduce.class, r -> isFloat(r.x()))
                .only(MatMul.class, m -> isFloat(m.x()))
                .only(Conv.class, c -> isFloat(c.x()))
                .only(ConvTranspose.class, c -> isFloat(c.x()))
                .only(ScaledDotProductAttention.class, AttentionText::takes);
    }

    private static boolean isFloat(Value v) {
        return v.tensorType().element() == ElementType.F32;
    }
}
