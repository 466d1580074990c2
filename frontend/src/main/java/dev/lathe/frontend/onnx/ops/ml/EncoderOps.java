package dev.lathe.frontend.onnx.ops.ml;

import dev.lathe.frontend.onnx.file.Domains;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Lookup;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** Operators of {@code ai.onnx.ml} that map values to others. */
public final class EncoderOps {
    private EncoderOps() {}

    public static void addTo(Operators t) {
        t.on(Domains.ML + "LabelEncoder")
                .since(1, n -> {
                    List<String> classes = n.strings("classes_strings");
                    return stringsAndIntegers(
                            n,
                            classes,
                            LongStream.range(0, classes.size()).boxed().toList());
                })
                .since(2, EncoderOps::encode);
        t.on(Domains.ML + "CategoryMapper")
                .since(
                        1,
                        n -> stringsAndIntegers(
                                n,
                                n.strings("cats_strings"),
                                n.ints("cats_int64s").orElse(List.of())));
        t.on(Domains.ML + "OneHotEncoder").since(1, EncoderOps::oneHot);
    }

    /** Strings become integers, integers strings. */
    private static Value stringsAndIntegers(OnnxNode n, List<String> words, List<Long> numbers) {
        Tensor strings = TabularOps.strings(words);
        Tensor integers = TabularOps.longs(numbers);
        return n.element(0).isString()
                ? mapped(n, strings, integers, Tensor.vector(n.i("default_int64", -1)))
                : mapped(n, integers, strings, TabularOps.strings(List.of(n.s("default_string", "_Unused"))));
    }

    private static Value encode(OnnxNode n) {
        Tensor keys = list(n, "keys_").orElseThrow(() -> new InvalidOpException("it has no keys"));
        Tensor values = list(n, "values_").orElseThrow(() -> new InvalidOpException("it has no values"));
        return mapped(n, keys, values, otherwise(n, values.element()));
    }

    /** The list of whatever type has a name with this beginning. */
    private static Optional<Tensor> list(OnnxNode n, String stem) {
        Optional<Tensor> whole = n.tensor(stem + "tensor");
        if (whole.isPresent()) {
            return whole;
        }
        if (n.has(stem + "strings")) {
            return Optional.of(TabularOps.strings(n.strings(stem + "strings")));
        }
        return n.ints(stem + "int64s")
                .map(TabularOps::longs)
                .or(() -> n.floats(stem + "floats").map(TabularOps::vector));
    }

    private static Tensor otherwise(OnnxNode n, ElementType element) {
        Optional<Tensor> given = n.tensor("default_tensor");
        if (given.isPresent() && given.get().size() == 1 && given.get().element() == element) {
            return given.get();
        }
        if (given.isPresent()) {
            throw new InvalidOpException("default_tensor must hold one " + element.text());
        }
        return switch (element) {
            case STRING -> TabularOps.strings(List.of(n.s("default_string", "_Unused")));
            default ->
                Tensor.scalar(element, element.isInteger() ? n.i("default_int64", -1) : n.f("default_float", -0.0f));
        };
    }

    private static Value mapped(OnnxNode n, Tensor keys, Tensor values, Tensor otherwise) {
        Builder b = n.b;
        if (keys.size() != values.size()) {
            throw new InvalidOpException(keys.size() + " keys for " + values.size() + " values");
        }
        Value line = b.reshape(b.constant(keys), Shape.of(keys.size()));
        Tensor results = Tensor.zeros(values.element(), values.size() + 1);
        for (long i = 0; i < values.size(); i++) {
            results.copyElement(i, values, i);
        }
        results.copyElement(values.size(), otherwise, 0);
        return b.gather(b.constant(results), b.add(new Lookup(n.in(0), line)), 0);
    }

    private static Value oneHot(OnnxNode n) {
        Builder b = n.b;
        boolean text = n.element(0).isString();
        Tensor keys = text
                ? TabularOps.strings(n.strings("cats_strings"))
                : TabularOps.longs(n.ints("cats_int64s").orElse(List.of()));
        Value x = text ? n.in(0) : b.cast(n.in(0), ElementType.I64);
        Value at = b.add(new Lookup(x, b.constant(keys)));
        Value categories = b.iota(Dim.of(keys.size()));
        if (!n.flag("zeros", true)) {
            // An index past the end is an error.
            at = b.gather(categories, at, 0);
        }
        List<Dim> dims = new ArrayList<>(n.shape(0).dims());
        dims.add(Dim.ONE);
        Value places = b.cast(b.reshape(at, Shape.of(dims)), ElementType.I32); // which vectors compare
        Value equal = b.compare(Comparison.EQUAL, places, b.cast(categories, ElementType.I32));
        return b.cast(equal, ElementType.F32);
    }
}
