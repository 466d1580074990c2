package dev.lathe.conformance.fuzz;

import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.java.JavaBackend;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.passes.PassListener;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs one sample in every way there is, and says where two ways differ. */
final class Differential {
    private static final List<OptimizationLevel> LEVELS =
            List.of(OptimizationLevel.O1, OptimizationLevel.O2, OptimizationLevel.O3);

    private Differential() {}

    /** The first difference, a few words and the values; empty if all agree. {@code choice} decides the level of the compiled run. */
    static Optional<String> difference(Sample sample, long choice) {
        String[] where = {"verifier"};
        try {
            Verifier.require(sample.graph());
            where[0] = "reference";
            ReferenceEvaluator reference = new ReferenceEvaluator(sample.graph());
            List<Map<String, Tensor>> expected = new ArrayList<>();
            for (Map<String, Tensor> inputs : sample.inputs()) {
                expected.add(reference.call(inputs));
            }
            for (OptimizationLevel level : LEVELS) {
                where[0] = "passes " + level;
                Graph after =
                        PassManager.run(sample.graph(), Pipelines.canonical(level), List.of(new Verifying(where)));
                where[0] = "reference after " + level;
                ReferenceEvaluator run = new ReferenceEvaluator(after);
                for (int i = 0; i < expected.size(); i++) {
                    compare(sample, i, expected.get(i), run.call(sample.inputs().get(i)));
                }
            }
            OptimizationLevel level = LEVELS.get((int) Math.floorMod(choice, 3L));
            for (int threads = 1; threads <= 2; threads++) {
                compiled(sample, expected, level, threads, where);
            }
            return Optional.empty();
        } catch (Different d) {
            return Optional.of(where[0] + ": " + d.getMessage());
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
            StackTraceElement[] trace = e.getStackTrace();
            String at = "";
            for (int i = 0; i < Math.min(6, trace.length); i++) {
                at += "\n      at " + trace[i];
            }
            return Optional.of(where[0] + ": " + e + at);
        }
    }

    private static void compiled(
            Sample sample, List<Map<String, Tensor>> expected, OptimizationLevel level, int threads, String[] where) {
        where[0] = "compile " + level + " threads " + threads;
        CompileOptions options = CompileOptions.builder()
                .threads(threads)
                .level(level)
                .listener(new Verifying(where))
                .build();
        JavaBackend backend = new JavaBackend();
        Graph canonical = PassManager.run(sample.graph(), Pipelines.canonical(level), options.passContext());
        Graph target = PassManager.run(canonical, backend.pipeline(options), options.passContext());
        where[0] = "emit " + level + " threads " + threads;
        try (Executable run = backend.compile(target, options).load()) {
            where[0] = "java " + level + " threads " + threads;
            for (int i = 0; i < expected.size(); i++) {
                compare(sample, i, expected.get(i), run.call(sample.inputs().get(i)));
            }
            where[0] = "java callInto " + level + " threads " + threads;
            for (int round = 0; round < 3; round++) {
                int i = round % expected.size();
                Map<String, Tensor> results = new LinkedHashMap<>();
                expected.get(i).forEach((name, t) -> results.put(name, Tensor.zeros(t.element(), t.dims())));
                run.callInto(sample.inputs().get(i), results);
                compare(sample, i, expected.get(i), results);
            }
        }
    }

    private static final class Different extends RuntimeException {
        private static final long serialVersionUID = 1;

        Different(String message) {
            super(message);
        }
    }

    private static void compare(Sample sample, int world, Map<String, Tensor> expected, Map<String, Tensor> actual) {
        if (!new ArrayList<>(expected.keySet()).equals(new ArrayList<>(actual.keySet()))) {
            throw new Different("outputs " + actual.keySet() + ", not " + expected.keySet());
        }
        Map<String, Tensor> moved = null;
        for (Map.Entry<String, Tensor> entry : expected.entrySet()) {
            Tensor e = entry.getValue();
            Tensor a = actual.get(entry.getKey());
            if (!e.type().equals(a.type())) {
                throw new Different(entry.getKey() + " in world " + world + " is " + a.type() + ", not " + e.type());
            }
            for (long i = 0; i < e.size(); i++) {
                if (close(e.element(), e.getDouble(i), a.getDouble(i), 0)) {
                    continue;
                }
                if (moved == null) {
                    moved = moved(sample, world);
                }
                Tensor other = moved.get(entry.getKey());
                double sensitivity = e.element().isFloat() && other != null && other.size() == e.size()
                        ? Math.abs(other.getDouble(i) - e.getDouble(i))
                        : 0;
                if (!close(e.element(), e.getDouble(i), a.getDouble(i), 100 * sensitivity)) {
                    throw new Different(entry.getKey() + " in world " + world + " at " + i + " of " + e.type() + " is "
                            + a.getDouble(i) + ", not " + e.getDouble(i));
                }
            }
        }
    }

    private static boolean close(ElementType element, double e, double a, double extra) {
        if (Double.compare(e, a) == 0 || e == a) {
            return true;
        }
        double relative = switch (element) {
            case F32, F64 -> 2e-4;
            case F16 -> 0.03;
            case BF16 -> 0.1;
            default -> 0;
        };
        return Math.abs(e - a) <= relative * (1 + Math.abs(e)) + extra;
    }

    /** The results for inputs moved by a unit in the last place or so: how much rounding can matter. */
    private static Map<String, Tensor> moved(Sample sample, int world) {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        sample.inputs().get(world).forEach((name, t) -> {
            Tensor copy = Tensor.zeros(t.element(), t.dims());
            double step = t.element() == ElementType.F16 ? 2e-3 : t.element() == ElementType.BF16 ? 1e-2 : 1e-6;
            for (long i = 0; i < t.size(); i++) {
                copy.copyElement(i, t, i);
                if (t.element().isFloat()) {
                    copy.setDouble(i, t.getDouble(i) * (1 + (i % 2 == 0 ? step : -step)));
                }
            }
            inputs.put(name, copy);
        });
        try {
            return new ReferenceEvaluator(sample.graph()).call(inputs);
        } catch (RuntimeException e) {
            return Map.of(); // not even the same shapes
        }
    }

    /** Looks at the graph after every pass. */
    private record Verifying(String[] where) implements PassListener {
        @Override
        public void beforePass(int index, dev.lathe.passes.Pass pass, Graph graph) {
            where[0] = where[0].replaceAll(" \\[.*", "") + " [" + pass.name() + "]";
        }

        @Override
        public void afterPass(PassRun run) {
            Verifier.require(run.after());
        }
    }
}
