package dev.lathe.backend.opencl;

import dev.lathe.backend.plan.Convolutions;
import dev.lathe.backend.plan.IndexKernels;
import dev.lathe.backend.plan.Kernels;
import dev.lathe.backend.plan.Movements;
import dev.lathe.backend.plan.Products;
import dev.lathe.backend.plan.RowKernels;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.op.ArgReduce;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.Determinant;
import dev.lathe.ir.op.GridSample;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.PoolIndices;
import dev.lathe.ir.op.Range;
import dev.lathe.ir.op.Reduce;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.op.RoiAlign;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterNd;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.type.ElementType;

/** What this target has kernels for. */
final class OpenClKernels {
    private OpenClKernels() {}

    /** @param doubles whether the device computes with doubles */
    static Kernels table(boolean doubles) {
        Kernels kernels = new Kernels(ClText::hasArrays, nodes -> PointwiseText.supports(nodes, doubles));
        Movements.addTo(kernels);
        Products.addTo(kernels);
        Convolutions.addTo(
                kernels,
                Convolutions.DepthwiseOperand.ANYWHERE,
                Convolutions.Filters.ANY,
                Convolutions.Sums.IN_ORDER,
                Convolutions.Transposed.WHOLE);
        RowKernels.addTo(kernels);
        IndexKernels.addTo(kernels);
        IndexKernels.addElementsTo(kernels);
        IndexKernels.addResamplingTo(kernels);
        kernels.repeating().withByteOperands();
        return kernels.only(Reduce.class, r -> isComputed(r.x(), doubles))
                .only(ArgReduce.class, a -> isComputed(a.x(), doubles))
                .only(Cumulative.class, c -> isComputed(c.x(), doubles))
                .only(Range.class, r -> isComputed(r.start(), doubles))
                .only(ScatterElements.class, s -> s.reduction() == ScatterReduction.NONE || isComputed(s.x(), doubles))
                .only(MatMul.class, m -> isComputed(m.x(), doubles))
                .only(Conv.class, c -> isComputed(c.x(), doubles))
                .only(ConvTranspose.class, c -> isComputed(c.x(), doubles))
                .only(
                        Pool.class,
                        p -> isComputed(p.x(), doubles) && (p.function() == PoolFunction.MAX_POOL || isFloat(p.x())))
                .only(PoolIndices.class, p -> isComputed(p.x(), doubles))
                .only(GridSample.class, g -> isComputed(g.x(), doubles) && isComputed(g.grid(), doubles))
                .only(RoiAlign.class, r -> isComputed(r.x(), doubles) && isComputed(r.rois(), doubles))
                .only(ScatterNd.class, s -> s.reduction() == ScatterReduction.NONE || isComputed(s.x(), doubles))
                .only(Resize.class, r -> copies(r) || isComputed(r.x(), doubles) && (doubles || isFloat(r.x())))
                .only(Determinant.class, d -> isComputed(d.x(), doubles))
                .only(TopK.class, t -> isComputed(t.x(), doubles))
                .only(ScaledDotProductAttention.class, AttentionText::takes);
    }

    /** Whether a resize copies elements of any type. */
    private static boolean copies(Resize r) {
        return r.mode() == ResizeMode.NEAREST && r.roi().isEmpty();
    }

    private static boolean isFloat(Value v) {
        return v.tensorType().element().isFloat();
    }

    private static boolean isComputed(Value v, boolean doubles) {
        ElementType type = v.tensorType().element();
        return ClText.stored(type).isPresent() && (doubles || type != ElementType.F64);
    }
}
