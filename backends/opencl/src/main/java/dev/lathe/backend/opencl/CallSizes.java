package dev.lathe.backend.opencl;

import dev.lathe.backend.plan.Condition;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.tensor.Sizes;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** The sizes of a call: what the shapes of its inputs tell, and the ops that ran so far. */
final class CallSizes {
    private Map<String, Long> symbols = new HashMap<>();

    /** Starts a call, with the symbols that its inputs bind. */
    void begin(Map<String, Long> bound) {
        symbols = bound;
    }

    void bind(String symbol, long value) {
        symbols.put(symbol, value);
    }

    long dim(Dim d) {
        return d.isConstant()
                ? d.constant()
                : Sizes.evaluate(d, name -> Objects.requireNonNull(symbols.get(name), name));
    }

    /** The value of a dimension; 0 for a bare symbol that has none yet, which an op that binds it may name. */
    long known(Dim d) {
        return d.isSymbol() ? symbols.getOrDefault(d.symbolName(), 0L) : dim(d);
    }

    int index(Dim d) {
        return Sizes.index(dim(d));
    }

    long[] dims(Shape shape) {
        long[] dims = new long[shape.rank()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = dim(shape.dim(i));
        }
        return dims;
    }

    long elements(Shape shape) {
        return Sizes.elements(dims(shape));
    }

    long bytes(View v) {
        return Sizes.bytes(v.type().element(), elements(v.shape()));
    }

    boolean holds(Condition condition) {
        return switch (condition) {
            case Condition.Equal(Dim a, Dim b) -> dim(a) == dim(b);
            case Condition.NonNegative(Dim d) -> dim(d) >= 0;
            case Condition.Broadcasts(Dim own, Dim all) -> dim(own) == 1 || dim(own) == dim(all);
            case Condition.Available(Dim elements, Dim made) -> dim(elements) > 0 || dim(made) == 0;
            case Condition.Inside(Dim elements, Dim at, Dim bound) ->
                dim(elements) == 0 || dim(at) >= 0 && dim(at) < dim(bound);
        };
    }
}
