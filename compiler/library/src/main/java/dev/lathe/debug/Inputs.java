package dev.lathe.debug;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import dev.lathe.ir.tensor.Datum;
import java.util.LinkedHashMap;
import java.util.Map;

/** The inputs of a part of a model. */
final class Inputs {
    private Inputs() {}

    /**
     * Those of {@code all} that {@code part} takes.
     *
     * @throws LatheException {@code debug.input} if one is missing
     */
    static Map<String, Datum> of(Graph part, Map<String, Datum> all) {
        Map<String, Datum> own = new LinkedHashMap<>();
        for (Value v : part.inputs()) {
            Datum value = all.get(v.name());
            if (value == null) {
                throw new LatheException(Diagnostic.error(
                        "debug.input",
                        "there is no value for the input \"" + v.name() + "\"",
                        Suggestion.of(v.name(), all.keySet()) + "models that are compared take the same inputs"));
            }
            own.put(v.name(), value);
        }
        return own;
    }
}
