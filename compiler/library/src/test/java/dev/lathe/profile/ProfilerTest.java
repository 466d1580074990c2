package dev.lathe.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.lathe.Lathe;
import dev.lathe.Model;
import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.Roofline;
import dev.lathe.backend.Roofline.Bandwidth;
import dev.lathe.backend.Roofline.Bound;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.type.Dim;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProfilerTest {
    /** One operation a nanosecond, and one byte a nanosecond from memory. */
    private static final Roofline MACHINE = new Roofline(1e9, List.of(new Bandwidth(1e9, 1e9)));

    /** A depthwise, a strided and a grouped convolution, a pool, a product and elementwise ops. */
    private static final Graph NETWORK = IrText.parse("""
        graph @network(%x: f32[n, 8, 12, 12]) -> (y: f32[n, 5]) {
          %a = constant 0.5 : f32[8, 1, 3, 3]
          %b = constant 0.25 : f32[16, 8, 3, 3]
          %c = constant 0.125 : f32[16, 4, 1, 1]
          %w = constant 0.5 : f32[16, 5]
          %d = conv(%x, %a) {strides=[1, 1], pads=[1, 1, 1, 1], dilations=[1, 1], groups=8, layout=channels_first}
          %r = relu(%d)
          %s = conv(%r, %b) {strides=[2, 2], pads=[1, 1, 1, 1], dilations=[1, 1], groups=1, layout=channels_first}
          %g = conv(%s, %c) {strides=[1, 1], pads=[0, 0, 0, 0], dilations=[1, 1], groups=4, layout=channels_first}
          %m = reduce_mean(%g) {axes=[2, 3], keep_dims=false}
          %p = mat_mul(%m, %w)
          %y = exp(%p)
          return %y
        }
        """);

    private static ModelStep step(String kernel, long flops, long bytes) {
        return new ModelStep(kernel, "v", List.of(), Optional.of(Dim.of(flops)), Optional.of(Dim.of(bytes)), 0);
    }

    @Test
    void figuresAreOfACall() {
        List<ModelStep> steps = List.of(
                step("Gemm + Relu0", 4_000, 1_000),
                step("Gemm", 100, 2_000),
                new ModelStep("host unique", "u", List.of(), Optional.empty(), Optional.of(Dim.symbol("n")), 0),
                step("branch", 0, 0));
        StepRecorder recorder = new StepRecorder(steps.size());
        recorder.took(0, 77_000_000); // of the warm-up
        recorder.endCall(false);
        for (long slow : new long[] {1, 2, 30}) {
            recorder.took(0, 4_000 * slow);
            recorder.took(0, 4_000 * slow);
            recorder.took(1, 2_000);
            recorder.took(2, 6_000);
            recorder.endCall(true);
        }
        List<Profile.Step> rows = Profiler.rows(steps, recorder, Map.of(), MACHINE);

        Profile.Step gemm = rows.getFirst();
        assertThat(gemm.runs()).isEqualTo(2);
        assertThat(gemm.ms()).isCloseTo(0.016, within(1e-12));
        assertThat(gemm.share()).isCloseTo(16.0 / 24, within(1e-12));
        assertThat(gemm.flops()).isEqualTo(8_000);
        assertThat(gemm.bytes()).isEqualTo(2_000);
        assertThat(gemm.gflopsPerSecond()).isCloseTo(0.5, within(1e-12));
        assertThat(gemm.leastMs()).isCloseTo(0.008, within(1e-12));
        assertThat(gemm.bound()).isEqualTo(Bound.ARITHMETIC);
        assertThat(gemm.place()).isEqualTo("50 % of peak");
        assertThat(gemm.lostMs()).isCloseTo(0.008, within(1e-12));
        assertThat(rows.get(1).place()).isEqualTo("100 % of memory bandwidth");

        Profile.Step host = rows.get(2);
        assertThat(host.bytes()).isNull();
        assertThat(host.place()).isEmpty();
        assertThat(host.lostMs()).isEqualTo(host.ms());
        assertThat(rows.get(3).runs()).isZero();
        assertThat(rows.get(3).bound()).isNull();

        Profile all = new Profile("m", "java", 1, Map.of(), 3, 0.03, 0.006, MACHINE, rows);
        assertThat(all.kernels())
                .extracting(Profile.Kernel::kernel, Profile.Kernel::steps)
                .startsWith(org.assertj.core.groups.Tuple.tuple("Gemm", 2));
        assertThat(all.byLoss()).first().isEqualTo(gemm);
        assertThat(all.stepsMs()).isCloseTo(0.024, within(1e-12));
    }

    @ParameterizedTest
    @ValueSource(strings = {"java", "reference"})
    void theStepsDoWhatTheGraphDoes(String target) {
        CompileOptions options =
                CompileOptions.builder().target(target).threads(1).build();
        Model model = Lathe.compile(NETWORK, options);
        Map<String, Long> sizes = Map.of("n", 3L);
        double graph = new GraphCost(sizes::get).flops(model.graph().orElseThrow());
        double steps = model.steps().stream()
                .mapToDouble(s -> s.flops().orElseThrow().evaluate(sizes::get))
                .sum();
        assertThat(steps).isEqualTo(graph);
        double weights =
                model.steps().stream().mapToDouble(ModelStep::weightBytes).sum();
        assertThat(weights).isEqualTo(target.equals("java") ? 4 * (8 * 9 + 16 * 8 * 9 + 16 * 4 + 16 * 5) : 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"java", "reference"})
    void everyTargetWithStepsIsProfiled(String target) {
        Model model = Lathe.compile(
                NETWORK, CompileOptions.builder().target(target).threads(1).build());
        Profile profile = new Profiler("network", model, run -> run::role, Map.of(), 1, 1, (_, _, _) -> {}).run(0, 0);
        assertThat(profile.calls()).isEqualTo(5);
        assertThat(profile.steps()).isNotEmpty().allSatisfy(s -> {
            assertThat(s.runs()).isEqualTo(1);
            assertThat(s.ms()).isPositive();
            assertThat(s.flops()).isNotNull();
        });
        assertThat(profile.steps().stream().mapToDouble(Profile.Step::share).sum())
                .isCloseTo(1, within(1e-9));
        assertThat(profile.roofline().memoryBandwidth())
                .isLessThanOrEqualTo(profile.roofline().cacheBandwidth());
    }

    @Test
    void thePageShowsEachStep() {
        List<ModelStep> steps = List.of(
                step("Gemm", 4_000, 1_000),
                new ModelStep("<script>", "v", List.of("\"a & b\"(X-1)"), Optional.empty(), Optional.empty(), 0));
        StepRecorder recorder = new StepRecorder(steps.size());
        recorder.took(0, 8_000);
        recorder.took(1, 1_000);
        recorder.endCall(true);
        String page = ProfilePage.of(new Profile(
                "m.jar",
                "java",
                2,
                Map.of("x", "f32[3]"),
                1,
                0.01,
                0.001,
                MACHINE,
                Profiler.rows(steps, recorder, Map.of(), MACHINE)));
        assertThat(page)
                .contains("m.jar", "2 threads", "x: f32[3]", "Gemm", "50 % of peak", "&lt;script&gt;", "a &amp; b")
                .contains("<circle class=\"after\"", "<rect class=\"before\"")
                .doesNotContain("<script", "http:", "https:", "src=", "@import", "NaN", "Infinity", "@@");
    }
}
