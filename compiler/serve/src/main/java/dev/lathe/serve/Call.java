package dev.lathe.serve;

import dev.lathe.ir.Deadline;
import dev.lathe.ir.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The inputs of a request that waits for its results.
 *
 * @param rows how many rows it has; 0 if it must be alone
 * @param kind equal for calls whose rows may be computed together
 * @param arrival the time by {@link System#nanoTime}
 */
record Call(
        Map<String, Tensor> inputs,
        long rows,
        List<List<Long>> kind,
        Deadline deadline,
        long arrival,
        CompletableFuture<Map<String, Tensor>> results) {

    /** A call whose inputs fit the model. */
    static Call of(Map<String, Tensor> inputs, boolean batched, Deadline deadline) {
        long rows = batched ? inputs.values().iterator().next().dim(0) : 0;
        List<List<Long>> kind = inputs.values().stream()
                .map(t -> Arrays.stream(t.dims()).skip(1).boxed().toList())
                .toList();
        return new Call(inputs, rows, kind, deadline, System.nanoTime(), new CompletableFuture<>());
    }

    /** Whether nobody waits for it any more. */
    boolean isOver() {
        return results.isDone();
    }
}
