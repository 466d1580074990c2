package dev.lathe.ir.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Containers as people write them: {@code [...]}, {@code {key: value}}; long ones are cut. */
final class DatumWriter {
    private static final int FIRST = 8;

    private DatumWriter() {}

    static String text(Datum d) {
        return switch (d) {
            case Tensor t -> t.isScalar() ? scalar(t) : t.toString();
            case Datum.Sequence s ->
                "["
                        + list(s.items().stream()
                                .limit(FIRST + 1)
                                .map(DatumWriter::text)
                                .toList()) + "]";
            case Datum.Mapping m -> {
                List<String> entries = new ArrayList<>();
                for (Map.Entry<Object, Datum> e : m.entries().entrySet()) {
                    if (entries.size() <= FIRST) {
                        entries.add(MapKeys.text(m.keyType(), e.getKey()) + ": " + text(e.getValue()));
                    }
                }
                yield "{" + list(entries) + "}";
            }
            case Datum.Maybe m -> m.element().map(DatumWriter::text).orElse("absent");
        };
    }

    private static String scalar(Tensor t) {
        return t.element().isString() ? MapKeys.text(t.element(), t.getString(0)) : t.elementText(0);
    }

    private static String list(List<String> items) {
        return items.size() <= FIRST ? String.join(", ", items) : String.join(", ", items.subList(0, FIRST)) + ", …";
    }
}
