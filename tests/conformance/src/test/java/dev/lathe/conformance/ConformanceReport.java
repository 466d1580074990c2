package dev.lathe.conformance;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.opentest4j.TestAbortedException;

/**
 * Runs the suites and prints the failures, grouped by reason. Arguments:
 * {@code reference|passes|java|opencl|opencl-sample|round-trip|onnxruntime}, then modes, or none for all.
 */
public final class ConformanceReport {
    private ConformanceReport() {}

    public static void main(String[] args) {
        OnnxConformance runtime = switch (args.length > 0 ? args[0] : "reference") {
            case "passes" -> new PassesConformanceTest();
            case "round-trip" -> new RoundTripConformanceTest();
            case "onnxruntime" -> new OnnxRuntimeConformanceTest();
            case "java" -> new JavaConformanceTest();
            case "opencl", "opencl-sample" -> new OpenClConformanceTest();
            default -> new ReferenceConformanceTest();
        };
        boolean sample = args.length > 0 && args[0].endsWith("-sample");
        List<ModelForm> modes = new ArrayList<>();
        for (int i = 1; i < args.length; i++) {
            modes.add(ModelForm.valueOf(args[i]));
        }
        for (ModelForm mode : modes.isEmpty() ? runtime.modes() : modes) {
            for (String suite : OnnxTest.SUITES) {
                report(suite, mode, runtime, sample);
            }
        }
    }

    private static void report(String suite, ModelForm mode, OnnxConformance runtime, boolean sample) {
        Map<String, List<String>> failures = new TreeMap<>();
        int passed = 0;
        int failed = 0;
        int ignored = 0;
        long start = System.nanoTime();
        List<OnnxTest> all = OnnxTest.suite(suite);
        for (OnnxTest test : sample ? runtime.chosen(all) : all) {
            if (Ignored.find(runtime.ignored(), test.name(), mode).isPresent()) {
                ignored++;
                continue;
            }
            Optional<String> failure = outcome(test, mode, runtime::load);
            if (failure.isEmpty()) {
                passed++;
            } else {
                failed++;
                failures.computeIfAbsent(failure.get(), _ -> new ArrayList<>()).add(test.name());
            }
        }
        failures.forEach((reason, tests) -> System.out.println("  " + reason + "\n      " + String.join(" ", tests)));
        System.out.printf(
                "%s %s: %d passed, %d failed, %d ignored, %.1f s%n",
                suite, mode, passed, failed, ignored, (System.nanoTime() - start) / 1e9);
    }

    private static Optional<String> outcome(OnnxTest test, ModelForm mode, Function<Graph, Executable> runtime) {
        try {
            return test.run(mode, runtime);
        } catch (TestAbortedException e) {
            return Optional.empty();
        } catch (LatheException e) {
            return Optional.of(e.diagnostics().stream()
                    .map(d -> d.code() + ": " + d.what())
                    .toList()
                    .toString());
        } catch (Exception | StackOverflowError e) {
            StackTraceElement[] trace = e.getStackTrace();
            return Optional.of(
                    e + (trace.length > 0 ? " at " + trace[0] + (trace.length > 1 ? " " + trace[1] : "") : ""));
        }
    }
}
