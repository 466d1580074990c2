package dev.lathe.compress;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Calls none of whose inputs is NaN: one such number would be in every range and moment that is measured, and nothing
 * could be said of what is lost. Infinities may be what a mask adds.
 */
record CheckedDataset(Dataset calls) implements Dataset {
    @Override
    public int size() {
        return calls.size();
    }

    @Override
    public Map<String, ? extends Datum> sample(int i) {
        Map<String, ? extends Datum> sample = calls.sample(i);
        sample.forEach((name, value) -> {
            if (value instanceof Tensor t && t.element().isFloat() && hasNaN(t)) {
                throw new LatheException(
                        LatheException.Fault.USAGE,
                        List.of(Diagnostic.error(
                                "data.nan",
                                "input \"" + name + "\" of call " + i + " of the data has a NaN",
                                "leave such samples out, or fill what is missing in them")));
            }
        });
        return sample;
    }

    @Override
    public Optional<Tensor> labels(int i) {
        return calls.labels(i);
    }

    private static boolean hasNaN(Tensor t) {
        if (t.element() == ElementType.F32) {
            for (float x : t.toFloatArray()) {
                if (Float.isNaN(x)) {
                    return true;
                }
            }
            return false;
        }
        for (long i = 0; i < t.size(); i++) {
            if (Double.isNaN(t.getDouble(i))) {
                return true;
            }
        }
        return false;
    }
}
