package dev.lathe.compress;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How near the results of a changed model are to those of the original one, over some calls. Outputs that are no
 * tensors of floats are left out.
 *
 * @param samples how many calls were compared
 * @param meanCosine the cosine between the outputs of both, as vectors; the mean over calls and outputs
 * @param leastCosine the least of them
 * @param largestError the largest difference of two elements, as a share of the largest element of that output
 * @param sameTop in how many of the rows of outputs, along the last axis, the largest element is at the same place
 */
public record Fidelity(int samples, double meanCosine, double leastCosine, double largestError, double sameTop) {

    /** Adds up what calls say. */
    static final class Meter {
        private int samples;
        private long outputs;
        private double cosines;
        private double least = 1;
        private double error;
        private long rows;
        private long same;

        void add(Map<String, Datum> expected, Map<String, Datum> actual) {
            samples++;
            expected.forEach((name, value) -> {
                if (value instanceof Tensor e && e.element().isFloat() && e.size() > 0) {
                    add(e, actual.get(name) instanceof Tensor a && a.shape().equals(e.shape()) ? a : null);
                }
            });
        }

        private void add(Tensor expected, @Nullable Tensor actual) {
            outputs++;
            long length = expected.rank() == 0 ? 1 : expected.dim(expected.rank() - 1);
            long ownRows = expected.size() / length;
            rows += ownRows;
            if (actual == null) {
                least = Math.min(least, 0);
                error = Double.POSITIVE_INFINITY;
                return;
            }
            double product = 0;
            double first = 0;
            double second = 0;
            double largest = 0;
            double off = 0;
            for (long r = 0; r < ownRows; r++) {
                long top = r * length;
                long otherTop = top;
                for (long i = r * length; i < (r + 1) * length; i++) {
                    double e = expected.getDouble(i);
                    double a = actual.getDouble(i);
                    product += e * a;
                    first += e * e;
                    second += a * a;
                    largest = Math.max(largest, Math.abs(e));
                    off = e == a ? off : Math.max(off, Math.abs(e - a));
                    top = e > expected.getDouble(top) ? i : top;
                    otherTop = a > actual.getDouble(otherTop) ? i : otherTop;
                }
                same += top == otherTop ? 1 : 0;
            }
            double cosine = first == 0 && second == 0 ? 1 : product / Math.sqrt(first * second);
            cosine = Double.isNaN(cosine) ? 0 : Math.min(1, cosine);
            cosines += cosine;
            least = Math.min(least, cosine);
            error = Math.max(error, off == 0 ? 0 : off / largest);
        }

        Fidelity result() {
            return new Fidelity(
                    samples,
                    outputs == 0 ? 1 : cosines / outputs,
                    least,
                    Double.isNaN(error) ? Double.POSITIVE_INFINITY : error,
                    rows == 0 ? 1 : (double) same / rows);
        }
    }
}
