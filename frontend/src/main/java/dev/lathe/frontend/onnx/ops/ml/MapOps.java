package dev.lathe.frontend.onnx.ops.ml;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Check;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.MapLookup;
import dev.lathe.ir.op.MapRows;
import dev.lathe.ir.op.MapValues;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.Shape;
import java.util.List;
import java.util.stream.LongStream;

/** Operators of {@code ai.onnx.ml} that make maps or take them. */
public final class MapOps {
    /** So many positions are a constant, which says what they are; more would let a small file take much memory. */
    private static final int KNOWN_POSITIONS = 4096;

    private enum Form {
        DENSE,
        SPARSE
    }

    private enum Target {
        TO_FLOAT(ElementType.F32),
        TO_STRING(ElementType.STRING),
        TO_INT64(ElementType.I64);

        private final ElementType element;

        Target(ElementType element) {
            this.element = element;
        }
    }

    private MapOps() {}

    public static void addTo(Operators t) {
        t.on(Domains.ML + "ZipMap")
                .since(
                        1,
                        n -> n.b.add(new MapRows(
                                TabularOps.rows(n, 0),
                                n.b.constant(keys(n, "classlabels_int64s", "classlabels_strings")))));
        t.on(Domains.ML + "DictVectorizer").since(1, MapOps::vectorize);
        t.on(Domains.ML + "CastMap").since(1, MapOps::cast);
    }

    /** The keys of one of two attributes. */
    private static Tensor keys(OnnxNode n, String integers, String strings) {
        List<Long> numbers = n.ints(integers).orElse(List.of());
        List<String> words = n.strings(strings);
        if (numbers.isEmpty() == words.isEmpty()) {
            throw new InvalidOpException("it needs one of the attributes " + integers + " and " + strings + ", but has "
                    + (words.isEmpty() ? "neither" : "both"));
        }
        return words.isEmpty() ? TabularOps.longs(numbers) : TabularOps.strings(words);
    }

    private static MapType map(OnnxNode n) {
        if (n.in(0).type() instanceof MapType map) {
            return map;
        }
        throw new InvalidOpException("operand 0 is no map, but " + n.in(0).type());
    }

    /** A row with a column for each word of a vocabulary. Keys that are not in it are left out, as exporters expect. */
    private static Value vectorize(OnnxNode n) {
        MapType map = map(n);
        Tensor keys = keys(n, "int64_vocabulary", "string_vocabulary");
        if (keys.element().isString() != map.key().isString()) {
            throw new InvalidOpException(
                    "its vocabulary is of " + keys.element().text() + ", but operand 0 is " + map);
        }
        Value row = n.b.constant(keys.reshape(1, keys.size()));
        Tensor zero = Tensor.zeros(Check.INSTANCE.map(n.in(0)));
        return n.b.add(new MapLookup(n.in(0), n.b.cast(row, map.key()), n.b.constant(zero), false));
    }

    /** The values as a row, in the order of the keys or at the positions that the keys are. */
    private static Value cast(OnnxNode n) {
        MapType map = map(n);
        if (!map.key().isInteger()) {
            throw new InvalidOpException("operand 0 is " + map + ", and a map with integer keys is needed");
        }
        Target target = n.choice("cast_to", Target.TO_FLOAT);
        Value row = switch (n.choice("map_form", Form.DENSE)) {
            case DENSE -> {
                Dim count = Dim.symbol(n.b.freshSymbol("entries"));
                yield n.b.reshape(n.b.add(new MapValues(n.in(0), count)), Shape.of(Dim.ONE, count));
            }
            case SPARSE -> n.b.add(new MapLookup(n.in(0), positions(n, map.key()), n.b.constant(zero(n)), true));
        };
        return n.b.cast(row, target.element);
    }

    private static Value positions(OnnxNode n, ElementType key) {
        Dim length = Dim.of(n.i("max_map", 1));
        if (length.constant() < 0) {
            throw new InvalidOpException("attribute \"max_map\" is " + length);
        }
        Value line = length.constant() <= KNOWN_POSITIONS
                ? n.b.constant(
                        Tensor.vector(LongStream.range(0, length.constant()).toArray()))
                : n.b.iota(length);
        return n.b.cast(n.b.reshape(line, Shape.of(Dim.ONE, length)), key);
    }

    /** What stands at the positions without a key. */
    private static Tensor zero(OnnxNode n) {
        Tensor zero = Tensor.zeros(Check.INSTANCE.map(n.in(0)));
        if (zero.element().isString()) {
            zero.setString(0, "0");
        }
        return zero;
    }
}
