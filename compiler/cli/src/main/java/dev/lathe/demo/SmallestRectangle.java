package dev.lathe.demo;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The rectangle of the smallest area around a set of pixels. One of its sides lies on a side of their convex hull. */
final class SmallestRectangle {
    private SmallestRectangle() {}

    private record Point(double x, double y) {}

    /**
     * The smallest rectangle around rows of pixels.
     *
     * @param rows {row, first column, last column} of each row
     * @return a box whose angle is from -45 to 45 degrees, with score 0
     */
    static TextBox around(List<int[]> rows) {
        List<Point> hull = hull(rows);
        TextBox best = along(hull, 0);
        for (int i = 0; i < hull.size(); i++) {
            Point a = hull.get(i);
            Point b = hull.get((i + 1) % hull.size());
            double angle = Math.atan2(b.y - a.y, b.x - a.x);
            TextBox box = along(hull, angle - Math.PI / 2 * Math.round(angle / (Math.PI / 2)));
            if (box.width() * box.height() < best.width() * best.height() - 1e-9) {
                best = box;
            }
        }
        return best;
    }

    private static TextBox along(List<Point> hull, double angle) {
        double cos = Math.cos(angle);
        double sin = Math.sin(angle);
        double left = Double.MAX_VALUE;
        double right = -Double.MAX_VALUE;
        double top = Double.MAX_VALUE;
        double bottom = -Double.MAX_VALUE;
        for (Point p : hull) {
            double along = p.x * cos + p.y * sin;
            double across = p.y * cos - p.x * sin;
            left = Math.min(left, along);
            right = Math.max(right, along);
            top = Math.min(top, across);
            bottom = Math.max(bottom, across);
        }
        double along = (left + right) / 2;
        double across = (top + bottom) / 2;
        return new TextBox(
                along * cos - across * sin, along * sin + across * cos, right - left, bottom - top, angle, 0);
    }

    /** Andrew's monotone chain over the corners of the pixels. */
    private static List<Point> hull(List<int[]> rows) {
        List<Point> points = new ArrayList<>();
        for (int[] row : rows) {
            for (int y = row[0]; y <= row[0] + 1; y++) {
                points.add(new Point(row[1], y));
                points.add(new Point(row[2] + 1, y));
            }
        }
        points.sort(Comparator.comparingDouble(Point::x).thenComparingDouble(Point::y));
        List<Point> hull = half(points);
        hull.removeLast();
        List<Point> back = half(points.reversed());
        back.removeLast();
        hull.addAll(back);
        return hull;
    }

    private static List<Point> half(List<Point> points) {
        List<Point> chain = new ArrayList<>();
        for (Point p : points) {
            while (chain.size() >= 2 && turn(chain.get(chain.size() - 2), chain.getLast(), p) <= 0) {
                chain.removeLast();
            }
            chain.add(p);
        }
        return chain;
    }

    private static double turn(Point a, Point b, Point c) {
        return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    }
}
