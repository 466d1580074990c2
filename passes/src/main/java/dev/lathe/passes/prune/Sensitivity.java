package dev.lathe.passes.prune;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.autodiff.Gradients;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Statistic;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * How much outputs change when channels become 0, to first order: the magnitude of <i>x · dL/dx</i>, summed up over
 * each channel, where <i>L</i> is half the sum of the squares of the outputs. No labels are needed.
 *
 * @param outputs tensors of f32
 * @param values tensors of f32 that the outputs depend on
 * @param axes for each value the axis of its channels, whose size is known
 */
record Sensitivity(List<Value> outputs, List<Value> values, List<Integer> axes) implements Statistic<List<double[]>> {
    @Override
    public List<Value> observed(Builder b) {
        Value loss = null;
        for (Value y : outputs) {
            Value squares = b.reduce(ReduceFunction.REDUCE_SUM, b.multiply(y, y), all(y), false);
            Value half = b.multiply(squares, b.scalar(squares, 0.5));
            loss = loss == null ? half : b.add(loss, half);
        }
        List<Value> gradients = Gradients.of(b, Objects.requireNonNull(loss), values);
        List<Value> sums = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            int axis = axes.get(i);
            List<Integer> others =
                    all(values.get(i)).stream().filter(a -> a != axis).toList();
            Value change =
                    b.reduce(ReduceFunction.REDUCE_SUM, b.multiply(values.get(i), gradients.get(i)), others, false);
            sums.add(b.unary(UnaryFunction.ABS, change));
        }
        return sums;
    }

    private static List<Integer> all(Value v) {
        return IntStream.range(0, v.tensorType().rank()).boxed().toList();
    }

    @Override
    public Accumulator<List<double[]>> accumulator() {
        List<double[]> sums = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            sums.add(
                    new double
                            [Math.toIntExact(
                                    values.get(i).tensorType().dim(axes.get(i)).constant())]);
        }
        return new Accumulator<>() {
            @Override
            public void add(List<Tensor> observed) {
                for (int i = 0; i < sums.size(); i++) {
                    for (int c = 0; c < sums.get(i).length; c++) {
                        sums.get(i)[c] += observed.get(i).getDouble(c);
                    }
                }
            }

            @Override
            public List<double[]> result() {
                return sums;
            }
        };
    }
}
