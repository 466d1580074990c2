package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** Finds elements by what they are: those that are not zero, the different ones, the places of keys. */
final class Selection {
    private Selection() {}

    private static Object array(Tensor t) {
        return Objects.requireNonNull(t.array(), "the elements are in no array");
    }

    /** The coordinates of the elements that are not zero, {@code [rank, count]}, in row-major order. */
    static Tensor nonZero(Tensor x) {
        int size = Sizes.index(x.size());
        int rank = x.rank();
        int columns = rank == 0 ? 1 : Sizes.index(x.dim(-1));
        int[] found = new int[Math.min(size, 64)];
        boolean[] marks = new boolean[Math.min(columns, AxisKernel.BLOCK)];
        int count = 0;
        for (int at = 0; at < size; at += marks.length) {
            int n = Math.min(marks.length, size - at);
            mark(x, at, n, marks);
            if (found.length - count < n) {
                found = Arrays.copyOf(found, Sizes.index(Math.max(2L * found.length, (long) count + n)));
            }
            for (int i = 0; i < n; i++) {
                found[count] = at + i;
                count += marks[i] ? 1 : 0;
            }
        }
        Tensor y = Tensor.zeros(ElementType.I64, rank, count);
        long[] to = (long[]) array(y);
        int stride = 1;
        for (int axis = rank - 1; axis >= 0; axis--) {
            int dim = Sizes.index(x.dim(axis));
            coordinates(found, count, stride, dim, to, axis * count);
            stride *= dim;
        }
        return y;
    }

    /** The coordinates along an axis of ascending places, which are followed from one to the next. */
    private static void coordinates(int[] places, int count, int stride, int dim, long[] y, int at) {
        int coordinate = 0;
        int end = stride; // behind the elements of this coordinate
        for (int i = 0; i < count; i++) {
            int place = places[i];
            if (place >= end) {
                int position = place / stride;
                coordinate = position % dim;
                end = (position + 1) * stride;
            }
            y[at + i] = coordinate;
        }
    }

    /** Marks which of {@code n} elements are not zero. */
    private static void mark(Tensor x, int at, int n, boolean[] marks) {
        switch (array(x)) {
            case float[] a -> {
                for (int i = 0; i < n; i++) {
                    marks[i] = a[at + i] != 0;
                }
            }
            case double[] a -> {
                for (int i = 0; i < n; i++) {
                    marks[i] = a[at + i] != 0;
                }
            }
            case long[] a -> {
                for (int i = 0; i < n; i++) {
                    marks[i] = a[at + i] != 0;
                }
            }
            case int[] a -> {
                for (int i = 0; i < n; i++) {
                    marks[i] = a[at + i] != 0;
                }
            }
            case byte[] a
            when !x.element().isFloat() -> {
                for (int i = 0; i < n; i++) {
                    marks[i] = a[at + i] != 0;
                }
            }
            default -> {
                for (int i = 0; i < n; i++) {
                    marks[i] = x.getDouble(at + i) != 0;
                }
            }
        }
    }

    // The different elements.

    /** As {@link dev.lathe.ir.op.Unique} says, of all elements. */
    static List<Tensor> unique(Tensor x, boolean sorted) {
        int size = Sizes.index(x.size());
        if (x.element().isString()) {
            return strings(x, size, sorted);
        }
        long[] keys = keys(x, size);
        long[] distinct = keys.clone();
        Arrays.sort(distinct);
        int count = 0;
        for (int i = 0; i < size; i++) {
            if (i == 0 || distinct[i] != distinct[i - 1]) {
                distinct[count++] = distinct[i];
            }
        }
        int groups = count;
        return grouped(x, size, groups, sorted, i -> Arrays.binarySearch(distinct, 0, groups, keys[i]));
    }

    private static long[] keys(Tensor x, int size) {
        OrderedElements order = new OrderedElements(x.element());
        long[] keys = new long[size];
        if (order.isWide()) {
            order.load(array(x), 0, 1, size, keys);
            return keys;
        }
        int[] narrow = new int[size];
        order.load(array(x), 0, 1, size, narrow);
        for (int i = 0; i < size; i++) {
            keys[i] = narrow[i];
        }
        return keys;
    }

    private static List<Tensor> strings(Tensor x, int size, boolean sorted) {
        Map<String, Integer> groups = new HashMap<>();
        for (int i = 0; i < size; i++) {
            groups.putIfAbsent(x.getString(i), i);
        }
        List<String> distinct = groups.keySet().stream().sorted().toList();
        for (int i = 0; i < distinct.size(); i++) {
            groups.put(distinct.get(i), i);
        }
        return grouped(x, size, distinct.size(), sorted, i -> Objects.requireNonNull(groups.get(x.getString(i))));
    }

    /** As {@link dev.lathe.ir.op.Unique} says, of the parts along an axis. */
    static List<Tensor> uniqueParts(Tensor x, int axis, boolean sorted) {
        int parts = Sizes.index(x.dim(axis));
        int inner = 1;
        for (int i = axis + 1; i < x.rank(); i++) {
            inner = Sizes.index(inner * x.dim(i));
        }
        int width = parts == 0 ? 0 : Sizes.index(x.size() / parts);
        // The keys of each part one after the other.
        int size = Sizes.index(x.size());
        long[] all = x.element().isString() ? ranks(x, size) : keys(x, size);
        long[][] keys = new long[parts][width];
        for (int p = 0; p < parts; p++) {
            for (int i = 0; i < width; i++) {
                keys[p][i] = all[(i / inner * parts + p) * inner + i % inner];
            }
        }
        Integer[] order = IntStream.range(0, parts).boxed().toArray(Integer[]::new);
        Comparator<Integer> byKeys = (p, q) -> Arrays.compare(keys[p], keys[q]);
        Arrays.sort(order, byKeys);
        int[] group = new int[parts];
        int groups = 0;
        for (int i = 0; i < parts; i++) {
            groups += i == 0 || byKeys.compare(order[i - 1], order[i]) != 0 ? 1 : 0;
            group[order[i]] = groups - 1;
        }
        Grouping found = new Grouping(groups, parts, sorted, p -> group[p]);
        long[] dims = x.dims();
        dims[axis] = groups;
        Tensor y = Tensor.zeros(x.element(), dims);
        for (int g = 0; g < groups; g++) {
            int from = found.first(g);
            for (int i = 0; i < width; i++) {
                long outer = i / inner;
                long in = i % inner;
                y.copyElement((outer * groups + g) * inner + in, x, (outer * parts + from) * inner + in);
            }
        }
        return found.with(y);
    }

    /** Which of the different strings in order each is. */
    private static long[] ranks(Tensor x, int size) {
        List<Tensor> unique = strings(x, size, true);
        return (long[]) array(unique.get(2));
    }

    private static List<Tensor> grouped(Tensor x, int size, int groups, boolean sorted, IntUnaryOperator groupOf) {
        Grouping found = new Grouping(groups, size, sorted, groupOf);
        Tensor y = Tensor.zeros(x.element(), groups);
        for (int g = 0; g < groups; g++) {
            y.copyElement(g, x, found.first(g));
        }
        return found.with(y);
    }

    /** The groups of equal elements in their order. */
    private static final class Grouping {
        private final Tensor first;
        private final Tensor inverse;
        private final Tensor counts;

        Grouping(int groups, int size, boolean sorted, IntUnaryOperator groupOf) {
            first = Tensor.zeros(ElementType.I64, groups);
            inverse = Tensor.zeros(ElementType.I64, size);
            counts = Tensor.zeros(ElementType.I64, groups);
            long[] firsts = (long[]) array(first);
            long[] all = (long[]) array(inverse);
            long[] many = (long[]) array(counts);
            int[] numbers = new int[groups];
            Arrays.fill(numbers, -1);
            int next = 0;
            for (int i = 0; i < size; i++) {
                int group = groupOf.applyAsInt(i);
                if (numbers[group] < 0) {
                    numbers[group] = sorted ? group : next++;
                    firsts[numbers[group]] = i;
                }
                all[i] = numbers[group];
                many[numbers[group]]++;
            }
        }

        int first(int group) {
            return (int) first.getLong(group);
        }

        List<Tensor> with(Tensor y) {
            return List.of(y, first, inverse, counts);
        }
    }

    // Keys.

    /** As {@link dev.lathe.ir.op.Lookup} says. */
    static Tensor lookup(Tensor x, KeyTable keys) {
        Tensor y = Tensor.zeros(ElementType.I64, x.dims());
        long[] to = (long[]) array(y);
        if (x.element().isString()) {
            for (int i = 0; i < to.length; i++) {
                to[i] = keys.of(x.getString(i));
            }
            return y;
        }
        for (int i = 0; i < to.length; i++) {
            to[i] = keys.of(KeyTable.bits(x, i));
        }
        return y;
    }
}
