package dev.lathe.conformance.models;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.lathe.demo.Pictures;
import dev.lathe.demo.SamplePage;
import dev.lathe.demo.TextDetector;
import dev.lathe.demo.TextRecognizer;
import dev.lathe.demo.Zoo;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("an executable of the Java backend")
class ExecutableTest {
    /** C2 compiles a tile after some hundred calls; a model may call one once per run. */
    private static final long WARM_UP_NANOS = 150_000_000_000L;

    private static final int RUNS = 25;

    @Test
    void servesManyThreadsAtOnce() throws Exception {
        Executable model = Target.JAVA.load(Zoo.MINILM);
        List<Map<String, Tensor>> inputs = new ArrayList<>();
        List<Map<String, Tensor>> expected = new ArrayList<>();
        for (int batch = 1; batch <= 4; batch++) {
            inputs.add(SentenceModelTest.inputs(model, SentenceModelTest.paragraphs(batch), 0));
            expected.add(Models.oracle(Zoo.MINILM).call(inputs.getLast()));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<?>> work = new ArrayList<>();
            for (int i = 0; i < 64; i++) {
                int k = i % inputs.size();
                work.add(threads.submit(() -> Closeness.assertClose(model.call(inputs.get(k)), expected.get(k))));
            }
            for (Future<?> done : work) {
                done.get();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"MINILM", "OCR_DETECTION", "OCR_RECOGNITION", "FACE_FRONT", "SPEECH"})
    void allocatesNothingInTheSteadyState(Zoo zoo) {
        Executable model = Target.JAVA.load(zoo);
        Map<String, Tensor> inputs = inputs(zoo, model);
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        model.call(inputs).forEach((name, t) -> outputs.put(name, Tensor.zeros(t.element(), t.dims())));
        // Until the JVM has compiled what is hot, vectors are objects.
        long end = System.nanoTime() + WARM_UP_NANOS;
        Allocation last = Allocation.of(model, inputs, outputs);
        while (!last.isNothing() && System.nanoTime() < end) {
            last = Allocation.of(model, inputs, outputs);
        }

        assertThat(last).as("bytes allocated in %d runs", RUNS).isEqualTo(new Allocation(0, 0));
        Closeness.assertClose(outputs, Models.oracle(zoo).call(inputs));
    }

    /** Bytes of Java heap that some runs allocated. */
    private record Allocation(long caller, long workers) {
        private static final ThreadMXBean BEANS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        boolean isNothing() {
            return caller == 0 && workers == 0;
        }

        static Allocation of(Executable model, Map<String, Tensor> inputs, Map<String, Tensor> outputs) {
            long workers = byWorkers();
            long caller = BEANS.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < RUNS; i++) {
                model.callInto(inputs, outputs);
            }
            caller = BEANS.getCurrentThreadAllocatedBytes() - caller;
            return new Allocation(caller, byWorkers() - workers);
        }

        private static long byWorkers() {
            long[] ids = Thread.getAllStackTraces().keySet().stream()
                    .filter(t -> t.getName().startsWith("lathe-worker"))
                    .mapToLong(Thread::threadId)
                    .toArray();
            return LongStream.of(BEANS.getThreadAllocatedBytes(ids)).sum();
        }
    }

    private static Map<String, Tensor> inputs(Zoo zoo, Executable model) {
        String first = model.inputs().getFirst().name();
        return switch (zoo) {
            case MINILM -> SentenceModelTest.inputs(model, SentenceModelTest.paragraphs(2), 0);
            case OCR_DETECTION ->
                Map.of(first, TextDetector.input(SamplePage.render(320).picture()));
            case OCR_RECOGNITION -> Map.of(first, TextRecognizer.input(SamplePage.line("Hello ONNX 2026", 48)));
            case FACE_FRONT -> Map.of(first, Pictures.pixels(FaceModelTest.face(128)));
            case SPEECH ->
                Map.of(
                        "input",
                        Tensor.of(SpeechModelTest.hum(), 1, 576),
                        "state",
                        Tensor.of(new float[256], 2, 1, 128),
                        "sr",
                        Tensor.scalar(16_000L));
            default -> throw new IllegalArgumentException(zoo + " has no inputs here");
        };
    }
}
