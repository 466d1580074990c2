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
import java.util.stream.IntStream;
import org.opentest4j.TestAbortedException;

/**
 * Runs the suites and prints the failures, grouped by reason. Arguments: {@code
 * reference|passes|java|opencl|tensorrt|tvm|opencl-sample|tensorrt-sample|tvm-sample|round-trip|onnxruntime}, then
 * modes, or none for all, and perhaps {@code 2/8} for the second of eight parts, which can run side by side. The name
 * of each test goes to the standard error before the test runs, so that it is known where a native library ended the
 * process.
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
            case "tensorrt", "tensorrt-sample" -> new TensorRtConformanceTest();
            case "tvm", "tvm-sample" -> new TvmConformanceTest();
            default -> new ReferenceConformanceTest();
        };
        boolean sample = args.length > 0 && args[0].endsWith("-sample");
        List<ModelForm> modes = new ArrayList<>();
        int part = 1;
        int parts = 1;
        for (int i = 1; i < args.length; i++) {
            int slash = args[i].indexOf('/');
            if (slash < 0) {
                modes.add(ModelForm.valueOf(args[i]));
            } else {
                part = Integer.parseInt(args[i].substring(0, slash));
                parts = Integer.parseInt(args[i].substring(slash + 1));
            }
        }
        for (ModelForm mode : modes.isEmpty() ? runtime.modes() : modes) {
            for (String suite : OnnxTest.SUITES) {
                List<OnnxTest> all = OnnxTest.suite(suite);
                report(suite, mode, runtime, part(sample ? runtime.chosen(all) : all, part, parts));
            }
        }
    }

    private static List<OnnxTest> part(List<OnnxTest> tests, int part, int parts) {
        return IntStream.range(0, tests.size())
                .filter(i -> i % parts == part - 1)
                .mapToObj(tests::get)
                .toList();
    }

    private static void report(String suite, ModelForm mode, OnnxConformance runtime, List<OnnxTest> tests) {
        Map<String, List<String>> failures = new TreeMap<>();
        int passed = 0;
        int failed = 0;
        int ignored = 0;
        long start = System.nanoTime();
        for (OnnxTest test : tests) {
            if (Ignored.find(runtime.ignored(), test.name(), mode).isPresent()) {
                ignored++;
                continue;
            }
            System.err.println(test.name());
            Optional<String> failure = outcome(test, mode, runtime::load);
            if (failure.isEmpty()) {
                passed++;
            } else {
                failed++;
                failures.computeIfAbsent(failure.get(), _ -> new ArrayList<>()).add(test.name());
            }
        }
        failures.forEach((reason, names) -> System.out.println("  " + reason + "\n      " + String.join(" ", names)));
        System.out.printf(
                "%s %s: %d passed, %d failed, %d ignored, %.1f s%n",
                suite, mode, passed, failed, ignored, (System.nanoTime() - start) / 1e9);
    }

    private static Optional<String> outcome(OnnxTest test, ModelForm mode, Function<Graph, Executable> runtime) {
        try {
            return test.run(mode, runtime, OnnxTest.TOLERANCES);
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
