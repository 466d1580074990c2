package dev.lathe.compress;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The first output that is a tensor of floats, before and after.
 *
 * @param actual empty if it has another shape
 */
record Outputs(Tensor expected, Optional<Tensor> actual) {

    /**
     * The first output of at least {@code rank} axes.
     *
     * @throws LatheException if there is none
     */
    static Outputs first(Metric.Call call, String metric, int rank, String wanted) {
        for (Map.Entry<String, Datum> output : call.expected().entrySet()) {
            if (output.getValue() instanceof Tensor e && e.element().isFloat() && e.rank() >= rank) {
                Optional<Tensor> actual = Optional.ofNullable(call.actual().get(output.getKey()))
                        .filter(Tensor.class::isInstance)
                        .map(Tensor.class::cast)
                        .filter(t -> t.shape().equals(e.shape()));
                return new Outputs(e, actual);
            }
        }
        throw new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error(
                        "compress.metric",
                        "the metric " + metric + " needs " + wanted + " of floats, and the model has none",
                        "choose another metric: cosine, worst-cosine, max-abs or top1")));
    }

    /** Where the largest element of each row along the last axis is. */
    static List<Long> tops(Tensor t) {
        long length = t.dim(t.rank() - 1);
        List<Long> tops = new ArrayList<>();
        for (long row = 0; length > 0 && row < t.size() / length; row++) {
            long top = 0;
            for (long i = 1; i < length; i++) {
                top = t.getDouble(row * length + i) > t.getDouble(row * length + top) ? i : top;
            }
            tops.add(top);
        }
        return tops;
    }
}
