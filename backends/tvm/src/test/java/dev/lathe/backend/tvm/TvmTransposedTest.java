package dev.lathe.backend.tvm;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.ChannelLayout;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.TransposedWindow;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Transposed convolutions, with windows that overlap, lie side by side, have gaps, and are cut at the borders. */
class TvmTransposedTest {
    @BeforeEach
    void needsLibrary() {
        TvmModels.needLibrary();
    }

    private static Graph transposed(
            Dim[] sizes, int in, int out, int taps, int stride, int dilation, int pad, int more) {
        Builder b = Builder.graph("transposed");
        Value x = b.input("x", new TensorType(ElementType.F32, Shape.of(sizes[0], sizes[1], sizes[2], Dim.of(in))));
        Value w = b.constant(TvmModels.random(3, in, out, taps, taps));
        Dim p = Dim.of(pad);
        long s = stride;
        long d = dilation;
        long m = more;
        TransposedWindow window =
                new TransposedWindow(List.of(s, s), List.of(p, p, p, p), List.of(m, m), List.of(d, d));
        Value y = b.add(new ConvTranspose(x, w, window, 1, ChannelLayout.CHANNELS_LAST));
        Value ended = b.relu(b.add(y, b.constant(TvmModels.random(7, out))));
        return b.build(List.of(ended), List.of("y"));
    }

    @ParameterizedTest
    @CsvSource({
        "24, 24, 2, 2, 1, 0, 0", "24, 1, 2, 2, 1, 0, 0", "16, 40, 4, 2, 1, 1, 0", "5, 3, 3, 2, 1, 1, 1",
        "6, 33, 3, 1, 2, 1, 0", "4, 7, 2, 3, 1, 0, 2", "3, 5, 5, 4, 3, 3, 0", "2, 3, 2, 2, 1, -1, 0"
    })
    void equalsTheReference(int in, int out, int taps, int stride, int dilation, int pad, int more) {
        Dim[] symbols = {Dim.symbol("n"), Dim.symbol("h"), Dim.symbol("w")};
        Graph symbolic = transposed(symbols, in, out, taps, stride, dilation, pad, more);
        Dim[] dims = {Dim.of(2), Dim.of(3), Dim.of(17)};
        Map<String, Tensor> image = Map.of("x", TvmModels.random(5, 2, 3, 17, in));
        TvmModels.check(transposed(dims, in, out, taps, stride, dilation, pad, more), image);
        try (Executable run = TvmModels.load(symbolic, 2)) {
            for (long[] size : new long[][] {{2, 3, 17}, {1, 2, 1}, {1, 1, 30}, {0, 4, 4}}) {
                Map<String, Tensor> x = Map.of("x", TvmModels.random(6, size[0], size[1], size[2], in));
                TvmModels.assertClose(run.call(x), new ReferenceEvaluator(symbolic).call(x));
            }
        }
    }
}
