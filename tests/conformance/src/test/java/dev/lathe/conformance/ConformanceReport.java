package dev.lathe.conformance;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.verify.TestDirectory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * Runs the suites, or tests in folders, and prints the failures, grouped by reason, and counts. Arguments: {@code
 * reference|passes|java|opencl|tensorrt|tvm|opencl-sample|tensorrt-sample|tvm-sample|round-trip|onnxruntime}, then
 * modes, or none for all, and folders, or none for the suites. {@code 2/8} runs the second of eight parts, which can
 * run side by side; {@code in=8} runs all eight, one after the other, in a JVM each: drivers keep memory of every
 * program. The name of each test goes to the standard error before the test runs, so that it is known where a native
 * library ended the process.
 */
public final class ConformanceReport {
    private static final Pattern COUNTS =
            Pattern.compile(".*: (\\d+) passed, (\\d+) failed, (\\d+) ignored, ([0-9.]+) s");

    private final OnnxConformance runtime;
    private final boolean sample;
    private final List<ModelForm> modes = new ArrayList<>();
    private final List<Path> folders = new ArrayList<>();
    private int part = 1;
    private int parts = 1;
    /** How many JVMs run the parts; 0 for this one. */
    private int processes;

    private ConformanceReport(String target) {
        runtime = switch (target) {
            case "passes" -> new PassesConformanceTest();
            case "round-trip" -> new RoundTripConformanceTest();
            case "onnxruntime" -> new OnnxRuntimeConformanceTest();
            case "java" -> new JavaConformanceTest();
            case "opencl", "opencl-sample" -> new OpenClConformanceTest();
            case "tensorrt", "tensorrt-sample" -> new TensorRtConformanceTest();
            case "tvm", "tvm-sample" -> new TvmConformanceTest();
            default -> new ReferenceConformanceTest();
        };
        sample = target.endsWith("-sample");
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        ConformanceReport report = new ConformanceReport(args.length > 0 ? args[0] : "reference");
        for (int i = 1; i < args.length; i++) {
            report.take(args[i]);
        }
        if (report.processes > 0) {
            report.inProcesses(args);
        } else {
            report.run();
        }
    }

    private void take(String argument) {
        if (argument.startsWith("in=")) {
            processes = Integer.parseInt(argument.substring(3));
        } else if (argument.matches("\\d+/\\d+")) {
            int slash = argument.indexOf('/');
            part = Integer.parseInt(argument.substring(0, slash));
            parts = Integer.parseInt(argument.substring(slash + 1));
        } else if (Files.isDirectory(Path.of(argument))) {
            folders.add(Path.of(argument));
        } else {
            modes.add(ModelForm.valueOf(argument));
        }
    }

    private void run() throws IOException {
        for (ModelForm mode : modes.isEmpty() ? runtime.modes() : modes) {
            for (Path folder : folders) {
                List<OnnxTest> all =
                        TestDirectory.find(folder).stream().map(OnnxTest::new).toList();
                report(folder.toString(), mode, part(all, part, parts));
            }
            for (String suite : folders.isEmpty() ? OnnxTest.SUITES : List.<String>of()) {
                List<OnnxTest> all = OnnxTest.suite(suite);
                report(suite, mode, part(sample ? runtime.chosen(all, mode) : all, part, parts));
            }
        }
    }

    /** Runs each part in a JVM with this one's class path and options; prints what they say, and the sums. */
    private void inProcesses(String[] args) throws IOException, InterruptedException {
        double[] sums = new double[4];
        for (int i = 1; i <= processes; i++) {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), ConformanceReport.class.getName()));
            Stream.of(args).filter(a -> !a.startsWith("in=")).forEach(command::add);
            command.add(i + "/" + processes);
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.inputReader().lines().forEach(line -> {
                System.out.println(line);
                Matcher counts = COUNTS.matcher(line);
                for (int k = 0; k < sums.length && counts.matches(); k++) {
                    sums[k] += Double.parseDouble(counts.group(k + 1));
                }
            });
            if (process.waitFor() != 0) {
                System.out.println("part " + i + "/" + processes + " ended with exit code " + process.exitValue());
            }
        }
        System.out.printf(
                Locale.ROOT,
                "all parts: %.0f passed, %.0f failed, %.0f ignored, %.1f s%n",
                sums[0],
                sums[1],
                sums[2],
                sums[3]);
    }

    private static List<OnnxTest> part(List<OnnxTest> tests, int part, int parts) {
        return IntStream.range(0, tests.size())
                .filter(i -> i % parts == part - 1)
                .mapToObj(tests::get)
                .toList();
    }

    private void report(String suite, ModelForm mode, List<OnnxTest> tests) {
        Map<String, List<String>> failures = new TreeMap<>();
        int passed = 0;
        int failed = 0;
        int ignored = 0;
        long start = System.nanoTime();
        for (OnnxTest test : tests) {
            if (isIgnored(test, mode)) {
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
                Locale.ROOT,
                "%s %s: %d passed, %d failed, %d ignored, %.1f s%n",
                suite,
                mode,
                passed,
                failed,
                ignored,
                (System.nanoTime() - start) / 1e9);
    }

    private boolean isIgnored(OnnxTest test, ModelForm mode) {
        return Ignored.find(runtime.ignored(), test.name(), mode).isPresent()
                || Ignored.find(Ignored.read("ignored-newer.txt"), test.name(), mode)
                        .isPresent();
    }

    private Optional<String> outcome(OnnxTest test, ModelForm mode, Function<Graph, Executable> run) {
        try {
            return test.run(mode, run, folders.isEmpty() ? OnnxTest.TOLERANCES : OnnxTest.OF_NEWER);
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
