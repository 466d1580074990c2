package dev.lathe.backend.java;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.Quantize;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is rounded, cut to a range and made an integer in one, against the reference. */
class RoundedCastTest {
    private static final int N = 70;

    /** Where additions of large numbers, comparisons of bits, and conversions may go wrong. */
    private static final float[] EDGES = {
        0,
        -0f,
        0.5f,
        1.5f,
        2.5f,
        0x1.fffffep-2f,
        Float.MIN_VALUE,
        254.5f,
        255.5f,
        256,
        127.5f,
        128.5f,
        65534.5f,
        65535.5f,
        0x1p21f + 0.5f,
        0x1p22f,
        0x1p22f + 0.5f,
        0x1p23f,
        0x1.8p23f,
        0x1p24f,
        0x1p31f,
        0x1p32f,
        0x1p63f,
        Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NaN,
        Float.intBitsToFloat(0x7f800001)
    };

    private static Tensor edges() {
        Tensor x = Tensor.zeros(ElementType.F32, N);
        for (int i = 0; i < N; i++) {
            float edge = EDGES[i / 2 % EDGES.length];
            x.setDouble(i, i % 2 == 0 ? edge : -edge);
        }
        return x;
    }

    private static void check(Graph graph) {
        try (Compared both = Compared.byKernels(graph)) {
            both.same(Map.of("x", edges()));
        }
    }

    @Test
    void quantizesWithAnyZeroPoint() {
        Builder b = Builder.graph("quantized");
        Value x = b.input("x", TensorType.of(ElementType.F32, N));
        List<Value> results = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (ElementType to : List.of(ElementType.U8, ElementType.I8, ElementType.U16, ElementType.I16)) {
            long least = to.isSigned() ? -(1L << to.bits() - 1) : 0;
            long span = (1L << to.bits()) - 1;
            for (long zero : new long[] {least, least + 3, least + span / 2, least + span}) {
                Value point = b.constant(Tensor.scalar(to, zero));
                Value scale = b.constant(Tensor.scalar(1f));
                results.add(b.add(new Quantize(x, scale, Optional.of(point), to, ElementType.F32, 0, 0, true)));
                names.add(to.text() + "_" + (zero - least));
            }
        }
        check(b.build(results, names));
    }

    /** The bounds in any order, what is rounded read by others too, and bounds that are too far apart. */
    @Test
    void roundsAndCuts() {
        Builder b = Builder.graph("rounded");
        Value x = b.input("x", TensorType.of(ElementType.F32, N));
        Value rounded = b.unary(UnaryFunction.ROUND, x);
        Value low = b.scalar(x, -7);
        Value high = b.scalar(x, 9);
        Value cut = b.max(b.min(rounded, high), low);
        Value both = b.add(b.cast(cut, ElementType.I32), b.cast(rounded, ElementType.I32));
        Value far = b.cast(b.min(b.max(rounded, b.scalar(x, -0x1p23)), b.scalar(x, 0x1p23)), ElementType.I32);
        Value oneSided = b.cast(b.max(rounded, low), ElementType.I32);
        Value swapped = b.cast(b.min(b.max(rounded, high), low), ElementType.I32);
        check(b.build(List.of(cut, both, far, oneSided, swapped), List.of("cut", "both", "far", "one", "swapped")));
    }
}
