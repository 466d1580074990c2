package dev.lathe.backend.device;

import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.OpSchema;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.runtime.OpStep;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Ops without a kernel: the op is made again, with dimensions as numbers, and run by its reference meaning. */
final class HostOps {
    private HostOps() {}

    /**
     * The op of a step on present values.
     *
     * @param datum what a view holds
     * @param dim the value of a dimension
     */
    @SuppressWarnings("SuspiciousMethodCalls") // a component's value is known by its role
    static CoreOp make(Step.HostOp s, OpStep step, Function<View, Datum> datum, ToLongFunction<Dim> dim) {
        OpSchema schema = OpSchema.of(s.op().getClass());
        Function<Object, Value> operand = v ->
                step.operand(datum.apply(Objects.requireNonNull(s.operands().get(v), "an operand has a place")));
        Object[] values = schema.components().stream()
                .map(c -> {
                    Object value = c.get(s.op());
                    return switch (c.role()) {
                        case OPERAND -> operand.apply(value);
                        case OPTIONAL_OPERAND -> ((Optional<?>) value).map(operand);
                        case OPERAND_LIST ->
                            ((List<?>) value).stream().map(operand).toList();
                        case REGION ->
                            throw new IllegalStateException(s.op().mnemonic() + " has a region but is no control op");
                        case FUNCTION -> value;
                        case ATTRIBUTE -> attribute(value, step, dim);
                    };
                })
                .toArray();
        Op made = schema.create(values);
        return (CoreOp) made;
    }

    private static Object attribute(Object value, OpStep step, ToLongFunction<Dim> dim) {
        return switch (value) {
            case Dim d -> step.dim(dim.applyAsLong(d), d.isSymbol() ? d.symbolName() : "");
            case Shape s ->
                Shape.of(s.dims().stream()
                        .map(d -> (Dim) attribute(d, step, dim))
                        .toList());
            case List<?> l -> l.stream().map(x -> attribute(x, step, dim)).toList();
            case Optional<?> o -> o.map(x -> attribute(x, step, dim));
            default -> value;
        };
    }
}
