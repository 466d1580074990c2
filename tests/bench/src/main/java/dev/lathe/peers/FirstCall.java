package dev.lathe.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The program whose start {@link FirstCallBench} measures: it loads all-MiniLM-L6-v2 for one thread, runs it once on
 * 128 tokens, and prints the processor milliseconds of its thread and of the process, and its peak memory in MiB. Its
 * arguments are
 * {@code lathe CLASS} or {@code onnxruntime FILE}.
 */
final class FirstCall {
    private static final int TOKENS = 128;

    private FirstCall() {}

    public static void main(String[] args) throws Exception {
        if (args[0].equals("lathe")) {
            lathe(args[1]);
        } else {
            onnxRuntime(args[1]);
        }
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long process =
                ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis();
        System.out.println(threads.getCurrentThreadCpuTime() / 1_000_000 + " " + process + " " + peakMegabytes());
    }

    /** The most memory that this process held; 0 where the system does not tell. */
    private static long peakMegabytes() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(status)) {
            String line = lines.filter(l -> l.startsWith("VmHWM:")).findFirst().orElse("0");
            return Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024;
        }
    }

    private static void lathe(String name) throws ReflectiveOperationException {
        Executable model =
                (Executable) Class.forName(name).getMethod("load", int.class).invoke(null, 1);
        Map<String, Datum> inputs = new HashMap<>();
        model.inputs().forEach(i -> inputs.put(i.name(), Tensor.of(tokens(i.name()), 1, TOKENS)));
        model.run(inputs);
        model.close();
    }

    private static void onnxRuntime(String file) throws Exception {
        try (OrtEnvironment environment = OrtEnvironment.getEnvironment();
                OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            try (OrtSession session = environment.createSession(file, options)) {
                Map<String, OnnxTensor> inputs = new HashMap<>();
                for (String name : session.getInputNames()) {
                    inputs.put(name, OnnxTensor.createTensor(environment, new long[][] {tokens(name)}));
                }
                session.run(inputs).close();
                inputs.values().forEach(OnnxTensor::close);
            }
        }
    }

    private static long[] tokens(String input) {
        long[] tokens = new long[TOKENS];
        Arrays.setAll(tokens, i -> input.equals("input_ids") ? 1000 + i : 0);
        if (input.equals("attention_mask")) {
            Arrays.fill(tokens, 1);
        }
        return tokens;
    }
}
