package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.eval.ResizeEvaluation;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.NearestMode;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/** {@link Resampling} has the bits of the reference, however pieces and rows are divided. */
class ResamplingTest {
    private static final List<ElementType> TYPES =
            List.of(ElementType.F32, ElementType.F64, ElementType.F16, ElementType.U8, ElementType.I32);

    @Property(tries = 300)
    void isTheReference(
            @ForAll @IntRange(min = 1, max = 4) int rank,
            @ForAll @IntRange(max = 4) int type,
            @ForAll @IntRange(min = 1, max = 2) int workers,
            @ForAll ResizeMode mode,
            @ForAll boolean crops,
            @ForAll boolean antialias,
            @ForAll long seed) {
        Random random = new Random(seed);
        boolean smooth = mode != ResizeMode.NEAREST;
        ResizeEvaluation.Rule rule = new ResizeEvaluation.Rule(
                mode,
                crops ? CoordinateMode.TF_CROP_AND_RESIZE : CoordinateMode.HALF_PIXEL,
                NearestMode.FLOOR,
                -0.75,
                false,
                2.5,
                smooth && antialias && !crops);
        long[] from = new long[rank];
        long[] to = new long[rank];
        float[] roi = new float[2 * rank];
        boolean large = random.nextBoolean();
        for (int i = 0; i < rank; i++) {
            from[i] = 1L + random.nextInt(large && i + 2 > rank ? 300 : i == 0 ? 40 : 9);
            to[i] = random.nextInt(3) == 0 ? from[i] : 1L + random.nextInt(12);
            roi[i] = random.nextFloat() - 0.4f;
            roi[rank + i] = 1.2f - random.nextFloat();
        }
        Tensor x = Tensor.zeros(TYPES.get(type), from);
        for (long i = 0; i < x.size(); i++) {
            x.setDouble(i, random.nextInt(200));
        }
        Tensor region = Tensor.of(roi, 2L * rank);
        Tensor expected =
                ResizeEvaluation.resize(rule, x, Optional.empty(), crops ? Optional.of(region) : Optional.empty(), to);

        ResizeEvaluation.@Nullable AxisTaps[] taps = new ResizeEvaluation.AxisTaps[rank];
        int[] dims = new int[rank];
        for (int i = 0; i < rank; i++) {
            dims[i] = (int) from[i];
            taps[i] = ResizeEvaluation.axisTaps(
                    rule,
                    dims[i],
                    (int) to[i],
                    (double) to[i] / from[i],
                    crops,
                    region.getDouble(i),
                    region.getDouble(rank + i));
        }
        Resampling kernel = new Resampling(x.element(), rule.extrapolation());
        kernel.prepare(dims, taps, workers);
        Tensor made = Tensor.zeros(x.element(), to);
        kernel.run(Objects.requireNonNull(x.array()), 0, Objects.requireNonNull(made.array()), 0);
        assertThat(made).as("%s to %s", x.type(), made.type()).isEqualTo(expected);
    }
}
