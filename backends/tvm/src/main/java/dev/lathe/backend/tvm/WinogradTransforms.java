package dev.lathe.backend.tvm;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The transforms of Winograd's F(m × m, 3 × 3) for {@code m} of 2 and 4, on vectors: at the same points as
 * {@link dev.lathe.runtime.WinogradFilters#matrix}, that is 0, ±1 and infinity, or 0, ±√½, ±√2 and infinity. What is
 * used more than once is in small arrays, which become registers: TVM would write out what a name stands for at each
 * use.
 *
 * @param m results on a side of a square
 */
record WinogradTransforms(Code code, int m) {
    private static final double HALF_ROOT = Math.sqrt(0.5);
    private static final double ROOT = Math.sqrt(2);

    /** Pixels, and points, on a side of a square. */
    int side() {
        return m + 2;
    }

    /** An element of a square, at a lane. */
    @FunctionalInterface
    interface Square {
        Expr at(int row, int column, Expr lane);
    }

    /** What becomes of an element of a square, at a lane. */
    @FunctionalInterface
    interface Use {
        void of(int row, int column, Expr lane, Expr value);
    }

    /** A vector, at a lane. */
    private interface Vector {
        Expr at(Expr lane);
    }

    /** From pixels to points. */
    void points(Square pixels, Use use) {
        twice(side(), pixels, use, this::points);
    }

    /** From products at the points to results. */
    void results(Square products, Use use) {
        twice(m, products, use, this::results);
    }

    /** Transforms the columns of a square, and then the rows of which {@code rows} are left. */
    private void twice(int rows, Square square, Use use, java.util.function.UnaryOperator<List<Vector>> transform) {
        int n = side();
        List<List<Vector>> columns = new ArrayList<>();
        for (int j = 0; j < n; j++) {
            int column = j;
            List<Vector> read = line(n, i -> kept(lane -> square.at(i, column, lane)));
            columns.add(transform.apply(read).stream().map(this::kept).toList());
        }
        for (int i = 0; i < rows; i++) {
            int row = i;
            List<Vector> all = transform.apply(line(n, j -> columns.get(j).get(row)));
            for (int j = 0; j < all.size(); j++) {
                int column = j;
                code.vectorized(
                        "lane",
                        Tile.LANES,
                        l -> use.of(row, column, l, all.get(column).at(l)));
            }
        }
    }

    private static List<Vector> line(int n, IntFunction<Vector> at) {
        List<Vector> line = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            line.add(at.apply(i));
        }
        return line;
    }

    private Vector kept(Vector v) {
        Array a = code.local("t", Dtype.F32, Tile.LANES);
        code.vectorized("lane", Tile.LANES, l -> code.store(a, l, v.at(l)));
        return a::at;
    }

    private static Vector sum(Vector a, Vector b) {
        return l -> a.at(l).plus(b.at(l));
    }

    private static Vector difference(Vector a, Vector b) {
        return l -> a.at(l).minus(b.at(l));
    }

    private static Vector times(Vector a, double factor) {
        Expr f = new Expr.Real(Dtype.F32, (float) factor);
        return l -> a.at(l).times(f);
    }

    private List<Vector> points(List<Vector> d) {
        if (m == 2) {
            return List.of(
                    difference(d.get(0), d.get(2)),
                    sum(d.get(1), d.get(2)),
                    difference(d.get(2), d.get(1)),
                    difference(d.get(1), d.get(3)));
        }
        Vector e = kept(difference(d.get(4), times(d.get(2), 2)));
        Vector o = kept(difference(times(d.get(3), HALF_ROOT), times(d.get(1), ROOT)));
        Vector f = kept(difference(d.get(4), times(d.get(2), 0.5)));
        Vector p = kept(difference(times(d.get(3), ROOT), times(d.get(1), HALF_ROOT)));
        return List.of(
                difference(sum(d.get(0), d.get(4)), times(d.get(2), 2.5)),
                sum(e, o),
                difference(e, o),
                sum(f, p),
                difference(f, p),
                difference(sum(d.get(1), d.get(5)), times(d.get(3), 2.5)));
    }

    private List<Vector> results(List<Vector> p) {
        if (m == 2) {
            return List.of(
                    sum(sum(p.get(0), p.get(1)), p.get(2)), difference(difference(p.get(1), p.get(2)), p.get(3)));
        }
        Vector s = kept(sum(p.get(1), p.get(2)));
        Vector d = kept(difference(p.get(1), p.get(2)));
        Vector u = kept(sum(p.get(3), p.get(4)));
        Vector v = kept(difference(p.get(3), p.get(4)));
        return List.of(
                sum(sum(p.get(0), s), u),
                sum(times(d, HALF_ROOT), times(v, ROOT)),
                sum(times(s, 0.5), times(u, 2)),
                sum(sum(p.get(5), times(d, HALF_ROOT / 2)), times(v, ROOT * 2)));
    }
}
