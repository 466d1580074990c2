package dev.lathe.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lathe.backend.Artifact;
import dev.lathe.backend.Availability;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.LoadOptions;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.PassManager;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenClModelTest {
    private static final OpenClBackend BACKEND = new OpenClBackend();

    /** A product, a table, and a sum without a kernel, for any number of rows. */
    private static final Graph MODEL = IrText.parse("""
        graph @model(%x: f32[n, 3], %at: i64[n]) -> (f32[n, 2], i64[1]) {
          %w = constant [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] : f32[3, 2]
          %table = constant [10.0, 20.0, 30.0, 40.0] : f32[2, 2]
          %m = mat_mul(%x, %w)
          %g = gather(%table, %at) {axis=0} at "look-up"(Gather-13)
          %y = add(%m, %g)
          %s = reduce_sum(%at) {axes=[0], keep_dims=true}
          return %y, %s
        }
        """);

    @BeforeEach
    void needsDevice() {
        Availability here = BACKEND.probe();
        assumeTrue(here instanceof Availability.Ready, here::toString);
    }

    private static Artifact compile(Map<String, InputRole> roles) {
        CompileOptions options = CompileOptions.builder()
                .target("opencl")
                .roles(roles)
                .name("table")
                .build();
        return BACKEND.compile(PassManager.run(MODEL, BACKEND.pipeline(options), options.passContext()), options);
    }

    private static Map<String, Tensor> inputs(int n) {
        float[] x = new float[3 * n];
        long[] at = new long[n];
        for (int i = 0; i < n; i++) {
            x[3 * i] = i;
            x[3 * i + 2] = -0.5f * i;
            at[i] = i % 3 - 1L;
        }
        return Map.of("x", Tensor.of(x, n, 3), "at", Tensor.of(at, n));
    }

    @Test
    void stepsAreTimedByEvents(@TempDir Path folder) throws IOException {
        Path jar = folder.resolve("table.jar");
        compile(Map.of()).write(jar);
        Artifact opened = BACKEND.open(jar, LoadOptions.standard()).orElseThrow();
        long[] nanos = new long[opened.steps().size()];
        int[] runs = new int[nanos.length];
        try (Executable run = opened.load((step, time) -> {
            nanos[step] += time;
            runs[step]++;
        })) {
            run.call(inputs(5));
            run.call(inputs(40));
        }
        assertThat(opened.steps()).extracting(ModelStep::kernel).anyMatch(k -> k.startsWith("matrix_product"));
        assertThat(runs).containsOnly(2);
        assertThat(Arrays.stream(nanos).allMatch(n -> n > 0)).isTrue();
    }

    @Test
    void oneModelServesAllSizes() {
        try (Executable run = compile(Map.of()).load()) {
            for (int n : new int[] {5, 1, 0, 40, 5}) {
                assertThat(run.run(inputs(n))).isEqualTo(new ReferenceEvaluator(MODEL).run(inputs(n)));
            }
        }
    }

    @Test
    void callsMayComeFromManyThreads() {
        try (Executable run = compile(Map.of()).load()) {
            assertThat(IntStream.range(0, 60)
                            .parallel()
                            .allMatch(n -> run.run(inputs(n)).equals(new ReferenceEvaluator(MODEL).run(inputs(n)))))
                    .isTrue();
        }
    }

    @Test
    void resultsGoWhereTheCallerWants() {
        Map<String, Tensor> outputs = Map.of("y", Tensor.of(new float[8], 4, 2), "s", Tensor.vector(7));
        try (Executable run = compile(Map.of()).load()) {
            List<String> names =
                    run.outputs().stream().map(Executable.Port::name).toList();
            assertThat(names).containsExactlyInAnyOrderElementsOf(outputs.keySet());
            run.callInto(inputs(4), outputs);
            assertThat(outputs).isEqualTo(new ReferenceEvaluator(MODEL).run(inputs(4)));
            assertThatThrownBy(() -> run.callInto(inputs(3), outputs))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("run.wrong-output");
            assertThat(run.run(inputs(3))).isEqualTo(new ReferenceEvaluator(MODEL).run(inputs(3)));
        }
    }

    @Test
    void anIndexOutsideOfATableNamesTheNode() {
        Map<String, Tensor> wrong = Map.of("x", Tensor.of(new float[3], 1, 3), "at", Tensor.vector(2));
        try (Executable run = compile(Map.of()).load()) {
            assertThatThrownBy(() -> run.run(wrong))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("index 2 is outside of an axis of 2 elements")
                    .hasMessageContaining("look-up");
            assertThat(run.run(inputs(2))).isEqualTo(new ReferenceEvaluator(MODEL).run(inputs(2)));
        }
    }

    @Test
    void aCallStopsAtItsDeadline() {
        try (Executable run = compile(Map.of()).load()) {
            assertThatThrownBy(() -> run.run(inputs(2), Deadline.after(Duration.ofNanos(1))))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("call.cancelled");
            assertThat(run.run(inputs(2))).isEqualTo(new ReferenceEvaluator(MODEL).run(inputs(2)));
        }
    }

    @Test
    void aFileGivesTheSameModel(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("table.jar");
        Map<String, InputRole> roles = Map.of("at", new InputRole.Index(2));
        compile(roles).write(file);
        Artifact opened = BACKEND.open(file, LoadOptions.standard()).orElseThrow();
        assertThat(opened.sources()).isEqualTo(compile(roles).sources());
        try (Executable run = opened.load()) {
            assertThat(run.role("at")).isEqualTo(new InputRole.Index(2));
            assertThat(run.run(inputs(9))).isEqualTo(new ReferenceEvaluator(MODEL).run(inputs(9)));
        }
    }

    @Test
    void aClosedModelRunsNoMore() {
        Executable run = compile(Map.of()).load();
        run.run(inputs(1));
        run.close();
        assertThatThrownBy(() -> run.run(inputs(1))).isInstanceOf(LatheException.class);
    }

    @Test
    void aModelMayBeClosedWhileItIsCalled() throws InterruptedException {
        for (int round = 0; round < 20; round++) {
            Executable run = compile(Map.of()).load();
            CountDownLatch called = new CountDownLatch(1);
            List<Object> wrong = Collections.synchronizedList(new ArrayList<>());
            List<Thread> threads = IntStream.range(0, 4)
                    .mapToObj(n -> Thread.ofPlatform().start(() -> {
                        try {
                            while (true) {
                                if (!run.run(inputs(n)).equals(new ReferenceEvaluator(MODEL).run(inputs(n)))) {
                                    wrong.add("other results");
                                }
                                called.countDown();
                            }
                        } catch (LatheException e) {
                            if (!e.diagnostics().getFirst().code().equals("run.closed")) {
                                wrong.add(e);
                            }
                        } catch (RuntimeException | Error e) {
                            wrong.add(e);
                        } finally {
                            called.countDown();
                        }
                    }))
                    .toList();
            called.await();
            run.close();
            for (Thread t : threads) {
                t.join();
            }
            assertThat(wrong).isEmpty();
        }
    }

    @Test
    void whatIsClosedBetweenTheCheckAndTheCallIsNotUsed() {
        OpenClModel model = model();
        model.close();
        assertThat(model.program.isReleased()).isTrue();
        assertThatThrownBy(model::execution).isInstanceOf(LatheException.class).hasMessageContaining("run.closed");
    }

    @Test
    void aModelThatNobodyClosesGoesWithItsLastReference() throws InterruptedException {
        DeviceProgram program = forgotten();
        for (int i = 0; i < 100 && !program.isReleased(); i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(program.isReleased()).isTrue();
    }

    /** The program of a model that was called, and that nothing refers to. */
    private static DeviceProgram forgotten() {
        OpenClModel model = model();
        assertThat(model.run(inputs(3))).isEqualTo(new ReferenceEvaluator(MODEL).run(inputs(3)));
        return model.program;
    }

    private static OpenClModel model() {
        return (OpenClModel) compile(Map.of()).load();
    }

    @Test
    void aDeviceThatIsNotThereIsNamed() {
        CompileOptions options = CompileOptions.builder()
                .target("opencl")
                .targetOptions(new OpenClOptions("no such device", Tiles.DEVICE, false))
                .build();
        Artifact artifact =
                BACKEND.compile(PassManager.run(MODEL, BACKEND.pipeline(options), options.passContext()), options);
        assertThatThrownBy(artifact::load)
                .isInstanceOfSatisfying(
                        LatheException.class, e -> assertThat(e.fault()).isEqualTo(LatheException.Fault.UNAVAILABLE))
                .hasMessageContaining("no such device");
    }
}
