package dev.lathe.ir.op;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.Arrays;
import java.util.List;

/** What an op sees of the evaluation that it is a part of. */
public interface Evaluation {
    Datum datum(Value v);

    /** The tensor that {@code v} holds. */
    default Tensor tensor(Value v) {
        return (Tensor) datum(v);
    }

    /** The value of a dimension expression under the symbols bound so far. */
    long dim(Dim d);

    default long[] dims(List<Dim> dims) {
        return dims.stream().mapToLong(this::dim).toArray();
    }

    /** The values of the sizes of a tensor. */
    default long[] dims(Shape shape) {
        long[] sizes = dims(shape.dims());
        for (long size : sizes) {
            if (size < 0) {
                throw new InvalidOpException("a tensor of " + Arrays.toString(sizes) + " has a negative size");
            }
        }
        return sizes;
    }

    /** The dimensions of the only result of {@code op}. */
    default long[] resultDims(Op op) {
        return dims(((TensorType) op.infer(Check.INSTANCE).getFirst()).shape());
    }

    /** Gives a symbol its value for the rest of the evaluation of this graph. */
    void bind(String symbol, long value);

    /** Runs a region, which sees the values and symbols known here. */
    List<Datum> run(Graph region, List<Datum> inputs);

    /** Stops the evaluation if its time is over; for ops that may go on for long. */
    default void checkDeadline() {}
}
