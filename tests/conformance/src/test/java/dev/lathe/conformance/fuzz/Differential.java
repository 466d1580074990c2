package dev.lathe.conformance.fuzz;

import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.java.JavaBackend;
import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Numerics;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassListener;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipelines;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs one sample in every way there is, and says where two ways differ. */
final class Differential {
    private static final List<OptimizationLevel> LEVELS = List.of(OptimizationLevel.values());

    /**
     * How a sample is compiled.
     *
     * @param fixed whether sizes are made constants first
     */
    record Compilation(OptimizationLevel level, int threads, boolean fixed) {
        /** One for each seed, all in turns. */
        static Compilation of(long seed) {
            int n = (int) Math.floorMod(seed, 16L);
            return new Compilation(LEVELS.get(n % 4), 1 + n / 4 % 2, n / 8 == 1);
        }
    }

    private final Sample sample;
    private final Agreement agreement;

    /** What is done now. */
    private String step = "verifier";

    private Differential(Sample sample) {
        Verifier.require(sample.graph());
        this.sample = sample;
        this.agreement = new Agreement(sample);
    }

    /** The first difference, a few words and the values; empty if all agree. */
    static Optional<String> difference(Sample sample, Compilation compilation, Tally tally) {
        Differential d;
        try {
            d = new Differential(sample);
        } catch (RuntimeException | StackOverflowError e) {
            return Optional.of("reference: " + trace(e));
        }
        try {
            d.text();
            d.passes();
            d.compiled(compilation);
            d.onnx(tally);
            return Optional.empty();
        } catch (Agreement.Different e) {
            return Optional.of(d.step + ": " + e.getMessage());
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
            return Optional.of(d.step + ": " + trace(e));
        }
    }

    static String trace(Throwable e) {
        StringBuilder s = new StringBuilder(e.toString());
        StackTraceElement[] trace = e.getStackTrace();
        for (int i = 0; i < Math.min(6, trace.length); i++) {
            s.append("\n      at ").append(trace[i]);
        }
        return s.toString();
    }

    private void check(Executable run) {
        for (int world = 0; world < sample.inputs().size(); world++) {
            checkAll(world, run.run(sample.inputs().get(world)));
        }
    }

    private void checkAll(int world, Map<String, ? extends Datum> results) {
        if (!List.copyOf(results.keySet()).equals(sample.graph().outputNames())) {
            throw new Agreement.Different("outputs " + results.keySet());
        }
        agreement.check(world, results);
    }

    private void text() {
        step = "text";
        String text = sample.graph().toString();
        if (!text.contains("constant @")) {
            String again = IrText.parse(text).toString();
            if (!again.equals(text)) {
                throw new Agreement.Different("read again it is " + again);
            }
        }
    }

    private CompileOptions.Builder options(OptimizationLevel level) {
        return CompileOptions.builder()
                .level(level)
                .numerics(sample.extreme() ? Numerics.STRICT : Numerics.DEFAULT)
                .listener(new Verifying());
    }

    private void passes() {
        for (OptimizationLevel level : LEVELS) {
            step = "passes " + level;
            Graph after = PassManager.run(
                    sample.graph(),
                    Pipelines.canonical(level),
                    options(level).build().passContext());
            step = "reference after " + level;
            check(new ReferenceEvaluator(after));
        }
    }

    private void compiled(Compilation how) {
        String name = how.level + " threads " + how.threads + (how.fixed ? " fixed" : "");
        step = "compile " + name;
        CompileOptions.Builder builder = options(how.level).threads(how.threads);
        List<Integer> worlds = how.fixed ? List.of(0, 0) : List.of(0, 1, 0);
        if (how.fixed) {
            sample.inputs().getFirst().forEach((input, t) -> builder.shape(input, t.shape()));
        }
        CompileOptions options = builder.build();
        JavaBackend backend = new JavaBackend();
        Graph canonical = PassManager.run(sample.graph(), Pipelines.canonical(how.level), options.passContext());
        Graph target = PassManager.run(canonical, backend.pipeline(options), options.passContext());
        step = "emit " + name;
        try (Executable run = backend.compile(target, options).load()) {
            step = "java " + name;
            for (int world : worlds) {
                checkAll(world, run.run(sample.inputs().get(world)));
            }
            step = "java callInto " + name;
            for (int world : worlds) {
                Map<String, Tensor> results = new LinkedHashMap<>();
                for (Map.Entry<String, Datum> e : agreement.expected(world).entrySet()) {
                    if (!(e.getValue() instanceof Tensor t)) {
                        return;
                    }
                    results.put(e.getKey(), Tensor.zeros(t.element(), t.dims()));
                }
                run.callInto(sample.inputs().get(world), results);
                agreement.check(world, results);
            }
        }
    }

    private void onnx(Tally tally) {
        step = "export";
        try {
            byte[] model = OnnxExporter.bytes(sample.graph());
            step = "reference after export";
            check(new ReferenceEvaluator(OnnxImporter.read(model, null)));
            tally.add("graphs exported to ONNX and read again");
        } catch (LatheException e) {
            if (!e.diagnostics().getFirst().code().equals("onnx.export")) {
                throw e;
            }
        }
        step = "onnxruntime";
        Oracle.check(sample, agreement, tally);
    }

    /** Looks at the graph after every pass. */
    private final class Verifying implements PassListener {
        @Override
        public void beforePass(int index, Pass pass, Graph graph) {
            step = step.replaceAll(" \\[.*", "") + " [" + pass.name() + "]";
        }

        @Override
        public void afterPass(PassRun run) {
            Verifier.require(run.after());
        }
    }
}
