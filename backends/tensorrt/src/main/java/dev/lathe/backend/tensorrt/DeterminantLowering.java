package dev.lathe.backend.tensorrt;

import dev.lathe.backend.tensorrt.Layer.ElementWiseOperation;
import dev.lathe.backend.tensorrt.Layer.UnaryOperation;
import dev.lathe.ir.op.Determinant;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import java.util.List;

/** Determinants: those of a few rows by minors, others by a loop that eliminates one column after the other. */
final class DeterminantLowering {
    private static final int MOST_ROWS = 4;

    private final Lowering lowering;

    DeterminantLowering(Lowering lowering) {
        this.lowering = lowering;
    }

    private Net net() {
        return lowering.net();
    }

    NetworkTensor lower(Determinant op) {
        NetworkTensor x = lowering.tensor(op.x());
        Dim n = op.x().tensorType().dim(-1);
        if (n.isConstant() && n.constant() >= 1 && n.constant() <= MOST_ROWS) {
            return minor(x, 0, Net.axes(0, Math.toIntExact(n.constant())));
        }
        return net().cast(eliminated(op, net().cast(x, DataType.FLOAT), n), x.type());
    }

    /**
     * Each iteration chooses, of the rows that none has chosen yet, that with the largest element in its column, and
     * subtracts multiples of it from the others. The sign is that of the order in which rows are chosen.
     */
    private NetworkTensor eliminated(Determinant op, NetworkTensor x, Dim n) {
        int rank = x.rank();
        int rows = rank - 2;
        NetworkTensor number = net().iota(lowering.extents(List.of(n)), DataType.INT64);
        // One number for each row, and for each matrix.
        List<Dim> dims = op.x().tensorType().shape().dims();
        NetworkTensor none = filled(0, dims.subList(0, rank - 1));
        NetworkTensor start = filled(1, dims.subList(0, rank - 2));
        NetworkTensor zero = net().constant(Tensor.scalar(0L));

        int loop = lowering.newLoop();
        net().all(new Layer.Loop(loop));
        net().all(new Layer.TripLimit(loop, lowering.scalar(n), Layer.TripLimitKind.COUNT));
        NetworkTensor column = net().add(new Layer.Recurrence(loop, zero));
        NetworkTensor matrix = net().add(new Layer.Recurrence(loop, x));
        NetworkTensor used = net().add(new Layer.Recurrence(loop, none));
        NetworkTensor product = net().add(new Layer.Recurrence(loop, start));

        NetworkTensor elements = net().gather(matrix, column, rank - 1);
        NetworkTensor isUsed = net().binary(ElementWiseOperation.GREATER, used, net().like(used, 0));
        NetworkTensor size = net().select(isUsed, net().like(used, -1), net().unary(UnaryOperation.ABS, elements));
        NetworkTensor chosen = net().topK(size, Layer.TopKOperation.MAX, new Extents.Fixed(List.of(1L)), rank - 2)
                .get(1);
        NetworkTensor isChosen = net().binary(ElementWiseOperation.EQUAL, number, chosen);
        NetworkTensor isBehind = net().binary(ElementWiseOperation.GREATER, number, chosen);
        NetworkTensor pivot = sum(net().select(isChosen, elements, net().like(elements, 0)), rows, true);
        NetworkTensor row = net().reduce(
                        Layer.ReduceOperation.SUM,
                        net().select(net().unsqueeze(isChosen, List.of(rank - 1)), matrix, net().like(matrix, 0)),
                        List.of(rows),
                        true);
        NetworkTensor isZero = net().binary(ElementWiseOperation.EQUAL, pivot, net().like(pivot, 0));
        NetworkTensor divisor = net().select(isZero, net().like(pivot, 1), pivot);
        NetworkTensor keeps = net().binary(ElementWiseOperation.OR, isUsed, isChosen);
        NetworkTensor factor =
                net().select(keeps, net().like(elements, 0), net().binary(ElementWiseOperation.DIV, elements, divisor));
        NetworkTensor rest = net().difference(matrix, net().product(net().unsqueeze(factor, List.of(rank - 1)), row));
        // Rows behind that were chosen before are what sorting would have to swap.
        NetworkTensor swaps = sum(net().select(isBehind, used, net().like(used, 0)), rows, false);
        NetworkTensor isOdd = net().binary(
                        ElementWiseOperation.EQUAL, net().modulo(swaps, net().like(swaps, 2)), net().like(swaps, 1));
        NetworkTensor next = net().product(product, net().squeeze(pivot, List.of(rows)));

        net().all(new Layer.RecurrenceNext(column, net().sum(column, net().constant(Tensor.scalar(1L)))));
        net().all(new Layer.RecurrenceNext(matrix, rest));
        net().all(new Layer.RecurrenceNext(used, net().select(isChosen, net().like(used, 1), used)));
        net().all(new Layer.RecurrenceNext(product, net().select(isOdd, net().unary(UnaryOperation.NEG, next), next)));
        return net().add(new Layer.LastValue(loop, product));
    }

    private NetworkTensor filled(double value, List<Dim> dims) {
        return new MovementLowering(lowering).broadcast(net().scalar(DataType.FLOAT, value), List.of(), dims);
    }

    private NetworkTensor sum(NetworkTensor x, int axis, boolean keep) {
        return net().reduce(Layer.ReduceOperation.SUM, x, List.of(axis), keep);
    }

    /** The determinant of the rows from {@code row} on and some columns, by its expansion along the first of them. */
    private NetworkTensor minor(NetworkTensor x, int row, List<Integer> columns) {
        NetworkTensor sum = null;
        for (int i = 0; i < columns.size(); i++) {
            NetworkTensor line = net().gather(x, net().constant(Tensor.scalar((long) row)), x.rank() - 2);
            NetworkTensor term =
                    net().gather(line, net().constant(Tensor.scalar((long) columns.get(i))), line.rank() - 1);
            if (columns.size() > 1) {
                int column = columns.get(i);
                List<Integer> others = columns.stream().filter(c -> c != column).toList();
                term = net().product(term, minor(x, row + 1, others));
            }
            sum = sum == null ? term : i % 2 == 0 ? net().sum(sum, term) : net().difference(sum, term);
        }
        if (sum == null) {
            throw new IllegalStateException("a matrix without columns");
        }
        return sum;
    }
}
