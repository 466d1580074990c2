package dev.lathe.ir.autodiff;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The derivative with respect to each value, as far as it has been added up. */
final class Adjoints {
    private final Builder b;
    private final Map<Value, Value> sums = new IdentityHashMap<>();

    Adjoints(Builder b) {
        this.b = b;
    }

    Builder builder() {
        return b;
    }

    /** What has been added for {@code x}; null if nothing has. */
    @Nullable
    Value of(Value x) {
        return sums.get(x);
    }

    /** Adds a part for {@code x}, summed over the axes along which {@code x} was repeated. Integers get none. */
    void add(Value x, Value part) {
        if (!x.tensorType().element().isFloat()) {
            return;
        }
        Value own = summed(part, x.tensorType().shape());
        sums.merge(x, own, b::add);
    }

    /** {@code part} summed to {@code shape}, which broadcasts to its own. */
    private Value summed(Value part, Shape shape) {
        Shape wide = part.tensorType().shape();
        List<Integer> axes = new ArrayList<>();
        for (int i = 0; i < wide.rank(); i++) {
            int own = i - (wide.rank() - shape.rank());
            if (own < 0 || shape.dim(own).isConstant(1) && !wide.dim(i).isConstant(1)) {
                axes.add(i);
            }
        }
        Value sum = axes.isEmpty() ? part : b.reduce(ReduceFunction.REDUCE_SUM, part, axes, true);
        return sum.tensorType().shape().equals(shape) ? sum : b.reshape(sum, shape);
    }

    /** A tensor like {@code x}, each of whose elements is {@code value}. */
    Value filled(Value x, double value) {
        TensorType t = x.tensorType();
        return b.broadcast(b.constant(Tensor.scalar(t.element(), value)), t.shape());
    }

    Value unary(UnaryFunction f, Value x) {
        return b.unary(f, x);
    }

    Value one(Value like) {
        return b.scalar(like, 1);
    }

    Value zero(Value like) {
        return b.scalar(like, 0);
    }

    Value square(Value x) {
        return b.multiply(x, x);
    }
}
