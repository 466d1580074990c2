package dev.lathe.passes.statistics;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Statistic;
import java.util.List;

/** How often a value, a tensor of floats, has which numbers. */
public record Distribution(Value value) implements Statistic<Histogram> {
    @Override
    public List<Value> observed(Builder b) {
        return List.of(value);
    }

    @Override
    public Accumulator<Histogram> accumulator() {
        Histogram histogram = new Histogram();
        return new Accumulator<>() {
            @Override
            public void add(List<Tensor> observed) {
                histogram.add(observed.getFirst());
            }

            @Override
            public Histogram result() {
                return histogram;
            }
        };
    }
}
