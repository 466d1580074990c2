package dev.lathe.passes;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.tensor.Tensor;
import java.util.List;

/**
 * What is measured of a graph while it runs on data, such as the range of a value. Two statistics that are equal are
 * measured once.
 *
 * @param <R> what is known in the end; its size depends neither on how many calls there are, nor on their shapes
 */
public interface Statistic<R> {

    /**
     * The tensors that each call gives, computed by ops that are added to {@code b}, which has all values of the
     * graph.
     */
    List<Value> observed(Builder b);

    /** About how many bytes are kept while calls are added up, at most, besides what one call gives. */
    default long bytes() {
        return 32L << 10;
    }

    /** Starts to add up. */
    Accumulator<R> accumulator();

    /** Adds up what calls gave. */
    interface Accumulator<R> {
        /** Adds one call's tensors, in the order of {@link Statistic#observed}. */
        void add(List<Tensor> observed);

        /** What is known after the calls so far. */
        R result();
    }
}
