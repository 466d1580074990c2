package dev.lathe.backend.tensorrt;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What layers read, as operands of ops that the reference evaluator computes. */
final class ReferenceOps {
    private final Function<NetworkTensor, Tensor> operands;
    private final Map<Value, Tensor> values = new IdentityHashMap<>();

    ReferenceOps(Function<NetworkTensor, Tensor> operands) {
        this.operands = operands;
    }

    Tensor tensor(NetworkTensor t) {
        return operands.apply(t);
    }

    Value value(NetworkTensor t) {
        return value(tensor(t));
    }

    Value value(Tensor t) {
        Value v = new Value("", t.type());
        values.put(v, t);
        return v;
    }

    Tensor run(Op op) {
        return all(op).getFirst();
    }

    List<Tensor> all(Op op) {
        return ReferenceEvaluator.evaluate(op, values).stream()
                .map(d -> (Tensor) d)
                .toList();
    }

    long[] numbers(Extents e) {
        return switch (e) {
            case Extents.Fixed f -> f.values().stream().mapToLong(n -> n).toArray();
            case Extents.Computed c -> tensor(c.tensor()).toLongArray();
        };
    }
}
