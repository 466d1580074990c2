package dev.lathe.verify;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.ReferenceBackend;
import dev.lathe.input.InputRoles;
import dev.lathe.input.LikelyShapes;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.runtime.input.RandomInputs;
import dev.lathe.runtime.input.SymbolSizes;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Whether two models give the same results for random inputs. Both run without the passes of the optimization levels,
 * so that a pass at fault is not on both sides.
 *
 * @param original tells the roles of inputs, and how results may differ
 * @param changed what is compared with it
 * @param shapes shapes of inputs, by name
 */
public record Equivalence(Graph original, Graph changed, Map<String, Shape> shapes) {
    /**
     * Compares the results of {@code count} inputs; why the first that differs does so, empty if none does.
     *
     * @throws dev.lathe.ir.diag.LatheException if one of the models cannot run
     */
    public Optional<String> difference(int count) {
        ResultComparison comparison = new ResultComparison(Tolerances.of(original));
        try (Executable first = plain(original).load();
                Executable second = plain(changed).load()) {
            SymbolSizes sizes = SymbolSizes.of(first.inputs(), Map.of(), LikelyShapes.of(original, shapes));
            for (int seed = 1; seed <= count; seed++) {
                RandomInputs random = new RandomInputs(new InputRoles(original)::of, sizes, seed);
                Map<String, Datum> inputs = new LinkedHashMap<>();
                for (Port port : first.inputs()) {
                    inputs.put(port.name(), random.value(port));
                }
                Map<String, Datum> actual = second.run(inputs);
                for (Map.Entry<String, Datum> e : first.run(inputs).entrySet()) {
                    Datum value = actual.get(e.getKey());
                    Optional<String> difference =
                            value == null ? Optional.of("it is not there") : comparison.difference(e.getValue(), value);
                    if (difference.isPresent()) {
                        return Optional.of(
                                "output \"" + e.getKey() + "\" of input set " + seed + ": " + difference.get());
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static Model plain(Graph graph) {
        CompileOptions.Builder options = CompileOptions.builder().level(OptimizationLevel.O0);
        boolean compiles = Lathe.targets().contains(CompileOptions.standard().target());
        return Lathe.compile(graph, (compiles ? options : options.target(ReferenceBackend.NAME)).build());
    }
}
