package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;
import static dev.lathe.conformance.operators.Indexed.at;
import static dev.lathe.conformance.operators.Indexed.tensor;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Normalizations and rotary embeddings of all types and axes against the standard's formulas. */
class NormalizationTest extends OperatorTest {
    private static final List<ElementType> TYPES =
            List.of(ElementType.F32, ElementType.F64, ElementType.F16, ElementType.BF16);

    @TestFactory
    Stream<DynamicTest> rootMeanSquare() {
        for (ElementType type : TYPES) {
            for (int axis = -3; axis < (type == ElementType.F32 ? 3 : -1); axis++) {
                long[] dims = {2, 3, 4};
                Tensor x = random(type, dims);
                long[] scale = java.util.Arrays.copyOfRange(dims, Math.floorMod(axis, 3), 3);
                Object[] parts = {x, random(type, scale), attribute("axis", axis), attribute("epsilon", 0.1f)};
                formula(NormalizationTest::rms, type.text() + " axis " + axis, "RMSNormalization-23", "y", parts);
            }
            Object[] parts = {random(type, 2, 3, 4), random(type, 4)};
            formula(NormalizationTest::rms, type.text() + " default", "RMSNormalization-23", "y", parts);
            for (ElementType stash : List.of(ElementType.F32, ElementType.F64)) {
                Object[] stashed = {random(type, 2, 5), random(type, 5), attribute("stash_type", stash)};
                String name = type.text() + " in " + stash.text();
                formula(NormalizationTest::rms, name, "RMSNormalization-23", "y", stashed);
            }
        }
        Object[] mixed = {random(ElementType.F16, 2, 5), random(5)};
        formula(NormalizationTest::rms, "mixed", "RMSNormalization-23", "y", mixed);
        Object[] spread = {random(2, 3, 4), random(1), attribute("axis", 1)};
        formula(NormalizationTest::rms, "one scale", "RMSNormalization-23", "y", spread);
        return tests();
    }

    /** The indices of the elements that are normalized together with one, by the axes they differ in. */
    private static double mean(Tensor x, long[] index, int axis, Function<Double, Double> f) {
        long inner = 1;
        for (int i = axis; i < x.rank(); i++) {
            inner *= x.dim(i);
        }
        long first = Indexed.flat(x, index) / inner * inner;
        double sum = 0;
        for (long i = 0; i < inner; i++) {
            sum += f.apply(Indexed.get(x, first + i));
        }
        return sum / inner;
    }

    private static List<Tensor> rms(NodeModel n) {
        Tensor x = n.in(0);
        int axis = Math.floorMod((int) n.i("axis", -1), x.rank());
        double epsilon = n.f("epsilon", 1e-5);
        return List.of(tensor(
                n.in(1).element(),
                x.dims(),
                i -> at(x, i) / Math.sqrt(mean(x, i, axis, v -> v * v) + epsilon) * Indexed.broadcast(n.in(1), i)));
    }

    /** Rows of zeros stay zeros. */
    @TestFactory
    Stream<DynamicTest> lp() {
        Tensor x = Tensor.of(new float[] {3, -4, 0, 0, 1, 2}, 3, 2);
        for (String version : List.of("LpNormalization-1", "LpNormalization-22")) {
            for (int p = 1; p <= 2; p++) {
                for (int axis : new int[] {-1, 0}) {
                    String name = "p " + p + " axis " + axis;
                    formula(NormalizationTest::lp, name, version, "y", x, attribute("p", p), attribute("axis", axis));
                }
                Object[] zeros = {Tensor.of(new float[6], 3, 2), attribute("p", p), attribute("axis", 0)};
                formula(NormalizationTest::lp, "p " + p + " of zeros", version, "y", zeros);
            }
        }
        return tests();
    }

    private static List<Tensor> lp(NodeModel n) {
        Tensor x = n.in(0);
        int axis = Math.floorMod((int) n.i("axis", -1), x.rank());
        long p = n.i("p", 2);
        return List.of(tensor(x.element(), x.dims(), index -> {
            double sum = 0;
            long[] along = index.clone();
            for (along[axis] = 0; along[axis] < x.dim(axis); along[axis]++) {
                sum += Math.pow(Math.abs(at(x, along)), p);
            }
            return sum == 0 ? 0 : at(x, index) / Math.pow(sum, 1.0 / p);
        }));
    }

    @TestFactory
    Stream<DynamicTest> layer() {
        for (ElementType type : TYPES) {
            for (int axis : type == ElementType.F32 ? new int[] {0, 1, 2, -1, -2} : new int[] {-1, 1}) {
                long[] dims = {2, 3, 4};
                Tensor x = random(type, dims);
                long[] scale = java.util.Arrays.copyOfRange(dims, Math.floorMod(axis, 3), 3);
                Object[] parts = {x, random(type, scale), random(type, scale), attribute("axis", axis)};
                formula(
                        NormalizationTest::layer,
                        type.text() + " axis " + axis,
                        "LayerNormalization-17",
                        "y mean inv",
                        parts);
            }
        }
        Object[] stash = {random(2, 5), random(5), "", attribute("stash_type", ElementType.BF16)};
        formula(NormalizationTest::layer, "stashed in bf16", "LayerNormalization-17", "_ mean inv", stash);
        return tests();
    }

    private static List<Tensor> layer(NodeModel n) {
        Tensor x = n.in(0);
        int axis = Math.floorMod((int) n.i("axis", -1), x.rank());
        ElementType statistics = n.i("stash_type", 1) == 1 ? ElementType.F32 : ElementType.BF16;
        long[] dims = x.dims().clone();
        java.util.Arrays.fill(dims, axis, dims.length, 1);
        Tensor means = tensor(statistics, dims, i -> mean(x, i, axis, v -> v));
        Tensor factors = tensor(statistics, dims, i -> {
            double mean = mean(x, i, axis, v -> v);
            return 1 / Math.sqrt(mean(x, i, axis, v -> (v - mean) * (v - mean)) + n.f("epsilon", 1e-5));
        });
        Tensor y = tensor(x.element(), x.dims(), i -> {
            double mean = mean(x, i, axis, v -> v);
            double variance = mean(x, i, axis, v -> (v - mean) * (v - mean));
            return (at(x, i) - mean) / Math.sqrt(variance + n.f("epsilon", 1e-5)) * Indexed.broadcast(n.in(1), i)
                    + n.opt(2).map(b -> Indexed.broadcast(b, i)).orElse(0.0);
        });
        return List.of(y, means, factors);
    }

    @TestFactory
    Stream<DynamicTest> group() {
        for (ElementType type : TYPES) {
            for (int groups : List.of(1, 2, 6)) {
                for (long[] dims : new long[][] {{2, 6, 4, 3}, {2, 6, 5}, {1, 6, 2, 2, 2}}) {
                    Object[] parts = {
                        random(type, dims), random(type, 6), random(type, 6), attribute("num_groups", groups)
                    };
                    String name = type.text() + " " + groups + " of rank " + dims.length;
                    formula(NormalizationTest::group, name, "GroupNormalization-21", "y", parts);
                }
            }
        }
        for (int groups : List.of(2, 3)) {
            Object[] parts = {random(2, 6, 4), random(groups), random(groups), attribute("num_groups", groups)};
            formula(NormalizationTest::group, "old " + groups, "GroupNormalization-18", "y", parts);
        }
        return tests();
    }

    private static List<Tensor> group(NodeModel n) {
        Tensor x = n.in(0);
        long groups = n.i("num_groups", 1);
        long channels = x.dim(1);
        Tensor rows = x.reshape(x.dim(0), groups, x.size() / x.dim(0) / groups);
        return List.of(tensor(x.element(), x.dims(), i -> {
            long group = i[1] / (channels / groups);
            long[] row = {i[0], group, 0};
            double mean = mean(rows, row, 2, v -> v);
            double variance = mean(rows, row, 2, v -> (v - mean) * (v - mean));
            long of = n.version() < 21 ? group : i[1];
            return (at(x, i) - mean) / Math.sqrt(variance + n.f("epsilon", 1e-5)) * at(n.in(1), of) + at(n.in(2), of);
        }));
    }

    @TestFactory
    Stream<DynamicTest> rotary() {
        for (ElementType type : List.of(ElementType.F32, ElementType.F16, ElementType.BF16)) {
            for (int interleaved = 0; interleaved < 2; interleaved++) {
                for (int part : List.of(0, 4)) {
                    long half = part == 0 ? 4 : part / 2;
                    List<Object> how =
                            List.of(attribute("interleaved", interleaved), attribute("rotary_embedding_dim", part));
                    String name = type.text() + " " + interleaved + " " + part;
                    Tensor positions = longs(new long[] {2, 3}, 0, 1, 2, 5, 6, 9);
                    rotary(
                            name + " 4d",
                            how,
                            random(type, 2, 3, 3, 8),
                            random(type, 10, half),
                            random(type, 10, half),
                            positions);
                    rotary(
                            name + " 4d angles",
                            how,
                            random(type, 2, 3, 3, 8),
                            random(type, 2, 3, half),
                            random(type, 2, 3, half));
                    List<Object> flat = new ArrayList<>(how);
                    flat.add(attribute("num_heads", 3));
                    rotary(
                            name + " 3d",
                            flat,
                            random(type, 2, 3, 24),
                            random(type, 10, half),
                            random(type, 10, half),
                            positions);
                    rotary(
                            name + " 3d angles",
                            flat,
                            random(type, 2, 3, 24),
                            random(type, 2, 3, half),
                            random(type, 2, 3, half));
                }
            }
        }
        return tests();
    }

    private void rotary(String name, List<Object> attributes, Object... operands) {
        Object[] parts = Stream.concat(Stream.of(operands), attributes.stream()).toArray();
        formula(NormalizationTest::rotated, name, "RotaryEmbedding-23", "y", parts);
    }

    private static List<Tensor> rotated(NodeModel n) {
        Tensor x = n.in(0);
        boolean flat = x.rank() == 3;
        long depth = flat ? x.dim(2) / n.i("num_heads", 1) : x.dim(3);
        long part = n.i("rotary_embedding_dim", 0) == 0 ? depth : n.i("rotary_embedding_dim", 0);
        boolean interleaved = n.i("interleaved", 0) == 1;
        return List.of(tensor(x.element(), x.dims(), i -> {
            long place = flat ? i[2] % depth : i[3];
            if (place >= part) {
                return at(x, i);
            }
            long pair = interleaved ? place / 2 : place % (part / 2);
            boolean first = interleaved ? place % 2 == 0 : place < part / 2;
            long[] other = i.clone();
            other[i.length - 1] += (first ? 1 : -1) * (interleaved ? 1 : part / 2);
            long[] angle = {i[0], flat ? i[1] : i[2], pair};
            double cos = angle(n, n.in(1), angle);
            double sin = angle(n, n.in(2), angle);
            return first ? cos * at(x, i) - sin * at(x, other) : sin * at(x, other) + cos * at(x, i);
        }));
    }

    private static double angle(NodeModel n, Tensor cache, long[] at) {
        return n.opt(3).map(p -> at(cache, (long) at(p, at[0], at[1]), at[2])).orElseGet(() -> at(cache, at));
    }
}
