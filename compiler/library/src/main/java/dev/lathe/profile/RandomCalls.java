package dev.lathe.profile;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import dev.lathe.report.DatumText;
import dev.lathe.runtime.input.InputValues;
import dev.lathe.runtime.input.SymbolSizes;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Calls of a model on the same random inputs, to be timed. */
public final class RandomCalls {
    private static final int MAX_RUNS = 1_000_000;

    private final Executable model;
    private final SymbolSizes sizes;
    private final Map<String, Datum> inputs = new LinkedHashMap<>();

    /**
     * Makes the inputs.
     *
     * @param roles what inputs mean, by name
     * @param shapes shapes that fix symbolic dimensions; others are assumed as {@link SymbolSizes} says
     * @param seed equal seeds give equal inputs
     */
    public RandomCalls(Executable model, Function<String, InputRole> roles, Map<String, Shape> shapes, long seed) {
        this(model, roles, shapes, seed, List.of());
    }

    /** As the other constructor, with inputs as a person gives them; see {@link InputValues#read}. */
    public RandomCalls(
            Executable model,
            Function<String, InputRole> roles,
            Map<String, Shape> shapes,
            long seed,
            List<String> given) {
        this.model = model;
        inputs.putAll(
                new InputValues(model.inputs(), roles).seed(seed).shapes(shapes).read(given));
        this.sizes = SymbolSizes.of(model.inputs(), inputs, Map.of());
    }

    /** The inputs by name. */
    public Map<String, Datum> inputs() {
        return inputs;
    }

    /** The types of the inputs by name, such as {@code f32[1, 3, 224, 224]}. */
    public Map<String, String> types() {
        Map<String, String> types = new LinkedHashMap<>();
        inputs.forEach((name, value) -> types.put(name, DatumText.type(value)));
        return types;
    }

    /** The size of a symbol. */
    public long size(String symbol) {
        return sizes.size(symbol);
    }

    /**
     * Runs the model once; what repeats that call. Tensors are written where those of the first run are, as a caller
     * who cares for speed does it.
     */
    public Runnable first() {
        Map<String, Datum> first = model.run(inputs);
        boolean tensors = inputs.values().stream().allMatch(Tensor.class::isInstance)
                && first.values().stream()
                        .allMatch(d -> d instanceof Tensor t && !t.element().isString());
        if (!tensors || !model.outputs().stream().allMatch(this::dependsOnInputsOnly)) {
            return () -> model.run(inputs);
        }
        Map<String, Tensor> given = new LinkedHashMap<>();
        inputs.forEach((name, value) -> given.put(name, (Tensor) value));
        Map<String, Tensor> results = new LinkedHashMap<>();
        first.forEach((name, value) -> results.put(name, (Tensor) value));
        return () -> model.callInto(given, results);
    }

    /** Whether the shape of an output follows from those of the inputs, and not from data. */
    private boolean dependsOnInputsOnly(Port output) {
        Set<String> bound = new HashSet<>();
        model.inputs().forEach(p -> p.type().collectSymbols(bound));
        return bound.containsAll(output.type().symbols());
    }

    /** The milliseconds of each run of {@code body}, for so many seconds, and {@code least} runs at least. */
    public static double[] measure(Runnable body, double seconds, int least) {
        double[] times = new double[1024];
        int n = 0;
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while ((n < least || System.nanoTime() < end) && n < MAX_RUNS) {
            if (n == times.length) {
                times = Arrays.copyOf(times, 2 * n);
            }
            long start = System.nanoTime();
            body.run();
            times[n++] = (System.nanoTime() - start) / 1e6;
        }
        return Arrays.copyOf(times, n);
    }
}
