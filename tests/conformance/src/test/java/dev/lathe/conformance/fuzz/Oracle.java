package dev.lathe.conformance.fuzz;

import dev.lathe.conformance.OnnxRuntime;
import dev.lathe.ir.Node;
import dev.lathe.ir.tensor.Datum;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.opentest4j.TestAbortedException;

/** A sample in ONNX Runtime, and where that is no oracle. */
final class Oracle {
    private Oracle() {}

    /** @throws Agreement.Different if ONNX Runtime finds something else, and should not */
    static void check(Sample sample, byte[] model, Agreement agreement, Tally tally) {
        for (Node n : sample.graph().allNodes()) {
            Optional<String> reason = OracleDifferences.reason(n, sample.extreme());
            if (reason.isPresent()) {
                tally.add("not compared with ONNX Runtime: " + reason.get());
                return;
            }
        }
        try (OnnxRuntime run = OnnxRuntime.load(model)) {
            for (int world = 0; world < sample.inputs().size(); world++) {
                Map<String, Datum> results = run.run(sample.inputs().get(world));
                Map<String, Datum> ordered = new LinkedHashMap<>();
                agreement.expected(world).keySet().forEach(name -> ordered.put(name, results.get(name)));
                agreement.check(world, ordered);
            }
            tally.add("equal in ONNX Runtime");
        } catch (TestAbortedException e) {
            tally.add("not run in ONNX Runtime: " + message(e));
        } catch (IllegalStateException e) {
            Optional<String> reason = OracleDifferences.refusal(message(e));
            if (reason.isEmpty()) {
                throw e;
            }
            tally.add("not run in ONNX Runtime: " + reason.get());
        }
    }

    private static String message(RuntimeException e) {
        return String.valueOf(e.getMessage()).replaceAll("\\s*[Nn]ode.*", "").replaceAll("(?s)\n.*", "");
    }
}
