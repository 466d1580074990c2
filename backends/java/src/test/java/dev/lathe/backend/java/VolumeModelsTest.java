package dev.lathe.backend.java;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Dequantize;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolFunction;
import dev.lathe.ir.op.TransposedWindow;
import dev.lathe.ir.op.Window;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Windows over three and four axes, as random ones over images of any size. */
class VolumeModelsTest {
    private static final int CHANNELS = 4;

    /** Random attributes of windows. */
    private record Attributes(List<Long> kernel, Window window) {
        static Attributes of(Random random, int spatial, long widestStride) {
            List<Long> kernel = longs(random, spatial, 1, 4);
            List<Dim> pads = IntStream.range(0, 2 * spatial)
                    .mapToObj(i -> Dim.of(random.nextLong(0, kernel.get(i % spatial))))
                    .toList();
            Window window = new Window(longs(random, spatial, 1, widestStride + 1), pads, longs(random, spatial, 1, 3));
            return new Attributes(kernel, window);
        }

        private static List<Long> longs(Random random, int n, long low, long bound) {
            return Stream.generate(() -> random.nextLong(low, bound)).limit(n).toList();
        }

        long[] filters(long first, long second) {
            long[] dims = new long[kernel.size() + 2];
            dims[0] = first;
            dims[1] = second;
            for (int i = 0; i < kernel.size(); i++) {
                dims[2 + i] = kernel.get(i);
            }
            return dims;
        }
    }

    /** Filters as floats, of 32 bits or 16, or as codes. */
    private static Value stored(Builder b, Random random, long groups, long... dims) {
        Tensor floats = Compared.floats(random, dims);
        if (groups == CHANNELS || random.nextBoolean()) {
            return b.constant(floats);
        }
        ElementType type = random.nextBoolean() ? ElementType.F16 : ElementType.I8;
        Tensor stored = Tensor.zeros(type, dims);
        for (long i = 0; i < stored.size(); i++) {
            stored.setDouble(i, type == ElementType.I8 ? Math.rint(20 * floats.getDouble(i)) : floats.getDouble(i));
        }
        Tensor scales = Compared.floats(random, dims[0]);
        for (long i = 0; i < scales.size(); i++) {
            scales.setDouble(i, scales.getDouble(i) / 40);
        }
        Value scale = b.constant(scales);
        return type == ElementType.F16
                ? b.cast(b.constant(stored), ElementType.F32)
                : b.add(new Dequantize(b.constant(stored), scale, Optional.empty(), ElementType.F32, 0, 0));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void anyWindow(int seed) {
        Random random = new Random(seed);
        int spatial = seed < 6 ? 3 : 4;
        ChannelLayout layout = seed % 2 == 0 ? ChannelLayout.CHANNELS_FIRST : ChannelLayout.CHANNELS_LAST;
        Builder b = Builder.graph("volumes");
        List<Dim> dims = new ArrayList<>(List.of(Dim.symbol("n")));
        for (int i = 0; i < spatial; i++) {
            dims.add(Dim.symbol("d" + i));
        }
        dims.add(layout.channelAxis(spatial + 2), Dim.of(CHANNELS));
        Value x = b.input("x", new TensorType(ElementType.F32, Shape.of(dims)));
        List<Value> results = new ArrayList<>();
        for (long groups : new long[] {1, 2, CHANNELS}) {
            Attributes a = Attributes.of(random, spatial, 3);
            Value filters = stored(b, random, groups, a.filters(2L * CHANNELS, CHANNELS / groups));
            results.add(b.add(new Conv(x, filters, a.window(), groups, layout)));
        }
        for (long groups : new long[] {1, 2}) {
            if (spatial == 3) {
                Attributes a = Attributes.of(random, spatial, 3);
                Value filters = stored(b, random, groups, a.filters(CHANNELS, 3));
                List<Dim> pads =
                        a.window().pads().stream().map(d -> d.min(Dim.ONE)).toList();
                TransposedWindow window = new TransposedWindow(
                        a.window().strides(),
                        pads,
                        List.of(0L, 0L, 0L),
                        a.window().dilations());
                results.add(b.add(new ConvTranspose(x, filters, window, groups, layout)));
            }
        }
        for (PoolFunction function : PoolFunction.values()) {
            Attributes a = Attributes.of(random, spatial, 3);
            results.add(b.add(new Pool(function, x, a.kernel(), a.window(), false, layout)));
        }
        List<String> names =
                IntStream.range(0, results.size()).mapToObj(i -> "y" + i).toList();
        try (Compared compared = Compared.byKernels(b.build(results, names))) {
            for (int n = 1; n < 3; n++) {
                long[] size = new long[spatial + 2];
                int at = layout.channelAxis(spatial + 2);
                for (int i = 0; i < size.length; i++) {
                    size[i] = i == 0 ? n : i == at ? CHANNELS : random.nextInt(8, 12);
                }
                compared.close(Map.of("x", Compared.floats(random, size)), 1e-4);
            }
        }
    }
}
