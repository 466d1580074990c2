package dev.lathe.frontend.onnx.write.ops;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.frontend.onnx.write.Attributes;
import dev.lathe.frontend.onnx.write.Exports;
import dev.lathe.frontend.onnx.write.OpWriter;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Dims;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.GatherElements;
import dev.lathe.ir.op.GatherNd;
import dev.lathe.ir.op.NonZero;
import dev.lathe.ir.op.Range;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterNd;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Indexing and creation in ONNX. */
public final class IndexingExports {
    private static final Set<ElementType> RANGE_TYPES =
            Set.of(ElementType.F32, ElementType.F64, ElementType.I16, ElementType.I32, ElementType.I64);

    private IndexingExports() {}

    public static void addTo(Exports t) {
        t.on(
                Gather.class,
                (op, g) -> g.result(
                        "Gather", List.of(g.name(op.x()), index(g, op.indices())), Attributes.i("axis", op.axis())));
        t.on(
                GatherElements.class,
                (op, g) -> g.result(
                        "GatherElements",
                        List.of(g.name(op.x()), index(g, op.indices())),
                        Attributes.i("axis", op.axis())));
        t.on(
                GatherNd.class,
                (op, g) -> g.result(
                        "GatherND",
                        List.of(g.name(op.x()), wide(g, op.indices())),
                        Attributes.i("batch_dims", op.batchDims())));
        t.on(
                ScatterElements.class,
                (op, g) -> g.result(
                        "ScatterElements",
                        List.of(g.name(op.x()), index(g, op.indices()), g.name(op.updates())),
                        Attributes.i("axis", op.axis()),
                        Attributes.s("reduction", reduction(op.reduction()))));
        t.on(
                ScatterNd.class,
                (op, g) -> g.result(
                        "ScatterND",
                        List.of(g.name(op.x()), wide(g, op.indices()), g.name(op.updates())),
                        Attributes.s("reduction", reduction(op.reduction()))));
        t.on(NonZero.class, (op, g) -> g.result("NonZero", List.of(g.name(op.x()))));
        t.on(
                Constant.class,
                (op, g) -> List.of(g.constant(op.value(), g.wanted().getFirst())));
        t.on(Dims.class, IndexingExports::dims);
        t.on(Range.class, IndexingExports::range);
    }

    private static String reduction(ScatterReduction r) {
        return r.name().toLowerCase(Locale.ROOT);
    }

    /** Indices, which ONNX takes with 32 or 64 bits. */
    private static String index(OpWriter g, Value indices) {
        return indices.tensorType().element() == ElementType.I32 ? g.name(indices) : wide(g, indices);
    }

    private static String wide(OpWriter g, Value indices) {
        return indices.tensorType().element() == ElementType.I64
                ? g.name(indices)
                : g.add("Cast", List.of(g.name(indices)), Attributes.i("to", ElementTypes.number(ElementType.I64)));
    }

    private static List<String> dims(Dims op, OpWriter g) {
        String vector = g.dims(op.values());
        return op.scalar() ? g.result("Squeeze", List.of(vector, g.longs(List.of(0L)))) : List.of(vector);
    }

    private static List<String> range(Range op, OpWriter g) {
        List<String> operands = List.of(g.name(op.start()), g.name(op.limit()), g.name(op.delta()));
        ElementType element = op.start().tensorType().element();
        if (RANGE_TYPES.contains(element)) {
            return g.result("Range", operands);
        }
        ElementType wide = element.isFloat() ? ElementType.F32 : ElementType.I64;
        String range = g.add(
                "Range",
                operands.stream()
                        .map(o -> g.add("Cast", List.of(o), Attributes.i("to", ElementTypes.number(wide))))
                        .toList());
        return g.result("Cast", List.of(range), Attributes.i("to", ElementTypes.number(element)));
    }
}
