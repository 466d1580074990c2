package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Type;
import java.util.List;

/** The same bits as elements of another type of the same width. ONNX BitCast. */
public record BitCast(Value x, ElementType to) implements Movement {
    @Override
    public List<Type> infer(Check check) {
        ElementType from = x.tensorType().element();
        check.that(
                from.bits() == to.bits() && !from.isString() && !to.isString(),
                "the bits of %s are not those of a %s",
                from.text(),
                to.text());
        return List.of(x.tensorType().withElement(to));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        Tensor t = e.tensor(x);
        return List.of(Tensor.of(to, t.dims(), t.data()));
    }
}
