package dev.lathe.runtime.input;

import dev.lathe.ir.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Tensors as rows along their first axis; of element types that are whole bytes, or strings. */
public final class Rows {
    private Rows() {}

    /** The rows of all, one after the other, for each name; they agree in all but the first dimension. */
    public static Map<String, Tensor> concat(List<Map<String, Tensor>> all) {
        Map<String, Tensor> joined = new LinkedHashMap<>();
        for (String name : all.getFirst().keySet()) {
            joined.put(
                    name,
                    concatTensors(all.stream().map(m -> Tensor.named(m, name)).toList()));
        }
        return joined;
    }

    private static Tensor concatTensors(List<Tensor> parts) {
        long[] dims = parts.getFirst().dims();
        dims[0] = parts.stream().mapToLong(t -> t.dim(0)).sum();
        Tensor joined = Tensor.zeros(parts.getFirst().element(), dims);
        long at = 0;
        for (Tensor part : parts) {
            copy(part, 0, joined, at, part.size());
            at += part.size();
        }
        return joined;
    }

    /** So many rows of each tensor, from {@code first} on. */
    public static Map<String, Tensor> slice(Map<String, Tensor> all, long first, long count) {
        Map<String, Tensor> some = new LinkedHashMap<>();
        all.forEach((name, t) -> some.put(name, slice(t, first, count)));
        return some;
    }

    private static Tensor slice(Tensor t, long first, long count) {
        long[] dims = t.dims();
        long width = dims[0] == 0 ? 0 : t.size() / dims[0];
        dims[0] = count;
        Tensor some = Tensor.zeros(t.element(), dims);
        copy(t, first * width, some, 0, some.size());
        return some;
    }

    private static void copy(Tensor from, long fromAt, Tensor to, long toAt, long count) {
        if (from.element().isString()) {
            for (long i = 0; i < count; i++) {
                to.setString(toAt + i, from.getString(fromAt + i));
            }
            return;
        }
        long bytes = from.element().bits() / 8;
        MemorySegment.copy(from.data(), fromAt * bytes, to.data(), toAt * bytes, count * bytes);
    }
}
