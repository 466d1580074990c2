package dev.lathe.ir.eval;

import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.MapKeys;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The meaning of the ops on sequences, maps and optional values. */
public final class ContainerEvaluation {
    private ContainerEvaluation() {}

    private static int position(long index, int size, int end) {
        long at = index < 0 ? index + size : index;
        if (at < 0 || at > end) {
            throw new InvalidOpException("position " + index + " of " + size + " items");
        }
        return (int) at;
    }

    public static Datum at(Datum.Sequence sequence, Tensor index) {
        int size = sequence.items().size();
        return sequence.items().get(position(index.getLong(0), size, size - 1));
    }

    public static Datum insert(Datum.Sequence sequence, Datum item, Optional<Tensor> index, Type itemType) {
        List<Datum> items = new ArrayList<>(sequence.items());
        items.add(
                index.map(i -> position(i.getLong(0), items.size(), items.size()))
                        .orElse(items.size()),
                item);
        return new Datum.Sequence(itemType, items);
    }

    public static Datum erase(Datum.Sequence sequence, Optional<Tensor> index) {
        List<Datum> items = new ArrayList<>(sequence.items());
        int last = items.size() - 1;
        items.remove((int) index.map(i -> position(i.getLong(0), items.size(), last))
                .orElseGet(() -> position(-1, items.size(), last)));
        return new Datum.Sequence(sequence.itemType(), items);
    }

    public static Datum get(Datum optional) {
        if (!(optional instanceof Datum.Maybe m)) {
            return optional;
        }
        return m.element().orElseThrow(() -> new InvalidOpException("the optional value is absent"));
    }

    public static Datum split(Tensor x, Optional<Tensor> split, int axis, boolean keepDims) {
        long extent = x.dim(axis);
        List<Datum> items = new ArrayList<>();
        long at = 0;
        for (int i = 0;
                at < extent
                        || (split.isPresent()
                                && split.get().rank() == 1
                                && i < split.get().size());
                i++) {
            long size = split.isEmpty()
                    ? 1
                    : split.get().isScalar()
                            ? Math.min(split.get().getLong(0), extent - at)
                            : i < split.get().size() ? split.get().getLong(i) : -1;
            if (size < 0 || (size == 0 && split.get().isScalar()) || at + size > extent) {
                throw new InvalidOpException("the parts do not add up to " + extent);
            }
            Tensor part = part(x, axis, at, size);
            items.add(split.isEmpty() && !keepDims ? part.reshape(without(part.dims(), axis)) : part);
            at += size;
        }
        return new Datum.Sequence(new TensorType(x.element(), null), items);
    }

    private static Tensor part(Tensor x, int axis, long start, long size) {
        long[] dims = x.dims();
        dims[axis] = size;
        Tensor out = Tensor.zeros(x.element(), dims);
        long[] strides = Strides.of(x.dims());
        Strides.forEach(
                dims, (index, i) -> out.copyElement(i, x, Strides.offset(index, strides) + start * strides[axis]));
        return out;
    }

    private static long[] without(long[] dims, int axis) {
        long[] out = new long[dims.length - 1];
        for (int i = 0; i < out.length; i++) {
            out[i] = dims[i < axis ? i : i + 1];
        }
        return out;
    }

    public static Tensor concat(Datum.Sequence sequence, int axis, boolean newAxis) {
        List<Tensor> items = new ArrayList<>();
        for (Datum d : sequence.items()) {
            Tensor t = (Tensor) d;
            items.add(newAxis ? t.reshape(with(t.dims(), axis)) : t);
        }
        if (items.isEmpty()) {
            throw new InvalidOpException("an empty sequence has nothing to concatenate");
        }
        return MovementEvaluation.concat(items, axis);
    }

    private static long[] with(long[] dims, int axis) {
        long[] out = new long[dims.length + 1];
        for (int i = 0; i < out.length; i++) {
            out[i] = i < axis ? dims[i] : i == axis ? 1 : dims[i - 1];
        }
        return out;
    }

    public static Datum mapRows(Tensor x, Tensor keys) {
        long columns = x.dim(1);
        if (columns != keys.size()) {
            throw new InvalidOpException(columns + " columns for " + keys.size() + " keys");
        }
        Type value = TensorType.scalar(x.element());
        List<Datum> rows = new ArrayList<>();
        for (long row = 0; row < x.dim(0); row++) {
            Map<Object, Datum> entries = new HashMap<>();
            for (long c = 0; c < columns; c++) {
                Tensor element = Tensor.zeros(x.element());
                element.copyElement(0, x, row * columns + c);
                entries.put(MapKeys.of(keys, c), element);
            }
            rows.add(new Datum.Mapping(keys.element(), value, entries));
        }
        return new Datum.Sequence(new MapType(keys.element(), value), rows);
    }

    public static Tensor mapLookup(Datum.Mapping map, Tensor keys, Tensor otherwise, boolean complete) {
        Tensor out = Tensor.zeros(otherwise.element(), keys.dims());
        Set<Object> unknown = new LinkedHashSet<>(complete ? map.entries().keySet() : Set.of());
        for (long i = 0; i < keys.size(); i++) {
            Object key = MapKeys.of(keys, i);
            Datum value = map.entries().get(key);
            out.copyElement(i, value == null ? otherwise : (Tensor) value, 0);
            unknown.remove(key);
        }
        if (!unknown.isEmpty()) {
            Object first = unknown.iterator().next();
            throw new InvalidOpException("the key " + MapKeys.text(map.keyType(), first) + " of the map is none of the "
                    + keys.size() + " that are possible");
        }
        return out;
    }

    public static Tensor mapValues(Datum.Mapping map, ElementType element) {
        Tensor out = Tensor.zeros(element, map.entries().size());
        long i = 0;
        for (Datum value : map.entries().values()) {
            out.copyElement(i++, (Tensor) value, 0);
        }
        return out;
    }
}
