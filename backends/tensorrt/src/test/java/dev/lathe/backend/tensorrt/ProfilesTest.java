package dev.lathe.backend.tensorrt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.backend.SizeRange;
import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.Graph;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.Options;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProfilesTest {
    private static final Graph GRAPH =
            IrText.parse("graph @f(%x: f32[n, 4], %y: f32[4]) -> (f32[n, 4]) {\n  %z = add(%x, %y)\n  return %z\n}\n");

    private static Profiles of(Map<String, String> options) {
        return Profiles.of(Options.configure("target tensorrt", TensorRtOptions.DEFAULT, options), GRAPH);
    }

    @Test
    void severalProfilesStandApart() {
        Profiles profiles =
                of(Map.of("min-shapes", "x:1x4", "opt-shapes", "x:1x4;x:8x4", "max-shapes", "x:4x4;x:64x4"));
        assertThat(profiles.all())
                .containsExactly(
                        new Profiles.Profile(
                                Map.of("x", List.of(1L, 4L)),
                                Map.of("x", List.of(1L, 4L)),
                                Map.of("x", List.of(4L, 4L))),
                        new Profiles.Profile(
                                Map.of("x", List.of(8L, 4L)),
                                Map.of("x", List.of(8L, 4L)),
                                Map.of("x", List.of(64L, 4L))));
    }

    @Test
    void sizesThatOnlyARunTellsNeedOne() {
        assertThatThrownBy(() -> of(Map.of()))
                .hasMessageContaining("input \"x\"")
                .hasMessageContaining("--opt-shapes x:1x1");
    }

    @Test
    void rangesOfSymbolsMakeAProfile() {
        TensorRtOptions made =
                Profiles.inRanges(TensorRtOptions.DEFAULT, Map.of("n", SizeRange.parse("1..8..32")), GRAPH);
        assertThat(List.of(made.minShapes(), made.optShapes(), made.maxShapes()))
                .containsExactly("x:1x4", "x:8x4", "x:32x4");
        assertThat(Profiles.of(made, GRAPH).all()).hasSize(1);
        assertThat(SizeRange.parse("1..32")).isEqualTo(new SizeRange(1, 32, 32));
        assertThatThrownBy(() -> SizeRange.parse("32..1")).hasMessageContaining("no range");
        assertThatThrownBy(() -> Profiles.inRanges(made, Map.of("n", new SizeRange(1, 1, 1)), GRAPH))
                .hasMessageContaining("give one of them");
        assertThatThrownBy(() -> Profiles.inRanges(TensorRtOptions.DEFAULT, Map.of("m", new SizeRange(1, 1, 1)), GRAPH))
                .hasMessageContaining("no input has a dimension m");
    }

    /** A graph of one node, for operands of a shape. */
    private static Graph exp(String shape) {
        return IrText.parse("""
            graph @f(%x: f32[SHAPE]) -> (f32[SHAPE]) {
              %y = exp(%x)
              return %y
            }
            """.replace("SHAPE", shape));
    }

    /** What a part of the graph reads has sizes that follow from those of the whole, in each profile. */
    @Test
    void aPartHasTheProfilesOfTheWhole() {
        Graph whole = exp("n, m");
        Graph part = exp("n+2*m, 3");
        TensorRtOptions options = Options.configure(
                "target tensorrt",
                TensorRtOptions.DEFAULT,
                Map.of("min-shapes", "x:1x1;x:2x2", "opt-shapes", "x:1x5;x:2x2", "max-shapes", "x:4x10;x:2x2"));
        TensorRtOptions own = Profiles.ofPart(options, whole, part);
        assertThat(List.of(own.minShapes(), own.optShapes(), own.maxShapes()))
                .containsExactly("x:3x3;x:6x3", "x:11x3;x:6x3", "x:24x3;x:6x3");
        assertThat(Profiles.ofPart(options, whole, exp("4")).optShapes()).isEmpty();
    }

    /** An input of integers that sizes are made of has its numbers in place of a shape, as trtexec has them. */
    @Test
    void inputsThatAreSizesHaveTheirNumbers() {
        Graph graph = IrText.parse("""
            graph @f(%x: f32[4], %to: i64[2]) -> (f32[a, b]) {
              read_dims(%to) {symbols=[a, b]}
              %y = slice(%x) {starts=[0], sizes=[1], steps=[1]}
              %z = reshape(%y) {shape=[1, 1]}
              %w = broadcast(%z) {shape=[a, b]}
              return %w
            }
            """);
        TensorRtOptions options = TensorRtOptions.DEFAULT.withShapes("to:1x1", "to:2x3", "to:8x8");
        assertThat(Profiles.of(options, graph).all())
                .containsExactly(new Profiles.Profile(
                        Map.of("to", List.of(1L, 1L)), Map.of("to", List.of(2L, 3L)), Map.of("to", List.of(8L, 8L))));
        assertThatThrownBy(() -> Profiles.of(TensorRtOptions.DEFAULT.withShapes("", "to:2", ""), graph))
                .hasMessageContaining("do not fit input \"to\"");
    }

    @Test
    void whatDoesNotFitIsSaid() {
        assertThatThrownBy(() -> of(Map.of("opt-shapes", "x:1x5"))).hasMessageContaining("do not fit");
        assertThatThrownBy(() -> of(Map.of("opt-shapes", "x:8x4", "max-shapes", "x:4x4")))
                .hasMessageContaining("do not fit");
        assertThatThrownBy(() -> of(Map.of("opt-shapes", "x:1x4,z:1"))).hasMessageContaining("\"z\"");
        assertThatThrownBy(() -> of(Map.of("opt-shapes", "x=1x4"))).hasMessageContaining("no shape of an input");
    }

    @Test
    void weightsOfTwoInFourAreSeen() {
        assertThat(SparseWeights.isSparse(Tensor.of(new float[] {1, 0, 0, 2, 0, 3, 4, 0}, 1, 8), 1))
                .isTrue();
        assertThat(SparseWeights.isSparse(Tensor.of(new float[] {1, 1, 0, 2, 0, 3, 4, 0}, 1, 8), 1))
                .isFalse();
        assertThat(SparseWeights.isSparse(Tensor.of(new float[] {1, 0, 0, 0, 0, 1, 1, 1}, 4, 2), 0))
                .isTrue();
    }
}
