package dev.lathe.passes.recover;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Statistic;
import dev.lathe.passes.statistics.Moments;
import java.util.List;

/**
 * What a layer of a compressed model gives, and what the layer of the model before it would give of the same operand.
 *
 * @param actual what the compressed layer gives
 * @param operand the operand of both
 * @param expected the layer before, a product or a convolution
 * @param weights its weights
 * @param axis the axis of channels
 */
record OutputMoments(Value actual, Value operand, Op expected, Tensor weights, int axis)
        implements Statistic<OutputMoments.Pair> {
    /** The moments of both. */
    record Pair(Moments.Sums actual, Moments.Sums expected) {}

    @Override
    public List<Value> observed(Builder b) {
        Value constant = b.constant(weights);
        Value x = expected.operands().getFirst();
        return List.of(actual, b.add(expected.mapOperands(v -> v == x ? operand : constant)));
    }

    @Override
    public Accumulator<Pair> accumulator() {
        Accumulator<Moments.Sums> first = new Moments(actual, axis).accumulator();
        Accumulator<Moments.Sums> second = new Moments(actual, axis).accumulator();
        return new Accumulator<>() {
            @Override
            public void add(List<Tensor> observed) {
                first.add(List.of(observed.getFirst()));
                second.add(List.of(observed.getLast()));
            }

            @Override
            public Pair result() {
                return new Pair(first.result(), second.result());
            }
        };
    }
}
