package dev.lathe.frontend.onnx.write.ops;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.write.Attributes;
import dev.lathe.frontend.onnx.write.Exports;
import dev.lathe.frontend.onnx.write.OpWriter;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.MapLookup;
import dev.lathe.ir.op.MapRows;
import dev.lathe.ir.op.MapValues;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** Maps in ONNX, which has few types of them. */
public final class MapExports {
    private MapExports() {}

    public static void addTo(Exports t) {
        t.on(MapRows.class, (op, g) -> {
            if (op.x().tensorType().element() != ElementType.F32) {
                throw failure("to " + op.x().tensorType().element().text());
            }
            AttributeProto keys = keys(g.known(op.keys()), "classlabels_int64s", "classlabels_strings");
            return g.result(Domains.ML + "ZipMap", List.of(g.name(op.x())), keys);
        });
        t.on(MapLookup.class, MapExports::lookup);
        t.on(MapValues.class, (op, g) -> {
            MapType map = (MapType) op.map().type();
            if (map.key() != ElementType.I64) {
                throw failure("with keys of type " + map.key().text());
            }
            AttributeProto to = to(Check.INSTANCE.map(op.map()));
            String row = g.add(Domains.ML + "CastMap", List.of(g.name(op.map())), to);
            return g.result("Reshape", List.of(row, g.longs(List.of(-1L))));
        });
    }

    private static List<String> lookup(MapLookup op, OpWriter g) {
        Tensor keys = g.known(op.keys());
        Tensor otherwise = g.known(op.otherwise());
        Tensor zero = Tensor.zeros(otherwise.element());
        if (op.complete() && zero.element().isString()) {
            zero.setString(0, "0");
        }
        if (!otherwise.equals(zero)) {
            throw failure("that give " + otherwise.elementText(0) + " for other keys");
        }
        String type = Domains.ML + (op.complete() ? "CastMap" : "DictVectorizer");
        List<String> map = List.of(g.name(op.map()));
        AttributeProto[] attributes = op.complete()
                ? sparse(keys, otherwise.element())
                : new AttributeProto[] {keys(keys, "int64_vocabulary", "string_vocabulary")};
        if (keys.rank() == 2 && keys.dim(0) == 1) {
            return g.result(type, map, attributes);
        }
        String row = g.add(type, map, attributes);
        return g.result("Reshape", List.of(row, g.shape(keys.shape())));
    }

    private static AttributeProto[] sparse(Tensor keys, ElementType element) {
        boolean positions = keys.element() == ElementType.I64
                && LongStream.range(0, keys.size()).allMatch(i -> keys.getLong(i) == i);
        if (!positions) {
            throw failure("whose keys must be others than 0, 1, 2 and so on");
        }
        return new AttributeProto[] {
            to(element), Attributes.s("map_form", "SPARSE"), Attributes.i("max_map", keys.size())
        };
    }

    private static AttributeProto keys(Tensor keys, String integers, String strings) {
        if (keys.size() == 0) {
            throw failure("without keys"); // neither attribute would hold any, which says that both are absent
        }
        if (keys.element().isString()) {
            return Attributes.strings(strings, Arrays.asList(keys.toStringArray()));
        }
        if (keys.element() != ElementType.I64) {
            throw failure("with keys of type " + keys.element().text());
        }
        return Attributes.ints(
                integers, Arrays.stream(keys.toLongArray()).boxed().toList());
    }

    private static AttributeProto to(ElementType element) {
        return Attributes.s(
                "cast_to",
                switch (element) {
                    case F32 -> "TO_FLOAT";
                    case STRING -> "TO_STRING";
                    default -> throw failure("to " + element.text() + ", whose values are taken");
                });
    }

    private static LatheException failure(String what) {
        return OpWriter.failure("ONNX has no operator on maps " + what, "keep the model as IR text");
    }
}
