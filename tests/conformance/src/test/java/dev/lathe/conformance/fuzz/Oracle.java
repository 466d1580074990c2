package dev.lathe.conformance.fuzz;

import dev.lathe.conformance.OnnxRuntime;
import dev.lathe.frontend.onnx.OnnxExporter;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.clean.DeadCode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opentest4j.TestAbortedException;

/**
 * Compares the outputs of a sample with those of ONNX Runtime, one by one, since it has no kernels for many ops and
 * element types.
 */
final class Oracle {
    static final String COMPARED = "graphs compared with ONNX Runtime";
    private final Sample sample;
    private final Agreement agreement;

    private Oracle(Sample sample, Agreement agreement) {
        this.sample = sample;
        this.agreement = agreement;
    }

    /** @throws Agreement.Different if ONNX Runtime finds something else, and should not */
    static void check(Sample sample, Agreement agreement, Tally tally) {
        Oracle oracle = new Oracle(sample, agreement);
        int compared = 0;
        for (int i = 0; i < sample.graph().outputs().size(); i++) {
            Optional<String> skipped = oracle.output(i);
            if (skipped.isEmpty()) {
                compared++;
            } else {
                tally.add("output " + skipped.get());
            }
        }
        tally.add(compared > 0 ? COMPARED : "graphs not compared with ONNX Runtime");
    }

    /** Why output {@code i} was not compared; empty if it was, and is the same. */
    private Optional<String> output(int i) {
        Graph g = sample.graph();
        Value value = g.outputs().get(i);
        String name = g.outputNames().get(i);
        Builder b = Builder.graph(g.name());
        g.inputs().forEach(b::input);
        g.nodes().forEach(b::reuse);
        Graph part = new DeadCode().run(b.build(List.of(value), List.of(name)), PassContext.standard());
        Optional<String> inAnyCase = OracleDifferences.reason(part);
        if (inAnyCase.isPresent()) {
            return Optional.of("not comparable: " + inAnyCase.get());
        }
        for (Map<String, Tensor> inputs : sample.inputs()) {
            Witness values = new Witness();
            part.inputs().forEach(v -> values.input(v, Tensor.named(inputs, v.name())));
            values.execute(part);
            for (Node n : part.nodes()) {
                Optional<String> reason = OracleDifferences.reason(n, values);
                if (reason.isPresent()) {
                    return Optional.of("not comparable: " + reason.get());
                }
            }
        }
        byte[] model;
        try {
            model = OnnxExporter.bytes(part);
        } catch (LatheException e) {
            return Optional.of(
                    "not in ONNX: " + e.diagnostics().getFirst().what().replaceAll("%\\S+", "%"));
        }
        try (OnnxRuntime run = OnnxRuntime.load(model)) {
            for (int world = 0; world < sample.inputs().size(); world++) {
                Map<String, Datum> results =
                        new LinkedHashMap<>(run.run(sample.inputs().get(world)));
                Datum expected = agreement.expected(world).get(name);
                if (expected instanceof Datum.Maybe maybe) { // it hands out what is inside
                    results.computeIfPresent(name, (_, d) -> new Datum.Maybe(maybe.elementType(), Optional.of(d)));
                }
                agreement.check(world, results);
            }
            return Optional.empty();
        } catch (TestAbortedException e) {
            return Optional.of("without a kernel: " + message(e).replaceAll(".*implementation for ", ""));
        } catch (IllegalStateException e) {
            return Optional.of("refused: "
                    + OracleDifferences.refusal(String.valueOf(e.getMessage())).orElseThrow(() -> e));
        }
    }

    private static String message(RuntimeException e) {
        return String.valueOf(e.getMessage()).replaceAll("\\s*[Nn]ode.*", "").replaceAll("(?s)\n.*", "");
    }
}
