package dev.lathe.runtime;

import dev.lathe.ir.eval.ContractionEvaluation;
import dev.lathe.ir.type.ElementType;

/** Determinants of square matrices. */
public final class Determinants implements WorkerPool.Body {
    private final NumberElements elements;
    private int side;
    private int matrices;
    private int workers = 1;
    private double[][][] scratch = {};
    private double[][] results = {};
    private Object x = new byte[0];
    private int xAt;
    private Object y = new byte[0];
    private int yAt;

    public Determinants(ElementType type) {
        elements = new NumberElements(type);
    }

    public void prepare(int newMatrices, int newSide, int newWorkers) {
        matrices = newMatrices;
        side = newSide;
        workers = newWorkers;
        scratch = Scratch.doubles(workers, side, Math.ceilDiv(side, Machine.LANES) * (long) Machine.LANES);
        results = Scratch.doubles(workers, 1);
    }

    /** Both are arrays of one type. */
    public void run(Object newX, int newXAt, Object newY, int newYAt) {
        x = newX;
        xAt = newXAt;
        y = newY;
        yAt = newYAt;
        WorkerPool.shared().run(matrices, workers, this);
    }

    @Override
    public void run(int matrix, int worker) {
        double[][] rows = scratch[worker];
        for (int i = 0; i < side; i++) {
            elements.load(x, xAt + (matrix * side + i) * side, 1, side, rows[i]);
        }
        results[worker][0] = ContractionEvaluation.determinant(rows, Determinants::subtract);
        elements.store(results[worker], 1, y, yAt + matrix, 1);
    }

    /** {@code row = row - factor * top} in the columns from {@code from} to {@code to - 1}. */
    private static void subtract(double factor, double[] top, double[] row, int from, int to) {
        if (Machine.VECTOR && to - from > 2) {
            VectorDoubleRows.subtract(factor, top, row, from, to); // columns before are not read any more
        } else {
            ContractionEvaluation.subtract(factor, top, row, from, to);
        }
    }
}
