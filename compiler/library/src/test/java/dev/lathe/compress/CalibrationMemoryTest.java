package dev.lathe.compress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.PassManager;
import dev.lathe.passes.Pipeline;
import dev.lathe.passes.Statistics;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Calibration keeps no more for many calls of any shapes than for a few: 64 MB above what the model itself takes. */
class CalibrationMemoryTest {
    private static final int CALLS = 512;
    private static final int OFTEN = 32;
    private static final long MOST = 64L << 20;

    private static Value conv(Builder b, Random r, Value x, int out) {
        int in = Math.toIntExact(x.tensorType().dim(1).constant());
        float[] w = new float[out * in * 9];
        for (int i = 0; i < w.length; i++) {
            w[i] = (float) (r.nextGaussian() / Math.sqrt(9.0 * in));
        }
        Window window = new Window(List.of(1L, 1L), Collections.nCopies(4, Dim.of(1)), List.of(1L, 1L));
        return b.relu(
                b.add(new Conv(x, b.constant(Tensor.of(w, out, in, 3, 3)), window, 1, ChannelLayout.CHANNELS_FIRST)));
    }

    private static Graph network() {
        Builder b = Builder.graph("g");
        Value x = b.input(
                "x",
                new TensorType(
                        ElementType.F32, Shape.of(Dim.ONE, Dim.of(3), Dim.symbol("height"), Dim.symbol("width"))));
        Random r = new Random(1);
        return b.build(conv(b, r, conv(b, r, conv(b, r, x, 12), 12), 12));
    }

    /** Pictures of all sizes up to 96 pixels; {@code peak} gets what is alive between some of the calls. */
    private static Dataset pictures(AtomicLong peak) {
        return Dataset.of(CALLS, i -> {
            if (i % OFTEN == OFTEN - 1) {
                System.gc();
                Runtime now = Runtime.getRuntime();
                peak.accumulateAndGet(now.totalMemory() - now.freeMemory(), Math::max);
            }
            Random r = new Random(i);
            int height = 8 + r.nextInt(89);
            int width = 8 + r.nextInt(89);
            float[] pixels = new float[3 * height * width];
            for (int k = 0; k < pixels.length; k++) {
                pixels[k] = (float) r.nextGaussian();
            }
            return Map.of("x", Tensor.of(pixels, 1, 3, height, width));
        });
    }

    @Test
    void manyCallsOfAnyShapes() {
        Graph graph = network();
        AtomicLong plain = new AtomicLong();
        Dataset data = pictures(plain);
        try (Executable model = Lathe.compile(graph, CompileOptions.standard()).load()) {
            for (int i = 0; i < CALLS; i++) {
                model.run(data.sample(i));
            }
        }
        AtomicLong measured = new AtomicLong();
        PassContext context = PassContext.standard()
                .with(Statistics.SOURCE, new Calibration(pictures(measured), CompileOptions.standard()));
        Quantization way = Quantization.STATIC.cures(Cure.SMOOTH_QUANT, Cure.GPTQ, Cure.CORRECT_BIAS);
        Graph prepared = PassManager.run(graph, Pipeline.of(way.preparation().toArray(Pass[]::new)), context);
        PassManager.run(
                prepared, Pipeline.of(way.passes().toArray(Pass[]::new)), context.with(PassContext.ORIGINAL, graph));
        assertThat(measured.get()).isPositive();
        assertThat(measured.get() - plain.get()).isLessThan(MOST);
    }
}
