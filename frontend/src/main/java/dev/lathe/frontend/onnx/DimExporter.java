package dev.lathe.frontend.onnx;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Dimension expressions as i64 vectors of one element: {@code Shape} where a symbol comes from an axis, and arithmetic. */
final class DimExporter {
    private record Part(String name, Dim value) {}

    private final GraphExporter graph;
    private final @Nullable DimExporter outer;
    private final Map<String, Supplier<String>> sources = new HashMap<>();
    private final Map<Dim, String> known = new HashMap<>();

    DimExporter(GraphExporter graph, @Nullable DimExporter outer) {
        this.graph = graph;
        this.outer = outer;
    }

    /** The first axis that has a symbol as its size gives its value. */
    void bind(String symbol, String tensor, int axis) {
        sources.putIfAbsent(
                symbol,
                () -> graph.add("Shape", List.of(tensor), Exports.i("start", axis), Exports.i("end", axis + 1)));
    }

    void bindElement(String symbol, String vector, int index) {
        sources.putIfAbsent(symbol, () -> graph.add("Gather", List.of(vector, graph.longs(List.of((long) index)))));
    }

    String vector(List<Dim> values) {
        if (values.stream().allMatch(Dim::isConstant)) {
            return graph.longs(values.stream().map(Dim::constant).toList());
        }
        List<String> parts = new ArrayList<>();
        List<Dim> run = new ArrayList<>();
        for (Dim d : values) {
            if (d.isConstant()) {
                run.add(d);
            } else {
                flush(run, parts);
                parts.add(one(d));
            }
        }
        flush(run, parts);
        return parts.size() == 1 ? parts.getFirst() : graph.add("Concat", parts, Exports.i("axis", 0));
    }

    private void flush(List<Dim> run, List<String> parts) {
        if (!run.isEmpty()) {
            parts.add(graph.longs(run.stream().map(Dim::constant).toList()));
            run.clear();
        }
    }

    private String one(Dim d) {
        for (DimExporter e = this; e != null; e = e.outer) {
            String name = e.known.get(d);
            if (name != null) {
                return name;
            }
        }
        String name = d.fold(new OnnxAlgebra()).name;
        known.put(d, name);
        return name;
    }

    private String symbol(String symbol) {
        Dim key = Dim.symbol(symbol);
        for (DimExporter e = this; e != null; e = e.outer) {
            String name = e.known.get(key);
            if (name != null) {
                return name;
            }
            Supplier<String> source = e.sources.get(symbol);
            if (source != null) {
                // In the graph that binds the symbol, so that everything inside can use it.
                String made = source.get();
                e.known.put(key, made);
                return made;
            }
        }
        throw new LatheException(Diagnostic.error(
                "onnx.export",
                "the size \"" + symbol + "\" is the size of no axis",
                "give it a value with --shape before the export"));
    }

    private final class OnnxAlgebra implements Dim.Algebra<Part> {
        @Override
        public Part constant(long value) {
            return new Part(graph.constant(Tensor.vector(value), ""), Dim.of(value));
        }

        @Override
        public Part symbol(String name, boolean signed) {
            return new Part(DimExporter.this.symbol(name), signed ? Dim.signedSymbol(name) : Dim.symbol(name));
        }

        private Part binary(String type, Part a, Part b, Dim value) {
            return new Part(graph.add(type, List.of(a.name, b.name)), value);
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
            return new Part(known.computeIfAbsent(symbol, _ -> value.name), symbol);
        }

        @Override
        public Part max(Part a, Part b) {
            return binary("Max", a, b, a.value.max(b.value));
        }
    }
}
