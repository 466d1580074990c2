package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
        model.close();
        assertFault(() -> model.scaled(rows(1, 0)), "run.closed", "closed");
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
