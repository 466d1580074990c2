package dev.lathe.ir.eval;

import dev.lathe.ir.op.Loop;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;

/** The meaning of {@link Loop}. */
public final class LoopEvaluation {
    private LoopEvaluation() {}

    public static List<Datum> loop(Loop op, Evaluation e) {
        long trips = op.tripCount().map(v -> e.tensor(v).getLong(0)).orElse(Long.MAX_VALUE);
        boolean go = op.condition().map(v -> e.tensor(v).getBoolean(0)).orElse(true);
        List<Datum> carried = new ArrayList<>();
        op.initial().forEach(v -> carried.add(e.datum(v)));
        int scans = op.resultTypes().size() - carried.size();
        List<List<Tensor>> scanned = new ArrayList<>();
        for (int i = 0; i < scans; i++) {
            scanned.add(new ArrayList<>());
        }
        for (long i = 0; i < trips && go; i++) {
            e.checkDeadline();
            List<Datum> inputs = new ArrayList<>();
            inputs.add(Tensor.scalar(i));
            inputs.add(Tensor.scalar(true));
            inputs.addAll(carried);
            List<Datum> outputs = e.run(op.body(), inputs);
            go = ((Tensor) outputs.getFirst()).getBoolean(0);
            for (int j = 0; j < carried.size(); j++) {
                carried.set(j, outputs.get(1 + j));
            }
            for (int j = 0; j < scans; j++) {
                scanned.get(j).add((Tensor) outputs.get(1 + carried.size() + j));
            }
        }
        List<Datum> results = new ArrayList<>(carried);
        for (int j = 0; j < scans; j++) {
            TensorType type = (TensorType) op.resultTypes().get(carried.size() + j);
            if (scanned.get(j).isEmpty()) {
                bindWithoutIterations(op, carried, e);
                results.add(Tensor.zeros(type.element(), type.isRanked() ? e.dims(type.shape()) : new long[1]));
            } else {
                results.add(stack(scanned.get(j)));
            }
        }
        return results;
    }

    /** A size that no iteration tells is that of a carried value, else 0. */
    private static void bindWithoutIterations(Loop op, List<Datum> carried, Evaluation e) {
        op.boundSymbols().forEach(symbol -> e.bind(symbol, 0));
        for (int j = 0; j < carried.size(); j++) {
            if (op.resultTypes().get(j) instanceof TensorType t && t.isRanked() && carried.get(j) instanceof Tensor x) {
                for (int axis = 0; axis < t.rank(); axis++) {
                    if (t.dim(axis).isSymbol()
                            && op.boundSymbols().contains(t.dim(axis).symbolName())) {
                        e.bind(t.dim(axis).symbolName(), x.dim(axis));
                    }
                }
            }
        }
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
            for (long k = 0; k < size; k++) {
                out.copyElement(i * size + k, items.get(i), k);
            }
        }
        return out;
    }
}
