package dev.lathe.ir.op;

import dev.lathe.ir.eval.RandomEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/** Numbers from {@code low} up to {@code high}, evenly distributed. ONNX RandomUniform. */
public record RandomUniform(Shape shape, ElementType element, double low, double high, Optional<Double> seed)
        implements Random {
    @Override
    public List<Type> infer(Check check) {
        check.that(element.isFloat(), "random numbers of type %s", element.text());
        return check.one(element, shape);
    }

    @Override
    public boolean isPure() {
        return seed.isPresent();
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(RandomEvaluation.uniform(element, low, high, seed, e.dims(shape)));
    }
}
