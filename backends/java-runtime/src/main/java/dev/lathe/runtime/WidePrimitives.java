package dev.lathe.runtime;

/** Reductions of contiguous doubles and integers; {@link VectorWidePrimitives} has them on vectors. */
class WidePrimitives {

    /** The implementation for this machine. */
    static WidePrimitives best() {
        return Machine.VECTOR ? new VectorWidePrimitives() : new WidePrimitives();
    }

    double sum(double[] x, int at, int n) {
        double s = 0;
        for (int i = at; i < at + n; i++) {
            s += x[i];
        }
        return s;
    }

    /** The sum in double precision. */
    double sum(float[] x, int at, int n) {
        double s = 0;
        for (int i = at; i < at + n; i++) {
            s += x[i];
        }
        return s;
    }

    /** The largest element; NaN if there is one, negative infinity if there is none. */
    double max(double[] x, int at, int n) {
        double m = Double.NEGATIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
            m = Math.max(m, x[i]);
        }
        return m;
    }

    /** The least element; NaN if there is one, infinity if there is none. */
    double min(double[] x, int at, int n) {
        double m = Double.POSITIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
            m = Math.min(m, x[i]);
        }
        return m;
    }

    /** The largest element; {@link Integer#MIN_VALUE} if there is none. */
    int max(int[] x, int at, int n) {
        int m = Integer.MIN_VALUE;
        for (int i = at; i < at + n; i++) {
            m = Math.max(m, x[i]);
        }
        return m;
    }

    /** The least element; {@link Integer#MAX_VALUE} if there is none. */
    int min(int[] x, int at, int n) {
        int m = Integer.MAX_VALUE;
        for (int i = at; i < at + n; i++) {
            m = Math.min(m, x[i]);
        }
        return m;
    }
}
