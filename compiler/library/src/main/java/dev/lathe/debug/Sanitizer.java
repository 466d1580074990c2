package dev.lathe.debug;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Rebuild;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Makes a case safe to share: seeded random numbers in place of weights and inputs, of the same types and shapes, and
 * with about the same mean and spread; names that say nothing. What a failure needs is kept.
 */
public final class Sanitizer {
    /** Fewer numbers are sizes, axes and settings, and say nothing of what was learned. */
    private static final int FEW = 16;

    private final Predicate<Case> fails;
    private final long seed;
    private Case best;
    private int replaced;
    private final List<String> kept = new ArrayList<>();

    private Sanitizer(Case start, long seed, Predicate<Case> fails) {
        this.best = start;
        this.seed = seed;
        this.fails = fails;
    }

    /**
     * What became of a case.
     *
     * @param replaced how many weights and inputs have random numbers now
     * @param kept the weights and inputs whose numbers the failure needs, by name
     */
    public record Result(Case result, int replaced, List<String> kept) {}

    /** Replaces the numbers of weights and inputs that a failure does not need. */
    public static Result randomized(Case start, long seed, Predicate<Case> fails) {
        Sanitizer s = new Sanitizer(start, seed, fails);
        s.weights();
        s.inputs();
        return new Result(s.best, s.replaced, List.copyOf(s.kept));
    }

    private boolean attempt(Case candidate) {
        if (!fails.test(candidate)) {
            return false;
        }
        best = candidate;
        return true;
    }

    private void weights() {
        Map<Tensor, String> names = new IdentityHashMap<>();
        for (Node n : best.graph().allNodes()) {
            if (n.op() instanceof Constant(Tensor t) && isLearned(t)) {
                names.put(t, n.result().name());
            }
        }
        if (attempt(new Case(withRandom(best.graph(), names.keySet()), best.inputs()))) {
            replaced += names.size();
            return;
        }
        names.forEach((tensor, name) -> {
            Set<Tensor> one = Collections.newSetFromMap(new IdentityHashMap<>());
            one.add(tensor);
            if (attempt(new Case(withRandom(best.graph(), one), best.inputs()))) {
                replaced++;
            } else {
                kept.add(name);
            }
        });
    }

    private void inputs() {
        for (Value v : best.graph().inputs()) {
            List<Map<String, Datum>> sets = new ArrayList<>();
            boolean changed = false;
            for (Map<String, Datum> set : best.inputs()) {
                Map<String, Datum> own = new LinkedHashMap<>(set);
                if (own.get(v.name()) instanceof Tensor t && isLearned(t)) {
                    own.put(v.name(), random(t, v.name()));
                    changed = true;
                }
                sets.add(own);
            }
            if (changed && attempt(new Case(best.graph(), sets))) {
                replaced++;
            } else if (changed) {
                kept.add(v.name());
            }
        }
    }

    private static boolean isLearned(Tensor t) {
        return t.size() > FEW && t.element().isNumeric();
    }

    private Graph withRandom(Graph graph, Set<Tensor> which) {
        return Rebuild.run(
                graph,
                (node, original, b) -> node.op() instanceof Constant(Tensor t) && which.contains(t)
                        ? b.copy(
                                original,
                                new Constant(random(t, original.result().name())))
                        : null);
    }

    /** Normally distributed floats with the mean and the spread of {@code t}; integers from its range. */
    private Tensor random(Tensor t, String name) {
        SplittableRandom random = new SplittableRandom(seed * 31 + name.hashCode());
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        double sum = 0;
        double squares = 0;
        long n = 0;
        for (long i = 0; i < t.size(); i++) {
            double x = t.getDouble(i);
            if (Double.isFinite(x)) {
                least = Math.min(least, x);
                most = Math.max(most, x);
                sum += x;
                squares += x * x;
                n++;
            }
        }
        if (n == 0) {
            return t;
        }
        double mean = sum / n;
        double spread = Math.sqrt(Math.max(0, squares / n - mean * mean));
        boolean isFloat = t.element().isFloat();
        double[] values = new double[Math.toIntExact(t.size())];
        for (int i = 0; i < values.length; i++) {
            double x = isFloat
                    ? mean + spread * random.nextGaussian()
                    : Math.floor(least + random.nextDouble() * (most - least + 1));
            values[i] = Math.max(least, Math.min(most, x));
        }
        return of(t.element(), t.dims(), values);
    }

    private static Tensor of(ElementType type, long[] dims, double[] values) {
        Tensor wide = Tensor.of(values, dims);
        if (type == ElementType.F64) {
            return wide;
        }
        Value v = new Value("values", wide.type());
        return (Tensor) ReferenceEvaluator.evaluate(new Cast(v, type, true), Map.of(v, wide))
                .getFirst();
    }

    /** The same case, with names of values, inputs, outputs and symbols that say nothing, and no places. */
    public static Case anonymized(Case c) {
        Graph graph = c.graph();
        Map<String, String> symbols = new HashMap<>();
        Graph renamed = Rebuild.rename(graph, s -> symbols.computeIfAbsent(s, _ -> "n" + symbols.size()));
        Map<String, String> inputs = new LinkedHashMap<>();
        graph.inputs().forEach(v -> inputs.put(v.name(), "input" + inputs.size()));
        int[] count = {0};
        Graph bare = Rebuild.renameInputs(renamed, name -> inputs.getOrDefault(name, name), (node, original, b) -> {
            List<String> hints =
                    node.results().stream().map(_ -> "v" + count[0]++).toList();
            return b.at(Location.NONE).addAll(node.op(), hints);
        });
        List<String> outputs = IntStream.range(0, bare.outputs().size())
                .mapToObj(i -> "output" + i)
                .toList();
        Builder b = Builder.graph("repro");
        bare.inputs().forEach(b::input);
        bare.nodes().forEach(b::reuse);
        List<Map<String, Datum>> sets = new ArrayList<>();
        for (Map<String, Datum> set : c.inputs()) {
            Map<String, Datum> own = new LinkedHashMap<>();
            inputs.forEach((old, name) -> own.put(name, Datum.named(set, old)));
            sets.add(own);
        }
        return new Case(b.build(bare.outputs(), outputs), sets);
    }
}
