package dev.lathe.compress;

import java.util.function.ToDoubleFunction;

/** The mean of a function over calls. */
record FunctionMetric(String name, ToDoubleFunction<Metric.Call> loss) implements Metric {
    @Override
    public Meter start() {
        return new Meter() {
            private int calls;
            private double sum;

            @Override
            public void add(Call call) {
                calls++;
                sum += loss.applyAsDouble(call);
            }

            @Override
            public Score score() {
                return new Score(1, calls == 0 ? 1 : 1 - sum / calls);
            }
        };
    }

    @Override
    public String toString() {
        return name;
    }
}
