package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * Binds {@code symbols} to the integers in {@code x}, in order, and has no result. By it a shape that is computed from
 * data becomes symbols.
 */
public record ReadDims(Value x, List<String> symbols) implements Creation {
    @Override
    public List<Type> infer(Check check) {
        check.integer(x);
        check.that(!symbols.isEmpty(), "it names no symbol");
        Dim n = x.tensorType().shape().elements();
        check.that(n.isConstant(symbols.size()), "%s symbols from %s", symbols.size(), x.type());
        return List.of();
    }

    @Override
    public List<String> binds() {
        return symbols;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        Tensor t = e.tensor(x);
        for (int i = 0; i < symbols.size(); i++) {
            e.bind(symbols.get(i), t.getLong(i));
        }
        return List.of();
    }
}
