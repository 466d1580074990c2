package dev.lathe.ir.eval;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The meaning of the ops that choose elements by comparing them. */
public final class SelectionEvaluation {
    private SelectionEvaluation() {}

    public static List<Tensor> unique(Tensor given, Optional<Integer> along, boolean sorted) {
        Tensor x = along.isPresent() ? given : given.reshape(given.size());
        int axis = along.orElse(0);
        int parts = Math.toIntExact(x.dim(axis));
        long[] strides = Strides.of(x.dims());
        long inner = strides.length == 0 ? 1 : strides[axis];
        long outer = x.size() == 0 ? 0 : x.size() / (parts * inner);
        Comparator<Integer> order = (p, q) -> {
            for (long o = 0; o < outer; o++) {
                for (long i = 0; i < inner; i++) {
                    long base = o * parts * inner + i;
                    int c = OrderingEvaluation.compare(x, base + p * inner, base + q * inner);
                    if (c != 0) {
                        return c;
                    }
                }
            }
            return 0;
        };
        TreeMap<Integer, List<Integer>> groups = new TreeMap<>(order);
        for (int p = 0; p < parts; p++) {
            groups.computeIfAbsent(p, _ -> new ArrayList<>()).add(p);
        }
        List<List<Integer>> found = new ArrayList<>(groups.values());
        if (!sorted) {
            found.sort(Comparator.comparing(List::getFirst));
        }
        long[] dims = x.dims();
        dims[axis] = found.size();
        Tensor y = Tensor.zeros(x.element(), dims);
        Tensor first = Tensor.zeros(ElementType.I64, found.size());
        Tensor inverse = Tensor.zeros(ElementType.I64, parts);
        Tensor counts = Tensor.zeros(ElementType.I64, found.size());
        for (int g = 0; g < found.size(); g++) {
            int from = found.get(g).getFirst();
            first.setLong(g, from);
            counts.setLong(g, found.get(g).size());
            for (int p : found.get(g)) {
                inverse.setLong(p, g);
            }
            for (long o = 0; o < outer; o++) {
                for (long i = 0; i < inner; i++) {
                    y.copyElement((o * found.size() + g) * inner + i, x, (o * parts + from) * inner + i);
                }
            }
        }
        return List.of(y, first, inverse, counts);
    }

    public static Tensor nonMaxSuppression(
            Tensor boxes,
            Tensor scores,
            Optional<Tensor> maxOutput,
            Optional<Tensor> iouThreshold,
            Optional<Tensor> scoreThreshold,
            boolean centered) {
        long most = maxOutput.map(t -> t.getLong(0)).orElse(0L);
        double overlap = iouThreshold.map(t -> t.getDouble(0)).orElse(0.0);
        double least = scoreThreshold.map(t -> t.getDouble(0)).orElse(Double.NEGATIVE_INFINITY);
        int count = Math.toIntExact(boxes.dim(1));
        List<long[]> rows = new ArrayList<>();
        for (long image = 0; image < scores.dim(0); image++) {
            double[][] corners = new double[count][];
            for (int i = 0; i < count; i++) {
                corners[i] = corners(boxes, (image * count + i) * 4, centered);
            }
            for (long c = 0; c < scores.dim(1); c++) {
                long base = (image * scores.dim(1) + c) * count;
                List<Integer> chosen = new ArrayList<>();
                IntStream.range(0, count)
                        .boxed()
                        .filter(i -> scores.getDouble(base + i) > least)
                        .sorted(Comparator.comparingDouble((Integer i) -> -scores.getDouble(base + i))
                                .thenComparing(Comparator.naturalOrder()))
                        .forEach(i -> {
                            if (chosen.size() < most
                                    && chosen.stream()
                                            .noneMatch(j -> intersectionOverUnion(corners[i], corners[j]) > overlap)) {
                                chosen.add(i);
                            }
                        });
                for (int i : chosen) {
                    rows.add(new long[] {image, c, i});
                }
            }
        }
        Tensor out = Tensor.zeros(ElementType.I64, rows.size(), 3);
        for (int r = 0; r < rows.size(); r++) {
            for (int k = 0; k < 3; k++) {
                out.setLong(3L * r + k, rows.get(r)[k]);
            }
        }
        return out;
    }

    /** Smallest and largest coordinates: {@code {a0, b0, a1, b1}}. */
    private static double[] corners(Tensor boxes, long at, boolean centered) {
        double p = boxes.getDouble(at);
        double q = boxes.getDouble(at + 1);
        double r = boxes.getDouble(at + 2);
        double s = boxes.getDouble(at + 3);
        return centered
                ? new double[] {p - r / 2, q - s / 2, p + r / 2, q + s / 2}
                : new double[] {Math.min(p, r), Math.min(q, s), Math.max(p, r), Math.max(q, s)};
    }

    private static double intersectionOverUnion(double[] x, double[] y) {
        double height = Math.min(x[2], y[2]) - Math.max(x[0], y[0]);
        double width = Math.min(x[3], y[3]) - Math.max(x[1], y[1]);
        if (height <= 0 || width <= 0) {
            return 0;
        }
        double intersection = height * width;
        double union = (x[2] - x[0]) * (x[3] - x[1]) + (y[2] - y[0]) * (y[3] - y[1]) - intersection;
        return union <= 0 ? 0 : intersection / union;
    }
}
