package dev.lathe.conformance.fuzz;

import dev.lathe.backend.Backend;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.java.JavaBackend;
import dev.lathe.conformance.SameBits;
import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Verifier;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.text.Printer;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Numerics;
import dev.lathe.passes.OptimizationLevel;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.PassListener;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.PassRegistry;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.Pipelines;
import dev.lathe.passes.fold.FoldConstants;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** Runs one sample in every way there is, and says where two ways differ. */
final class Differential {
    private static final List<OptimizationLevel> LEVELS = List.of(OptimizationLevel.values());

    /** Passes after which a graph is for one backend, and those that want options. */
    private static final Set<String> AT_THE_END = Set.of("fuse-kernels", "specialize-shapes");

    /** Calls that are stopped, of each way to run. */
    private static final int CANCELLED = 6;

    /** What folding makes of shapes, axes and indices, which may take the place of fewer bytes. */
    private static final long SHAPE_ELEMENTS = 64;

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
            d.cancelled("reference", new ReferenceEvaluator(sample.graph()), tally);
            d.passes();
            d.passesInAnyOrder(tally);
            d.compiled(new JavaBackend(), compilation, tally);
            d.onnx(tally);
            return Optional.empty();
        } catch (Agreement.Different e) {
            return Optional.of(d.step + ": " + e.getMessage());
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
            return Optional.of(d.step + ": " + trace(e));
        }
    }

    /** The first difference of a sample on one target; empty if it agrees with the reference. */
    static Optional<String> differenceOn(Backend target, Sample sample, Compilation compilation, Tally tally) {
        Differential d = new Differential(sample);
        try {
            d.compiled(target, compilation, tally);
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

    /** Calls that are stopped, and after each one that is not, whose results are those of the call before all. */
    private void cancelled(String way, Executable run, Tally tally) {
        step = "cancelled " + way;
        Random random = new Random(Printer.print(sample.graph()).hashCode());
        Map<String, ? extends Datum> inputs = sample.inputs().getFirst();
        Map<String, Datum> right = run.run(inputs);
        for (int i = 0; i < CANCELLED; i++) {
            long start = System.nanoTime();
            SameBits.difference(right, run.run(inputs)).ifPresent(Differential::different);
            CancelledCall call = new CancelledCall(run, inputs, System.nanoTime() - start, random);
            call.problem(results -> SameBits.difference(right, results)).ifPresent(Differential::different);
            tally.add(call.wasStopped() ? "calls stopped while they ran" : "calls over before they were stopped");
        }
        SameBits.difference(right, run.run(inputs)).ifPresent(Differential::different);
    }

    private static void different(String problem) {
        throw new Agreement.Different(problem);
    }

    private void text() {
        step = "text";
        String text = Printer.print(sample.graph());
        if (!text.contains("constant @")) {
            String again = Printer.print(IrText.parse(text));
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
            step = "passes again " + level; // nothing may depend on what ran before
            Graph again = PassManager.run(
                    sample.graph(),
                    Pipelines.canonical(level),
                    options(level).build().passContext());
            if (!Printer.print(again).equals(Printer.print(after))) {
                throw new Agreement.Different(
                        "the same passes give " + Printer.print(again) + "\nbut gave " + Printer.print(after));
            }
        }
    }

    /**
     * Some passes in some order, with composites as they are, which a backend or a user may ask for; then as ONNX for
     * ONNX Runtime.
     */
    private void passesInAnyOrder(Tally tally) {
        Random random = new Random(Printer.print(sample.graph()).hashCode());
        List<Pass> passes = new ArrayList<>(PassRegistry.standard().all().stream()
                .filter(p -> !AT_THE_END.contains(p.name()) && !p.isLossy())
                .toList());
        Collections.shuffle(passes, random);
        Graph graph = sample.graph();
        PassContext context = options(OptimizationLevel.O2).build().passContext();
        List<String> names = new ArrayList<>();
        for (Pass pass : passes.subList(0, 1 + random.nextInt(passes.size()))) {
            names.add(pass.name());
            step = "any order";
            Graph before = graph;
            try {
                graph = PassManager.run(before, Pipeline.of(pass), context);
            } catch (RuntimeException e) {
                throw new Agreement.Different("after " + names + " " + trace(e) + "\n" + Printer.print(before));
            }
            // A constant of so few bytes takes no more than the node that it replaces.
            if (pass instanceof FoldConstants
                    && storedBytes(graph, before)
                            > storedBytes(before, before) + 64 * (operations(before) - operations(graph))) {
                throw new Agreement.Different(
                        "folding makes weights more bytes: " + Printer.print(before) + "\n" + Printer.print(graph));
            }
        }
        step = "reference after any order " + names;
        check(new ReferenceEvaluator(graph));
        step = "onnxruntime after any order " + names;
        Oracle.check(new Sample(graph, sample.inputs(), sample.extreme()), agreement, tally);
    }

    private static long operations(Graph graph) {
        return graph.allNodes().stream()
                .filter(n -> !(n.op() instanceof Constant))
                .count();
    }

    /** The bytes of constants, without those of a few integers or truth values that {@code before} does not have. */
    private static long storedBytes(Graph graph, Graph before) {
        Set<Tensor> had = Collections.newSetFromMap(new IdentityHashMap<>());
        constants(before).forEach(had::add);
        return constants(graph)
                .filter(t -> had.contains(t) || !isShape(t))
                .mapToLong(Tensor::byteSize)
                .sum();
    }

    private static Stream<Tensor> constants(Graph graph) {
        return graph.allNodes().stream()
                .map(Node::op)
                .filter(op -> op instanceof Constant)
                .map(op -> ((Constant) op).value());
    }

    private static boolean isShape(Tensor t) {
        ElementType e = t.element();
        return t.size() <= SHAPE_ELEMENTS && (e == ElementType.I64 || e == ElementType.I32 || e.isBool());
    }

    private void compiled(Backend backend, Compilation how, Tally tally) {
        String name = how.level + " threads " + how.threads + (how.fixed ? " fixed" : "");
        step = "compile " + name;
        CompileOptions.Builder builder = options(how.level).threads(how.threads);
        List<Integer> worlds = how.fixed ? List.of(0, 0) : List.of(0, 1, 0);
        if (how.fixed) {
            sample.inputs().getFirst().forEach((input, t) -> builder.shape(input, t.shape()));
        }
        CompileOptions options = builder.build();
        Graph canonical = PassManager.run(sample.graph(), Pipelines.canonical(how.level), options.passContext());
        Graph target = PassManager.run(canonical, backend.pipeline(options), options.passContext());
        step = "emit " + name;
        try (Executable run = backend.compile(target, options).load()) {
            step = backend.name() + " " + name;
            for (int world : worlds) {
                checkAll(world, run.run(sample.inputs().get(world)));
            }
            cancelled(backend.name() + " " + name, run, tally);
            step = backend.name() + " callInto " + name;
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
