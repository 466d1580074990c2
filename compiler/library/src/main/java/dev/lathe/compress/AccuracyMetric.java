package dev.lathe.compress;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import java.util.List;

/** How often the largest element of a row of the first output of floats is at the place that the label says. */
record AccuracyMetric() implements Metric {
    @Override
    public Meter start() {
        return new Meter() {
            private long rows;
            private long before;
            private long after;

            @Override
            public void add(Call call) {
                Outputs o = Outputs.first(call, "accuracy", 1, "an output [batch, classes]");
                List<Long> expected = Outputs.tops(o.expected());
                Tensor labels = call.labels().orElseThrow(AccuracyMetric::noLabels);
                if (labels.size() != expected.size()) {
                    throw usage(
                            "a call has " + labels.size() + " labels, and the output has " + expected.size() + " rows",
                            "give a label for each row of the first output of floats");
                }
                rows += expected.size();
                before += right(expected, labels);
                after += o.actual().map(t -> right(Outputs.tops(t), labels)).orElse(0L);
            }

            @Override
            public Score score() {
                return rows == 0 ? new Score(1, 1) : new Score((double) before / rows, (double) after / rows);
            }
        };
    }

    private static long right(List<Long> tops, Tensor labels) {
        long right = 0;
        for (int i = 0; i < tops.size(); i++) {
            right += tops.get(i) == labels.getLong(i) ? 1 : 0;
        }
        return right;
    }

    private static LatheException noLabels() {
        return usage(
                "the metric accuracy needs labels, and the data have none",
                "give a folder of images by class, --labels FILE, or a Dataset with labels; or choose top1, which"
                        + " compares with the model's own answers");
    }

    private static LatheException usage(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("data.labels", what, fix)));
    }

    @Override
    public String toString() {
        return "accuracy";
    }
}
