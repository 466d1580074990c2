package dev.lathe.demo;

import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * From a map of text probabilities to boxes, as Differentiable Binarization does it (Liao et al., 2020): pixels above a
 * threshold, their connected components, the smallest rectangle around each, and that rectangle grown, because the map
 * shows lines thinner than they are.
 */
final class BoxFinder {
    private static final float PIXEL_THRESHOLD = 0.3f;
    private static final double BOX_THRESHOLD = 0.6;
    private static final double GROWTH = 1.6;
    private static final double MIN_SIDE = 3;

    private final float[] map;
    private final int width;
    private final int height;
    private final boolean[] seen;

    private BoxFinder(Tensor probabilities) {
        this.map = probabilities.toFloatArray();
        this.height = Math.toIntExact(probabilities.dim(-2));
        this.width = Math.toIntExact(probabilities.dim(-1));
        this.seen = new boolean[map.length];
    }

    /** The boxes in a map {@code f32[1, 1, height, width]}, in the map's pixels. */
    static List<TextBox> find(Tensor probabilities) {
        BoxFinder finder = new BoxFinder(probabilities);
        List<TextBox> boxes = new ArrayList<>();
        for (int i = 0; i < finder.map.length; i++) {
            if (finder.isText(i)) {
                TextBox box = SmallestRectangle.around(finder.component(i));
                double score = finder.score(box);
                if (score >= BOX_THRESHOLD && Math.min(box.width(), box.height()) >= MIN_SIDE) {
                    double perimeter = 2 * (box.width() + box.height());
                    TextBox grown = box.grown(box.width() * box.height() * GROWTH / perimeter);
                    boxes.add(new TextBox(
                            grown.centerX(), grown.centerY(), grown.width(), grown.height(), grown.angle(), score));
                }
            }
        }
        return boxes;
    }

    private boolean isText(int i) {
        return map[i] > PIXEL_THRESHOLD && !seen[i];
    }

    /**
     * For each row of the component at pixel {@code start}: {row, first column, last column}. Neighbours may touch at
     * corners.
     */
    private List<int[]> component(int start) {
        int[] left = new int[height];
        int[] right = new int[height];
        java.util.Arrays.fill(left, Integer.MAX_VALUE);
        int[] stack = new int[64];
        int depth = 0;
        stack[depth++] = start;
        seen[start] = true;
        while (depth > 0) {
            int i = stack[--depth];
            int y = i / width;
            int x = i % width;
            left[y] = Math.min(left[y], x);
            right[y] = Math.max(right[y], x);
            for (int ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
                for (int nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
                    int n = ny * width + nx;
                    if (isText(n)) {
                        seen[n] = true;
                        stack = depth == stack.length ? java.util.Arrays.copyOf(stack, 2 * depth) : stack;
                        stack[depth++] = n;
                    }
                }
            }
        }
        List<int[]> rows = new ArrayList<>();
        for (int y = 0; y < height; y++) {
            if (left[y] != Integer.MAX_VALUE) {
                rows.add(new int[] {y, left[y], right[y]});
            }
        }
        return rows;
    }

    /** The mean probability inside a box. */
    private double score(TextBox box) {
        double cos = Math.cos(box.angle());
        double sin = Math.sin(box.angle());
        double reach = Math.hypot(box.width(), box.height()) / 2;
        double sum = 0;
        int count = 0;
        int bottom = (int) Math.min(height - 1, box.centerY() + reach);
        int end = (int) Math.min(width - 1, box.centerX() + reach);
        for (int y = (int) Math.max(0, box.centerY() - reach); y <= bottom; y++) {
            for (int x = (int) Math.max(0, box.centerX() - reach); x <= end; x++) {
                double dx = x + 0.5 - box.centerX();
                double dy = y + 0.5 - box.centerY();
                if (Math.abs(dx * cos + dy * sin) <= box.width() / 2
                        && Math.abs(dy * cos - dx * sin) <= box.height() / 2) {
                    sum += map[y * width + x];
                    count++;
                }
            }
        }
        return count == 0 ? 0 : sum / count;
    }
}
