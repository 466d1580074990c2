package dev.lathe.conformance.operators;

import static dev.lathe.conformance.Protos.attribute;
import static dev.lathe.conformance.operators.Indexed.tensor;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Reductions along given axes, along all, along none, and of nothing; the axes are an operand. */
class ReductionTest extends OperatorTest {
    private static final Map<String, ToDoubleFunction<double[]>> FUNCTIONS = new TreeMap<>(Map.of(
            "ReduceSum", v -> Arrays.stream(v).sum(),
            "ReduceProd", v -> Arrays.stream(v).reduce(1, (x, y) -> x * y),
            "ReduceMax", v -> Arrays.stream(v).max().orElse(Double.NEGATIVE_INFINITY),
            "ReduceMin", v -> Arrays.stream(v).min().orElse(Double.POSITIVE_INFINITY),
            "ReduceMean", v -> v.length == 0 ? Double.NaN : Arrays.stream(v).sum() / v.length,
            "ReduceL1", v -> Arrays.stream(v).map(Math::abs).sum(),
            "ReduceL2", v -> Math.sqrt(Arrays.stream(v).map(x -> x * x).sum()),
            "ReduceSumSquare", v -> Arrays.stream(v).map(x -> x * x).sum(),
            "ReduceLogSum", v -> Math.log(Arrays.stream(v).sum()),
            "ReduceLogSumExp", v -> Math.log(Arrays.stream(v).map(Math::exp).sum())));

    private static String operator(String name) {
        return name + (name.equals("ReduceSum") ? "-13" : name.matches("ReduceM(ax|in)") ? "-20" : "-18");
    }

    @TestFactory
    Stream<DynamicTest> floats() {
        for (String name : FUNCTIONS.keySet()) {
            for (ElementType type : List.of(ElementType.F32, ElementType.F64, ElementType.F16, ElementType.BF16)) {
                Tensor x = tensor(type, new long[] {2, 3, 4}, _ -> random.nextInt(1, 9) / 4.0);
                reduce(name, type.text(), x, longs(1));
                reduce(name, type.text() + " all", x, "");
            }
            Tensor x = tensor(ElementType.F32, new long[] {2, 3, 4}, _ -> random.nextInt(1, 9) / 4.0);
            for (int keep = 0; keep < 2; keep++) {
                Object how = attribute("keepdims", keep);
                for (long[] axes : new long[][] {{0}, {-1}, {0, 2}, {-2, 0}, {0, 1, 2}, {}}) {
                    reduce(name, Arrays.toString(axes) + " " + keep, x, longs(axes), how);
                }
                reduce(name, "of nothing " + keep, random(2, 0, 4), longs(1), how);
                reduce(name, "of no rows " + keep, random(0, 3), longs(1), how);
                reduce(name, "of a scalar " + keep, Tensor.scalar(2f), "", how);
            }
        }
        return tests();
    }

    @TestFactory
    Stream<DynamicTest> otherTypes() {
        for (ElementType type : List.of(ElementType.I32, ElementType.I64, ElementType.U32, ElementType.U64)) {
            Tensor x = tensor(type, new long[] {2, 3}, _ -> random.nextInt(1, 5));
            for (String name :
                    List.of("ReduceSum", "ReduceProd", "ReduceL1", "ReduceSumSquare", "ReduceMax", "ReduceMin")) {
                reduce(name, type.text(), x, longs(1));
            }
        }
        for (ElementType type : List.of(ElementType.I8, ElementType.U8, ElementType.BOOL)) {
            Tensor x = random(type, 2, 3);
            reduce("ReduceMax", type.text(), x, longs(1));
            reduce("ReduceMin", type.text(), x, longs(1));
        }
        return tests();
    }

    /**
     * With noop_with_empty_axes nothing is reduced; functions of single elements still apply, as the standard's
     * functions say.
     */
    @TestFactory
    Stream<DynamicTest> noAxes() {
        Tensor x = random(2, 3);
        for (String name : FUNCTIONS.keySet()) {
            for (Object axes : new Object[] {"", longs()}) {
                Object how = attribute("noop_with_empty_axes", 1);
                formula(
                        _ -> List.of(tensor(
                                ElementType.F32,
                                x.dims(),
                                i -> FUNCTIONS.get(name).applyAsDouble(new double[] {Indexed.at(x, i)}))),
                        name + " " + (axes.equals("") ? "absent" : "empty"),
                        operator(name),
                        "y",
                        x,
                        axes,
                        how);
            }
        }
        return tests();
    }

    private void reduce(String name, String what, Tensor x, Object... more) {
        Object[] parts = Stream.concat(Stream.of(x), Stream.of(more)).toArray();
        ToDoubleFunction<double[]> function = Objects.requireNonNull(FUNCTIONS.get(name), name);
        formula(n -> reduced(n, function), name + " " + what, operator(name), "y", parts);
    }

    private static List<Tensor> reduced(NodeModel n, ToDoubleFunction<double[]> f) {
        Tensor x = n.in(0);
        boolean[] gone = new boolean[x.rank()];
        long[] axes = n.opt(1).map(Tensor::toLongArray).orElse(new long[0]);
        for (int axis = 0; axis < gone.length; axis++) {
            int a = axis;
            gone[axis] = axes.length == 0 || Arrays.stream(axes).anyMatch(i -> Math.floorMod(i, x.rank()) == a);
        }
        long[] kept = x.dims().clone();
        List<Long> left = new ArrayList<>();
        for (int axis = 0; axis < gone.length; axis++) {
            kept[axis] = gone[axis] ? 1 : kept[axis];
            if (!gone[axis]) {
                left.add(kept[axis]);
            }
        }
        Tensor y = tensor(x.element(), kept, index -> {
            List<Double> values = new ArrayList<>();
            Indexed.tensor(ElementType.F64, x.dims(), i -> {
                boolean inside = true;
                for (int axis = 0; axis < gone.length; axis++) {
                    inside &= gone[axis] || i[axis] == index[axis];
                }
                if (inside) {
                    values.add(Indexed.at(x, i));
                }
                return 0;
            });
            return f.applyAsDouble(
                    values.stream().mapToDouble(Double::doubleValue).toArray());
        });
        long[] squeezed = left.stream().mapToLong(Long::longValue).toArray();
        return List.of(n.i("keepdims", 1) == 1 ? y : y.reshape(squeezed));
    }
}
