package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.lathe.ir.Deadline;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@link CompiledModel} and {@link Execution} give every generated model, seen through a tiny one. */
class CompiledModelTest {
    private static Tensor rows(int n, float first) {
        float[] x = new float[n * 3];
        for (int i = 0; i < x.length; i++) {
            x[i] = first + i;
        }
        return Tensor.of(x, n, 3);
    }

    private static void check(Tensor y, int n, float first) {
        assertThat(y.dims()).containsExactly(n, 3);
        for (int i = 0; i < n * 3; i++) {
            assertThat(y.getFloat(i)).isEqualTo(2 * (first + i) + 1);
        }
    }

    @Test
    void shapesMayChangeFromCallToCall() {
        try (TinyModel model = TinyModel.load(0)) {
            for (int n : new int[] {2, 5, 5, 0, 1, 20_000, 2}) {
                check(model.scaled(rows(n, n)), n, n);
            }
        }
    }

    @Test
    void aResultIsNotOverwrittenByTheNextCall() {
        try (TinyModel model = TinyModel.load(1)) {
            Tensor first = model.scaled(rows(2, 0));
            model.scaled(rows(2, 100));
            check(first, 2, 0);
        }
    }

    @Test
    void tensorsOutsideOfTheHeapGoInAndOut() {
        try (TinyModel model = TinyModel.load(1);
                Arena arena = Arena.ofConfined()) {
            Tensor x = Tensor.of(ElementType.F32, new long[] {2, 3}, arena.allocate(24));
            Tensor y = Tensor.of(ElementType.F32, new long[] {2, 3}, arena.allocate(24));
            for (float first : new float[] {1, 7}) {
                x.data().copyFrom(rows(2, first).data());
                model.callInto(Map.of("x", x), Map.of("y/out:0", y));
                check(y, 2, first);
            }
        }
    }

    @Test
    void anInputThatNoArrayHoldsIsTooLarge(@TempDir Path folder) throws IOException {
        long bytes = 3L * 4 << 30;
        try (TinyModel model = TinyModel.load(1);
                Arena arena = Arena.ofConfined();
                RandomAccessFile file =
                        new RandomAccessFile(folder.resolve("sparse").toFile(), "rw")) {
            file.setLength(bytes);
            Tensor x = Tensor.of(
                    ElementType.F32,
                    new long[] {1 << 30, 3},
                    file.getChannel().map(FileChannel.MapMode.READ_ONLY, 0, bytes, arena));
            assertThatThrownBy(() -> model.scaled(x))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("run.too-large")
                    .hasMessageContaining(bytes + " bytes");
            check(model.scaled(rows(2, 1)), 2, 1);
        }
    }

    @Test
    void callsFromManyThreadsDoNotMix() throws Exception {
        try (TinyModel model = TinyModel.load(0);
                ExecutorService callers = Executors.newFixedThreadPool(4)) {
            List<Future<?>> done = new ArrayList<>();
            for (int c = 0; c < 4; c++) {
                int n = c + 1;
                done.add(callers.submit(() -> {
                    for (int i = 0; i < 500; i++) {
                        check(model.scaled(rows(n, i)), n, i);
                    }
                }));
            }
            for (Future<?> f : done) {
                f.get();
            }
        }
    }

    @Test
    void callsIntoGivenTensorsAllocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().threadId();
        try (TinyModel model = TinyModel.load(0)) {
            Map<String, Tensor> x = Map.of("x", rows(40_000, 1));
            Map<String, Tensor> y = Map.of("y/out:0", Tensor.of(new float[120_000], 40_000, 3));
            for (int i = 0; i < 500; i++) {
                model.callInto(x, y);
            }
            long before = threads.getThreadAllocatedBytes(id);
            for (int i = 0; i < 500; i++) {
                model.callInto(x, y);
            }
            assertThat(threads.getThreadAllocatedBytes(id) - before).isLessThan(16 * 500);
        }
    }

    @Test
    void faultsNameWhatIsWrong() {
        TinyModel model = TinyModel.load(0);
        assertFault(() -> model.call(Map.of()), "run.missing-input", "\"x\"", "f32[n, 3]");
        assertFault(() -> model.call(Map.of("x", rows(1, 0), "z", rows(1, 0))), "run.unknown-input", "\"z\"");
        assertFault(() -> model.scaled(Tensor.of(new float[4], 2, 2)), "run.wrong-input", "f32[2, 2]", "f32[n, 3]");
        assertFault(() -> model.scaled(Tensor.of(new long[3], 1, 3)), "run.wrong-input", "i64[1, 3]");
        Map<String, Tensor> x = Map.of("x", rows(1, 0));
        assertFault(() -> model.callInto(x, Map.of()), "run.missing-output", "\"y/out:0\"");
        assertFault(() -> model.callInto(x, Map.of("y/out:0", rows(2, 0))), "run.wrong-output", "f32[2, 3]");
        check(model.scaled(rows(1, 5)), 1, 5); // and none of them does harm
        Map<String, Tensor> more = Map.of("y/out:0", rows(1, 0), "z", rows(1, 0));
        assertFault(() -> model.callInto(x, more), "run.unknown-output", "\"z\"");
        check(model.scaled(rows(1, 5)), 1, 5);
        model.close();
        assertFault(() -> model.scaled(rows(1, 0)), "run.closed", "closed");
    }

    @Test
    void nullIsNamed() {
        try (TinyModel model = TinyModel.load(1)) {
            assertThatThrownBy(() -> model.call(none())).hasMessage("inputs");
            Map<String, Tensor> x = Map.of("x", rows(1, 0));
            assertThatThrownBy(() -> model.callInto(x, none())).hasMessage("outputs");
            assertThatThrownBy(() -> model.call(x, none())).hasMessage("deadline");
            Map<String, Tensor> absent = new HashMap<>();
            absent.put("x", none());
            assertFault(() -> model.call(absent), "run.missing-input", "\"x\"");
            check(model.scaled(rows(1, 5)), 1, 5);
        }
    }

    /** What a caller without checks for null may give. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // that is the test
    private static <T> T none() {
        return null;
    }

    @Test
    @SuppressWarnings("MustBeClosedChecker") // it is closed, to see what its memory gives then
    void memoryThatCannotBeUsedIsNamed() throws Exception {
        try (TinyModel model = TinyModel.load(1)) {
            Arena gone = Arena.ofShared();
            Tensor closed = Tensor.of(ElementType.F32, new long[] {1, 3}, gone.allocate(12));
            gone.close();
            Tensor confined = Tensor.of(ElementType.F32, new long[] {1, 3}, confined());
            Tensor readOnly = Tensor.of(
                    ElementType.F32, new long[] {1, 3}, rows(1, 7).data().asReadOnly());
            Map<String, Tensor> x = Map.of("x", rows(1, 0));
            assertFault(() -> model.scaled(closed), "run.input-memory", "\"x\" is closed");
            assertFault(() -> model.scaled(confined), "run.input-memory", "\"x\" is confined to another thread");
            check(model.scaled(readOnly), 1, 7);
            assertFault(() -> model.callInto(x, Map.of("y/out:0", closed)), "run.output-memory", "is closed");
            assertFault(() -> model.callInto(x, Map.of("y/out:0", confined)), "run.output-memory", "confined");
            assertFault(() -> model.callInto(x, Map.of("y/out:0", readOnly)), "run.output-memory", "written");
            check(model.scaled(rows(1, 5)), 1, 5);
        }
    }

    /** Memory of a thread that is not this one. */
    @SuppressWarnings("MustBeClosedChecker") // only its thread could close it, and that ends here
    private static MemorySegment confined() throws Exception {
        FutureTask<MemorySegment> task =
                new FutureTask<>(() -> Arena.ofConfined().allocate(12));
        Thread owner = new Thread(task);
        owner.start();
        return task.get();
    }

    @Test
    void anOutputMayBeAnInput() {
        try (TinyModel model = TinyModel.load(1)) {
            float[] memory = {0, 1, 2, 3, 4, 5, 6};
            Tensor all = Tensor.of(new float[] {1, 2, 3}, 1, 3);
            model.callInto(Map.of("x", all), Map.of("y/out:0", all));
            check(all, 1, 1);
            Tensor from = Tensor.of(
                    ElementType.F32,
                    new long[] {1, 3},
                    MemorySegment.ofArray(memory).asSlice(4, 12));
            Tensor to = Tensor.of(
                    ElementType.F32,
                    new long[] {1, 3},
                    MemorySegment.ofArray(memory).asSlice(8, 12));
            model.callInto(Map.of("x", from), Map.of("y/out:0", to));
            check(to, 1, 1);
        }
    }

    @Test
    void aCallStopsAtItsDeadlineAndAtAnInterruption() {
        try (TinyModel model = TinyModel.load(0)) {
            Map<String, Tensor> x = Map.of("x", rows(1, 5));
            assertFault(() -> model.call(x, Deadline.after(Duration.ZERO)), "call.cancelled", "deadline");
            Thread.currentThread().interrupt();
            assertFault(() -> model.call(x), "call.cancelled", "interrupted");
            assertThat(Thread.interrupted()).isTrue();
            check(
                    Objects.requireNonNull(
                            model.call(x, Deadline.after(Duration.ofDays(1))).get("y/out:0")),
                    1,
                    5);
        }
    }

    @Test
    void callersBeyondTheLimitWait() throws Exception {
        try (SlowModel model = new SlowModel();
                ExecutorService callers = Executors.newFixedThreadPool(3)) {
            model.maxConcurrentCalls(1);
            Future<?> first = callers.submit(() -> model.run(Map.of()));
            model.entered.acquire();
            Deadline soon = Deadline.after(Duration.ofMillis(20));
            assertFault(() -> model.run(Map.of(), soon), "call.cancelled", "deadline");
            Thread.currentThread().interrupt();
            assertFault(() -> model.run(Map.of()), "call.cancelled", "interrupted");
            assertThat(Thread.interrupted()).isTrue();
            Future<?> second = callers.submit(() -> model.run(Map.of()));
            model.release.release(2);
            first.get();
            second.get();
            assertThat(model.executions).hasValue(1);
        }
    }

    @Test
    void whatABurstNeededIsGivenBack() throws Exception {
        try (SlowModel model = new SlowModel();
                ExecutorService callers = Executors.newFixedThreadPool(6)) {
            model.maxConcurrentCalls(6);
            List<Future<?>> calls = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                calls.add(callers.submit(() -> model.run(Map.of())));
            }
            model.entered.acquire(6);
            model.release.release(6);
            for (Future<?> call : calls) {
                call.get();
            }
            assertThat(model.idleExecutions()).isEqualTo(6);
            long end = System.nanoTime() + 60_000_000_000L;
            while (model.idleExecutions() > 1 && System.nanoTime() < end) {
                Thread.sleep(100);
            }
            assertThat(model.idleExecutions()).isEqualTo(1);
            model.release.release();
            model.run(Map.of());
            assertThat(model.executions).hasValue(6);
        }
    }

    /** A model whose calls end when they are told. */
    private static final class SlowModel extends CompiledModel {
        final Semaphore entered = new Semaphore(0);
        final Semaphore release = new Semaphore(0);
        final AtomicInteger executions = new AtomicInteger();

        SlowModel() {
            super(List.of(), List.of(), 1);
        }

        @Override
        protected Execution execution() {
            executions.incrementAndGet();
            return new Execution(this, 0) {
                @Override
                protected void prepare() {}

                @Override
                protected void execute() {
                    entered.release();
                    release.acquireUninterruptibly();
                }
            };
        }
    }

    @Test
    void anInputOffTheHeapNeverWritesIntoAnArrayOfTheCaller() {
        try (TinyModel model = TinyModel.load(1);
                Arena arena = Arena.ofConfined()) {
            Tensor mine = rows(2, 0);
            model.scaled(mine);
            Tensor off = Tensor.of(ElementType.F32, new long[] {2, 3}, arena.allocate(24));
            check(model.scaled(rows(2, 5)), 2, 5);
            model.scaled(off);
            assertThat(mine).isEqualTo(rows(2, 0));
        }
    }

    private static void assertFault(Runnable call, String code, String... words) {
        assertThatThrownBy(call::run)
                .isInstanceOf(LatheException.class)
                .hasMessageStartingWith("error[" + code + "]: ")
                .hasMessageContainingAll(words);
    }
}
