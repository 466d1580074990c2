package dev.lathe.backend.java;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.FourierTransform;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Fourier transforms of real and complex numbers along any axis are those of the reference. */
class FourierModelTest {
    private static final int[][] SIZES = {
        {1, 1, 1}, {2, 3, 2}, {3, 8, 1}, {1, 30, 3}, {2, 7, 5}, {2, 53, 1}, {1, 106, 2}, {0, 4, 2}, {2, 4, 0}, {5, 2, 3}
    };

    private static Graph graph(ElementType element) {
        Builder b = Builder.graph("fourier");
        List<Value> results = new ArrayList<>();
        List<String> names = new ArrayList<>();
        Shape lines = Shape.of(Dim.symbol("a"), Dim.symbol("n"), Dim.symbol("c"));
        for (int parts = 1; parts <= 2; parts++) {
            Value x = b.input("x" + parts, TensorType.of(element, lines.concat(Shape.of(Dim.of(parts)))));
            for (int axis = 0; axis < 3; axis++) {
                for (boolean inverse : new boolean[] {false, true}) {
                    for (boolean oneSided : new boolean[] {false, true}) {
                        results.add(b.add(new FourierTransform(x, axis, inverse, oneSided)));
                        names.add("y" + results.size());
                    }
                }
            }
        }
        return b.build(results, names);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64", "F16", "BF16"})
    void isThatOfTheReference(ElementType element) {
        double error = switch (element) {
            case F64 -> 1e-10;
            case F32 -> 1e-4;
            case F16 -> 0.1;
            default -> 0.8;
        };
        Random random = new Random(4);
        try (Compared compared = Compared.byKernels(graph(element))) {
            for (int[] s : SIZES) {
                Map<String, Tensor> inputs = Map.of(
                        "x1", floats(random, element, s[0], s[1], s[2], 1),
                        "x2", floats(random, element, s[0], s[1], s[2], 2));
                compared.close(inputs, error);
            }
        }
    }

    /** A number that is not finite spoils its own line alone, and there what it spoils in the reference. */
    @Test
    void keepsToTheLineOfWhatIsNotFinite() {
        Builder b = Builder.graph("infinite");
        Value x = b.input("x", TensorType.of(ElementType.F64, 4, 6, 1));
        Value z = b.input("z", TensorType.of(ElementType.F64, 4, 6, 2));
        Value spectrum = b.add(new FourierTransform(x, 1, false, false));
        Value signal = b.add(new FourierTransform(z, 1, true, false));
        Random random = new Random(5);
        Tensor real = floats(random, ElementType.F64, 4, 6, 1);
        Tensor complex = floats(random, ElementType.F64, 4, 6, 2);
        real.setDouble(2, Double.NaN);
        real.setDouble(7, Double.POSITIVE_INFINITY);
        complex.setDouble(3, Double.NaN);
        complex.setDouble(14, Double.NEGATIVE_INFINITY);
        try (Compared compared =
                Compared.byKernels(b.build(List.of(spectrum, signal), List.of("spectrum", "signal")))) {
            compared.close(Map.of("x", real, "z", complex), 1e-12);
        }
    }

    private static Tensor floats(Random random, ElementType element, long... dims) {
        Tensor x = Tensor.zeros(element, dims);
        for (long i = 0; i < x.size(); i++) {
            x.setDouble(i, random.nextGaussian());
        }
        return x;
    }
}
