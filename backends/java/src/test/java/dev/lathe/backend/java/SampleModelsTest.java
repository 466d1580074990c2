package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.CoordinateMode;
import dev.lathe.ir.op.Determinant;
import dev.lathe.ir.op.GridPadding;
import dev.lathe.ir.op.GridSample;
import dev.lathe.ir.op.NearestMode;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.ResizeMode;
import dev.lathe.ir.op.RoiAlign;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read between elements has the bits of the reference. */
class SampleModelsTest {
    private static List<String> names(List<Value> results) {
        return IntStream.range(0, results.size()).mapToObj(i -> "y" + i).toList();
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64", "F16", "U8", "I32"})
    void resizes(ElementType element) {
        Builder b = Builder.graph("resizes");
        Dim h = Dim.symbol("h");
        Shape shape = Shape.of(Dim.symbol("n"), Dim.of(2), h, Dim.symbol("w"));
        Value x = b.input("x", new TensorType(element, shape));
        Value scales = b.constant(Tensor.of(new float[] {1, 1, 0.75f, 1.5f}, 4));
        Value roi = b.constant(Tensor.of(new float[] {0, 0, -0.1f, 0.2f, 1, 1, 0.9f, 1.3f}, 8));
        List<Value> results = new ArrayList<>();
        boolean odd = false;
        for (ResizeMode mode : ResizeMode.values()) {
            for (CoordinateMode coordinates : CoordinateMode.values()) {
                odd = !odd;
                boolean crops = coordinates == CoordinateMode.TF_CROP_AND_RESIZE;
                boolean smooth = mode != ResizeMode.NEAREST;
                results.add(b.add(new Resize(
                        x,
                        Optional.empty(),
                        crops ? Optional.of(roi) : Optional.empty(),
                        Shape.of(shape.dim(0), Dim.of(2), Dim.of(odd ? 5 : 11), Dim.of(7)),
                        mode,
                        coordinates,
                        NearestMode.ROUND_PREFER_FLOOR,
                        -0.75,
                        smooth && odd,
                        2.5,
                        smooth && !crops && !odd)));
            }
            results.add(b.add(new Resize(
                    x,
                    Optional.of(scales),
                    Optional.empty(),
                    Shape.of(shape.dim(0), Dim.of(2), Dim.of(6), Dim.of(9)),
                    mode,
                    CoordinateMode.HALF_PIXEL,
                    NearestMode.FLOOR,
                    -0.5,
                    false,
                    0,
                    false)));
        }
        Random random = new Random(1);
        try (Compared compared = Compared.byKernels(b.build(results, names(results)))) {
            for (int[] size :
                    new int[][] {{1, 8, 6}, {2, 11, 7}, {1, 1, 1}, {0, 3, 3}, {5, 8, 6}, {20, 7, 20}, {1, 6, 300}}) {
                Tensor image = Tensor.zeros(element, size[0], 2, size[1], size[2]);
                for (long i = 0; i < image.size(); i++) {
                    image.setDouble(i, random.nextInt(200));
                }
                compared.same(Map.of("x", image));
            }
            assertThatThrownBy(() -> compared.executable().call(Map.of("x", Tensor.zeros(element, 1, 2, 0, 3))))
                    .isInstanceOf(LatheException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64", "I32"})
    void grids(ElementType element) {
        Builder b = Builder.graph("grids");
        Dim n = Dim.symbol("n");
        Value x = b.input("x", new TensorType(element, Shape.of(n, Dim.of(3), Dim.symbol("h"), Dim.symbol("w"))));
        Value grid = b.input(
                "grid", new TensorType(ElementType.F32, Shape.of(n, Dim.symbol("p"), Dim.symbol("q"), Dim.of(2))));
        Value deep = b.input("deep", new TensorType(element, Shape.of(n, Dim.of(2), Dim.of(3), Dim.of(4), Dim.of(5))));
        Value places = b.input(
                "places", new TensorType(ElementType.F32, Shape.of(n, Dim.of(2), Dim.of(3), Dim.of(2), Dim.of(3))));
        List<Value> results = new ArrayList<>();
        for (ResizeMode mode : ResizeMode.values()) {
            for (GridPadding padding : GridPadding.values()) {
                for (boolean align : new boolean[] {false, true}) {
                    results.add(b.add(new GridSample(x, grid, mode, padding, align)));
                }
            }
            results.add(b.add(new GridSample(deep, places, mode, GridPadding.BORDER, false)));
        }
        Random random = new Random(2);
        try (Compared compared = Compared.byKernels(b.build(results, names(results)))) {
            for (int[] size : new int[][] {{2, 5, 6, 3, 4}, {1, 1, 1, 20, 30}, {0, 2, 2, 2, 2}, {1, 4, 4, 0, 3}}) {
                Tensor at = Compared.floats(random, size[0], size[3], size[4], 2);
                for (int i = 0; i < Math.min(at.size(), 6); i++) {
                    at.setDouble(i, new double[] {Double.NaN, 1, -1, 1e30, Double.NEGATIVE_INFINITY, -3}[i]);
                }
                Tensor image = Tensor.zeros(element, size[0], 3, size[1], size[2]);
                for (long i = 0; i < image.size(); i++) {
                    image.setDouble(i, random.nextInt(200));
                }
                compared.same(Map.of(
                        "x",
                        image,
                        "grid",
                        at,
                        "deep",
                        Compared.numbers(random, element, size[0], 2, 3, 4, 5),
                        "places",
                        Compared.floats(random, size[0], 2, 3, 2, 3)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 20}) // channels of images that are turned over, too
    void regions(int channels) {
        Builder b = Builder.graph("regions");
        Shape shape = Shape.of(Dim.symbol("n"), Dim.of(channels), Dim.symbol("h"), Dim.symbol("w"));
        Value x = b.input("x", new TensorType(ElementType.F32, shape));
        Value rois = b.input("rois", new TensorType(ElementType.F32, Shape.of(Dim.symbol("r"), Dim.of(4))));
        Value images = b.input("images", new TensorType(ElementType.I64, Shape.of(Dim.symbol("r"))));
        List<Value> results = new ArrayList<>();
        for (long samples : new long[] {0, 2}) {
            for (boolean half : new boolean[] {false, true}) {
                for (boolean max : new boolean[] {false, true}) {
                    results.add(b.add(new RoiAlign(x, rois, images, 3, 2, samples, 0.5, half, max)));
                }
            }
        }
        Random random = new Random(3);
        try (Compared compared = Compared.byKernels(b.build(results, names(results)))) {
            for (int r : new int[] {6, 1, 0}) {
                Tensor all = Compared.floats(random, r, 4);
                Tensor of = Tensor.zeros(ElementType.I64, r);
                for (int i = 0; i < 4 * r; i++) {
                    all.setDouble(i, 10 + 12 * all.getDouble(i));
                    of.setLong(i / 4, i / 4 % 2);
                }
                compared.same(Map.of("x", Compared.floats(random, 2, channels, 7, 9), "rois", all, "images", of));
            }
            Map<String, Tensor> wrong = Map.of(
                    "x", Compared.floats(random, 2, channels, 7, 9),
                    "rois", Compared.floats(random, 1, 4),
                    "images", Tensor.vector(2));
            assertThatThrownBy(() -> compared.executable().call(wrong))
                    .isInstanceOf(LatheException.class)
                    .hasMessageContaining("image 2 of 2");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64"})
    void determinants(ElementType element) {
        Builder b = Builder.graph("determinants");
        Dim side = Dim.symbol("side");
        Value x = b.input("x", new TensorType(element, Shape.of(Dim.symbol("n"), side, side)));
        Random random = new Random(4);
        try (Compared compared = Compared.byKernels(b.build(List.of(b.add(new Determinant(x))), List.of("y")))) {
            for (int n : new int[] {0, 1, 2, 7, 8, 9, 33}) {
                Tensor all = Compared.floats(random, 3, n, n);
                Tensor matrices = Tensor.zeros(element, 3, n, n);
                for (int i = 0; i < all.size(); i++) {
                    matrices.setDouble(i, i / Math.max(1, n * n) == 1 && i % Math.max(1, n) < 2 ? 0 : all.getDouble(i));
                }
                compared.same(Map.of("x", matrices));
            }
        }
    }
}
