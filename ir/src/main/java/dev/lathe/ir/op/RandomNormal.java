package dev.lathe.ir.op;

import dev.lathe.ir.eval.RandomEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/** Normally distributed numbers. ONNX RandomNormal. */
public record RandomNormal(Shape shape, ElementType element, double mean, double scale, Optional<Double> seed)
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
        return List.of(RandomEvaluation.normal(element, mean, scale, seed, e.dims(shape)));
    }
}
