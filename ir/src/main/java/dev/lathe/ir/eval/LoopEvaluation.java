package dev.lathe.ir.eval;

import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/** The meaning of loops. */
public final class LoopEvaluation {
    private LoopEvaluation() {}

    /**
     * Runs iterations while {@code go} holds, up to {@code trips}.
     *
     * @param initial the values that are carried from one iteration to the next
     * @param scans how many values of each iteration are stacked
     * @param body gives, for the number of the iteration, true, and the carried values: whether to go on, the carried
     * values and those to stack
     * @param nothing the value stacked in a place if there was no iteration
     * @return the carried values and the stacked ones
     */
    public static List<Datum> loop(
            long trips,
            boolean go,
            List<Datum> initial,
            int scans,
            UnaryOperator<List<Datum>> body,
            IntFunction<Tensor> nothing) {
        List<Datum> carried = new ArrayList<>(initial);
        List<List<Tensor>> scanned = new ArrayList<>();
        for (int i = 0; i < scans; i++) {
            scanned.add(new ArrayList<>());
        }
        boolean goesOn = go;
        for (long i = 0; i < trips && goesOn; i++) {
            List<Datum> inputs = new ArrayList<>();
            inputs.add(Tensor.scalar(i));
            inputs.add(Tensor.scalar(true));
            inputs.addAll(carried);
            List<Datum> outputs = body.apply(inputs);
            goesOn = ((Tensor) outputs.getFirst()).getBoolean(0);
            for (int j = 0; j < carried.size(); j++) {
                carried.set(j, outputs.get(1 + j));
            }
            for (int j = 0; j < scans; j++) {
                scanned.get(j).add((Tensor) outputs.get(1 + carried.size() + j));
            }
        }
        List<Datum> results = new ArrayList<>(carried);
        for (int j = 0; j < scans; j++) {
            results.add(scanned.get(j).isEmpty() ? nothing.apply(j) : stack(scanned.get(j)));
        }
        return results;
    }

    /** At least one tensor, all of one shape, along a new first axis. */
    public static Tensor stack(List<Tensor> items) {
        long[] one = items.getFirst().dims();
        long[] dims = new long[one.length + 1];
        dims[0] = items.size();
        System.arraycopy(one, 0, dims, 1, one.length);
        Tensor out = Tensor.zeros(items.getFirst().element(), dims);
        long size = items.getFirst().size();
        for (int i = 0; i < items.size(); i++) {
            out.copyElements(i * size, items.get(i), 0, size);
        }
        return out;
    }
}
