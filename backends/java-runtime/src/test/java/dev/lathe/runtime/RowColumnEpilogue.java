package dev.lathe.runtime;

/** {@code y = 2 y + column + row / 2}: wrong if applied never or twice to an element, or with a wrong place. */
final class RowColumnEpilogue extends Pointwise {
    private final float[] y;

    RowColumnEpilogue(float[] y) {
        this.y = y;
    }

    static double of(double value, int row, int column) {
        return 2 * value + column + row / 2.0;
    }

    @Override
    protected void apply(int at, int stride, int row, int rows, int column, int columns) {
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                int i = at + r * stride + c;
                y[i] = (float) of(y[i], row + r, column + c);
            }
        }
    }

    @Override
    protected int start() {
        return 0;
    }
}
