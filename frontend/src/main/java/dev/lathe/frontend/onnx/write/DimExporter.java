package dev.lathe.frontend.onnx.write;

import dev.lathe.frontend.onnx.file.ElementTypes;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.ReadDims;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Dimension expressions as i64 vectors: what the model has for them, {@code Shape} where a symbol comes from an axis,
 * and arithmetic. Each vector is a class of its own, so that all who need it share it.
 */
final class DimExporter {
    /** Where a symbol comes from: an axis of a tensor, or an element of a vector. */
    private record Source(ValueClass of, @Nullable Shape shape, int index) {}

    private record Part(ValueClass made, Dim value) {}

    private static final TensorType VECTOR = TensorType.of(ElementType.I64, Shape.of(Dim.symbol("n")));

    private final Cover cover;
    private final Map<String, Source> sources = new HashMap<>();
    private final Map<List<Dim>, ValueClass> vectors = new HashMap<>();

    DimExporter(Cover cover) {
        this.cover = cover;
    }

    /** The axes of a value that is given, or read, give values to the symbols that are their sizes. */
    void bind(Type type, ValueClass of) {
        if (type instanceof TensorType t && t.isRanked()) {
            for (int i = 0; i < t.rank(); i++) {
                if (t.dim(i).isSymbol()) {
                    bind(t.dim(i).symbolName(), of, t.shape(), i);
                }
            }
        }
    }

    /** The elements of a tensor give values to symbols. */
    void read(ReadDims op) {
        ValueClass vector = cover.of(op.x());
        TensorType t = op.x().tensorType();
        if (t.element() != ElementType.I64 || t.rank() != 1) {
            ValueClass given = vector;
            ValueClass flat = cover.fresh(
                    TensorType.of(ElementType.I64, Shape.of(t.shape().elements())));
            cover.exploration().later(flat, () -> {
                OpWriter w = OpWriter.of(cover, flat);
                String wide = t.element() == ElementType.I64
                        ? w.name(given)
                        : w.add(
                                "Cast",
                                List.of(w.name(given)),
                                Attributes.i("to", ElementTypes.number(ElementType.I64)));
                w.result("Reshape", List.of(wide, w.longs(List.of(-1L))));
                cover.exploration().add(flat, w.finished());
            });
            vector = flat;
        }
        for (int i = 0; i < op.symbols().size(); i++) {
            bindElement(op.symbols().get(i), vector, i);
        }
    }

    /** The first axis that has a symbol as its size gives its value. */
    private void bind(String symbol, ValueClass tensor, Shape shape, int axis) {
        if (cover.outer() == null || !cover.outer().dims().knows(symbol)) {
            sources.putIfAbsent(symbol, new Source(tensor, shape, axis));
        }
    }

    /** Whether this graph or one around it gives the symbol a value. */
    private boolean knows(String symbol) {
        return sources.containsKey(symbol)
                || cover.outer() != null && cover.outer().dims().knows(symbol);
    }

    /** Makes {@code symbol} stand for an entry of an i64 vector. */
    private void bindElement(String symbol, ValueClass vector, int index) {
        sources.putIfAbsent(symbol, new Source(vector, null, index));
    }

    private boolean binds(Set<String> symbols) {
        return symbols.stream().anyMatch(sources::containsKey);
    }

    /** The class of vectors of these integers. */
    ValueClass vector(List<Dim> values) {
        if (values.stream().allMatch(Dim::isConstant)) {
            return cover.constant(
                    Tensor.vector(values.stream().mapToLong(Dim::constant).toArray()));
        }
        ValueClass known = vectors.get(values);
        if (known != null) {
            return known;
        }
        ValueClass outside = outside(values);
        ValueClass made = outside != null ? outside : cover.fresh(VECTOR);
        vectors.put(values, made);
        if (outside == null) {
            cover.exploration().later(made, () -> write(values, made));
        }
        return made;
    }

    /**
     * The class in the graph around this one, if that knows these integers: what a symbol is always, arithmetic if it
     * has it anyway.
     */
    private @Nullable ValueClass outside(List<Dim> values) {
        Cover outer = cover.outer();
        if (outer == null) {
            return null;
        }
        Set<String> symbols = new HashSet<>();
        values.forEach(d -> d.collectSymbols(symbols));
        boolean one = values.size() == 1 && values.getFirst().isSymbol();
        if (binds(symbols) || !one && !outer.dims().has(values)) {
            return null;
        }
        return cover.capture(outer.dims().vector(values));
    }

    private boolean has(List<Dim> values) {
        return vectors.containsKey(values)
                || (cover.outer() == null
                        ? !cover.model().withContents(values).isEmpty()
                        : cover.outer().dims().has(values));
    }

    private void write(List<Dim> values, ValueClass result) {
        if (cover.outer() == null) {
            cover.model().withContents(values).forEach(v -> cover.join(result, v));
        }
        wholeShape(values, result);
        if (values.size() == 1) {
            one(values.getFirst(), result);
            return;
        }
        List<ValueClass> parts = new ArrayList<>();
        int i = 0;
        while (i < values.size()) {
            int end = i + 1;
            while (end < values.size() && continues(values, i, end)) {
                end++;
            }
            parts.add(vector(values.subList(i, end)));
            i = end;
        }
        if (parts.size() > 1) {
            OpWriter w = OpWriter.of(cover, result);
            w.result("Concat", parts.stream().map(w::name).toList(), Attributes.i("axis", 0));
            cover.exploration().add(result, w.finished());
        }
    }

    /**
     * Whether the entries from {@code start} up to and including {@code end} are one constant, or sizes of one tensor
     * beside each other.
     */
    private boolean continues(List<Dim> values, int start, int end) {
        Dim first = values.get(start);
        if (first.isConstant()) {
            return values.get(end).isConstant();
        }
        Source a = first.isSymbol() ? sources.get(first.symbolName()) : null;
        Shape shape = a == null ? null : a.shape;
        int at = a == null ? 0 : a.index + end - start;
        return shape != null && at < shape.rank() && shape.dim(at).equals(values.get(end));
    }

    /** {@code Shape} of a tensor that has just these sizes, all or beside each other. */
    private void wholeShape(List<Dim> values, ValueClass result) {
        Dim first = values.stream().filter(Dim::isSymbol).findFirst().orElse(null);
        Source a = first == null ? null : sources.get(first.symbolName());
        Shape shape = a == null ? null : a.shape;
        if (a == null || shape == null) {
            return;
        }
        int start = a.index - values.indexOf(first);
        int end = start + values.size();
        if (start < 0 || end > shape.rank() || !shape.dims().subList(start, end).equals(values)) {
            return;
        }
        OpWriter w = OpWriter.of(cover, result);
        if (values.size() == shape.rank()) {
            w.result("Shape", List.of(w.name(a.of)));
        } else if (w.opset() >= 15) {
            w.result("Shape", List.of(w.name(a.of)), Attributes.i("start", start), Attributes.i("end", end));
        } else {
            List<Long> indices = new ArrayList<>();
            for (long i = start; i < end; i++) {
                indices.add(i);
            }
            w.result("Gather", List.of(w.name(vector(shape.dims())), w.longs(indices)));
        }
        cover.exploration().add(result, w.finished());
    }

    private void one(Dim d, ValueClass result) {
        if (!d.isSymbol()) {
            ValueClass made = d.fold(new OnnxAlgebra()).made;
            if (made != result && !result.isGiven()) {
                // A symbol that stands for an expression.
                OpWriter w = OpWriter.of(cover, result);
                w.result("Identity", List.of(w.name(made)));
                cover.exploration().add(result, w.finished());
            }
            return;
        }
        Source source = sources.get(d.symbolName());
        if (source == null) {
            cover.exploration()
                    .failed(
                            result,
                            new LatheException(Diagnostic.error(
                                    "onnx.export",
                                    "the size \"" + d.symbolName() + "\" is the size of no axis",
                                    "give it a value with --shape before the export")));
        } else if (source.shape == null) {
            OpWriter w = OpWriter.of(cover, result);
            w.result("Gather", List.of(w.name(source.of), w.longs(List.of((long) source.index))));
            cover.exploration().add(result, w.finished());
        }
    }

    private final class OnnxAlgebra implements Dim.Algebra<Part> {
        @Override
        public Part constant(long value) {
            return new Part(cover.constant(Tensor.vector(value)), Dim.of(value));
        }

        @Override
        public Part symbol(String name, boolean signed) {
            Dim symbol = signed ? Dim.signedSymbol(name) : Dim.symbol(name);
            return new Part(vector(List.of(symbol)), symbol);
        }

        private Part binary(String type, Part a, Part b, Dim value) {
            if (value.isConstant()) {
                return constant(value.constant());
            }
            ValueClass result = vector(List.of(value));
            if (!result.isGiven() && result != a.made && result != b.made) {
                OpWriter w = OpWriter.of(cover, result);
                w.result(type, List.of(w.name(a.made), w.name(b.made)));
                cover.exploration().add(result, w.finished());
            }
            return new Part(result, value);
        }

        @Override
        public Part plus(Part a, Part b) {
            return binary("Add", a, b, a.value.plus(b.value));
        }

        @Override
        public Part times(Part a, Part b) {
            return binary("Mul", a, b, a.value.times(b.value));
        }

        @Override
        public Part floorDiv(Part a, Part b) {
            Dim value = a.value.floorDiv(b.value);
            if (a.value.isNonNegative() && b.value.isNonNegative()) {
                return binary("Div", a, b, value);
            }
            // Div truncates; Mod has the sign of the divisor.
            Part rest = binary("Mod", a, b, a.value.mod(b.value));
            Part exact = binary("Sub", a, rest, a.value.minus(rest.value));
            return binary("Div", exact, b, value);
        }

        @Override
        public Part min(Part a, Part b) {
            return binary("Min", a, b, a.value.min(b.value));
        }

        @Override
        public Part defined(Dim symbol, Part value) {
            return new Part(value.made, symbol);
        }

        @Override
        public Part max(Part a, Part b) {
            return binary("Max", a, b, a.value.max(b.value));
        }
    }
}
