package dev.lathe.backend.tensorrt;

import dev.lathe.ir.op.Contraction;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.Determinant;
import dev.lathe.ir.op.MatMul;
import java.util.ArrayList;
import java.util.List;

/** Products: of floats by a layer, of integers that no floats hold by products of elements and their sums. */
final class ContractionLowering {
    private final Lowering lowering;

    ContractionLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    NetworkTensor lower(Contraction op) {
        NetworkTensor made = switch (op) {
            case MatMul m -> matMul(lowering.tensor(m.x()), lowering.tensor(m.y()));
            case Conv c -> new ConvolutionLowering(lowering).convolution(c);
            case ConvTranspose c -> new ConvolutionLowering(lowering).deconvolution(c);
            case Determinant d -> new DeterminantLowering(lowering).lower(d);
        };
        return new ElementwiseLowering(lowering)
                .wrapped(made, op.operands().getFirst().tensorType().element());
    }

    /** A vector is a matrix with one row or column, which the result has not. */
    NetworkTensor matMul(NetworkTensor x, NetworkTensor y) {
        boolean row = x.rank() == 1;
        boolean column = y.rank() == 1;
        NetworkTensor a = row ? net().unsqueeze(x, List.of(0)) : x;
        NetworkTensor b = column ? net().unsqueeze(y, List.of(1)) : y;
        int rank = Math.max(a.rank(), b.rank());
        NetworkTensor product = x.type().isFloat()
                ? net().add(new Layer.MatrixMultiply(net().leading(a, rank), net().leading(b, rank)))
                : sums(net().leading(a, rank), net().leading(b, rank));
        List<Integer> axes = new ArrayList<>();
        if (row) {
            axes.add(rank - 2);
        }
        if (column) {
            axes.add(rank - 1);
        }
        return net().squeeze(product, axes);
    }

    /** A product of integers that no floats hold: as many products of elements, then their sums. */
    private NetworkTensor sums(NetworkTensor x, NetworkTensor y) {
        int rank = x.rank();
        NetworkTensor products =
                net().product(net().unsqueeze(x, List.of(rank)), net().unsqueeze(y, List.of(rank - 2)));
        return net().reduce(Layer.ReduceOperation.SUM, products, List.of(rank - 1), false);
    }
}
