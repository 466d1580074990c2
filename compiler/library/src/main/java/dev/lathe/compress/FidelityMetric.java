package dev.lathe.compress;

import java.util.function.ToDoubleFunction;

/** A figure of how near numbers are. */
record FidelityMetric(String name, ToDoubleFunction<Fidelity> figure) implements Metric {
    @Override
    public Meter start() {
        Fidelity.Meter meter = new Fidelity.Meter();
        return new Meter() {
            @Override
            public void add(Call call) {
                meter.add(call.expected(), call.actual());
            }

            @Override
            public Score score() {
                return new Score(1, figure.applyAsDouble(meter.result()));
            }
        };
    }

    @Override
    public String toString() {
        return name;
    }
}
