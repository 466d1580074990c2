package dev.lathe.backend.tensorrt;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What a layer, which is a record, is made of. */
final class LayerComponents {
    private LayerComponents() {}

    static Object value(Object record, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a layer's component cannot be read", e);
        }
    }

    /** The tensors that a layer reads, in order. */
    static List<NetworkTensor> operands(Layer layer) {
        List<NetworkTensor> all = new ArrayList<>();
        for (RecordComponent c : layer.getClass().getRecordComponents()) {
            collect(value(layer, c), all);
        }
        return all;
    }

    private static void collect(Object value, List<NetworkTensor> into) {
        switch (value) {
            case NetworkTensor t -> into.add(t);
            case Extents.Computed c -> into.add(c.tensor());
            case Optional<?> o -> o.ifPresent(v -> collect(v, into));
            case Collection<?> c -> c.forEach(v -> collect(v, into));
            default -> {}
        }
    }
}
