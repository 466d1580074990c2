package dev.lathe.backend.java;

import dev.lathe.backend.plan.Convolutions;
import dev.lathe.backend.plan.Deformations;
import dev.lathe.backend.plan.IndexKernels;
import dev.lathe.backend.plan.Kernels;
import dev.lathe.backend.plan.Movements;
import dev.lathe.backend.plan.Products;
import dev.lathe.backend.plan.RowKernels;
import dev.lathe.passes.Numerics;
import dev.lathe.runtime.ValueStep;

/** What the runtime of compiled models has kernels for. */
final class JavaKernels {
    private JavaKernels() {}

    static Kernels table(Numerics numerics) {
        Kernels kernels = new Kernels(e -> Kind.of(e).isPresent(), PointwiseSource::supports);
        Movements.addTo(kernels);
        Products.addTo(kernels);
        Convolutions.addTo(
                kernels,
                Convolutions.DepthwiseOperand.IN_BUFFER,
                Convolutions.Filters.ANY,
                numerics == Numerics.STRICT ? Convolutions.Sums.IN_ORDER : Convolutions.Sums.REGROUPED,
                Convolutions.Transposed.GROUPED);
        RowKernels.addTo(kernels);
        RowKernels.addDoublesTo(kernels);
        RowKernels.addTransformsTo(kernels);
        IndexKernels.addTo(kernels);
        IndexKernels.addTuplesTo(kernels);
        IndexKernels.addSamplesTo(kernels);
        IndexKernels.addWholesTo(kernels);
        Deformations.addTo(kernels);
        IndexKernels.addResamplingTo(kernels);
        IndexKernels.addKeysTo(kernels);
        IndexKernels.addTreesTo(kernels);
        return kernels.withRowsApart()
                .withExpansions()
                .withIntegerProducts()
                .withBatchedMatrices()
                .withValues(ValueStep::takes);
    }
}
