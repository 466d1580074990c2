package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Lookup;
import dev.lathe.ir.op.NgramCounts;
import dev.lathe.ir.op.NgramWeighting;
import dev.lathe.ir.op.NonMaxSuppression;
import dev.lathe.ir.op.NonZero;
import dev.lathe.ir.op.Range;
import dev.lathe.ir.op.StringConcat;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.op.Unique;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Kernels for tensors of any size give what the ops mean. */
class ValueStepTest {
    private static final Dim COUNT = Dim.symbol("count");

    /** Makes the same op on the same operands twice, once for each of the two ways to run it. */
    private static void same(Function<List<Value>, CoreOp> op, Tensor... operands) {
        List<Object> both = new ArrayList<>();
        for (OpStep step : List.of(new OpStep(), new ValueStep())) {
            CoreOp made = op.apply(List.of(operands).stream().map(step::operand).toList());
            assertThat(ValueStep.takes(made)).isTrue();
            both.add(step.run(made));
        }
        assertThat(both.get(1)).isEqualTo(both.get(0));
    }

    private static Tensor few(Random random, ElementType element, long... dims) {
        Tensor t = Tensor.zeros(element, dims);
        for (int i = 0; i < t.size(); i++) {
            if (element.isString()) {
                t.setString(i, "abc".substring(random.nextInt(3)));
            } else {
                double v = random.nextInt(-2, 3);
                t.setDouble(
                        i, element.isFloat() && random.nextInt(6) == 0 ? Double.NaN : v == 0 ? -0.0 : Math.max(v, -1));
            }
        }
        return t;
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64", "F16", "F8E5M2", "I64", "I32", "I8", "U8", "U64", "BOOL", "STRING"})
    void elementsThatDifferOrAreNotZero(ElementType element) {
        Random random = new Random(1);
        for (long[] dims : new long[][] {{7}, {3, 4, 5}, {2, 600}, {0, 3}, {4, 0, 2}, {1}, {3, 1, 2}}) {
            Tensor x = few(random, element, dims);
            same(v -> new NonZero(v.getFirst(), COUNT), x);
            for (boolean sorted : new boolean[] {false, true}) {
                same(v -> new Unique(v.getFirst(), Optional.empty(), sorted, COUNT), x);
                for (int axis = 0; axis < dims.length; axis++) {
                    int along = axis;
                    same(v -> new Unique(v.getFirst(), Optional.of(along), sorted, COUNT), x);
                }
            }
        }
        same(v -> new NonZero(v.getFirst(), COUNT), few(random, element));
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64", "I64", "I32", "U8", "STRING"})
    void placesOfKeys(ElementType element) {
        Random random = new Random(2);
        for (int n : new int[] {0, 1, 3, 40}) {
            same(v -> new Lookup(v.get(0), v.get(1)), few(random, element, 5, 6), few(random, element, n));
        }
    }

    @Test
    void boxes() {
        Random random = new Random(3);
        for (int count : new int[] {0, 1, 30, 200}) {
            Tensor boxes = Tensor.zeros(ElementType.F32, 2, count, 4);
            Tensor scores = Tensor.zeros(ElementType.F32, 2, 3, count);
            for (int i = 0; i < boxes.size(); i++) {
                boxes.setDouble(i, random.nextInt(12));
            }
            for (int i = 0; i < scores.size(); i++) {
                scores.setDouble(i, random.nextInt(5) == 0 ? Double.NaN : random.nextInt(-3, 9) / 8.0);
            }
            for (boolean centered : new boolean[] {false, true}) {
                for (long most : new long[] {0, 4, Long.MAX_VALUE}) {
                    same(
                            v -> new NonMaxSuppression(
                                    v.get(0),
                                    v.get(1),
                                    Optional.of(v.get(2)),
                                    Optional.of(v.get(3)),
                                    Optional.of(v.get(4)),
                                    centered,
                                    COUNT),
                            boxes,
                            scores,
                            Tensor.scalar(most),
                            Tensor.scalar(0.3f),
                            Tensor.scalar(-0.2f));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64", "I64", "I32", "I16"})
    void ranges(ElementType element) {
        for (double[] r : new double[][] {{0, 1000, 1}, {5, -7, -2}, {1, 1, 1}, {3, 0, 1}}) {
            List<Object> both = new ArrayList<>();
            for (OpStep step : List.of(new OpStep(), new ValueStep())) {
                List<Value> v = IntStream.range(0, 3)
                        .mapToObj(i -> step.operand(Tensor.scalar(element, r[i])))
                        .toList();
                both.add(step.run(new Range(v.get(0), v.get(1), v.get(2), COUNT, true)));
                both.add(step.bound("count"));
            }
            assertThat(both.subList(2, 4)).isEqualTo(both.subList(0, 2));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "F64", "F16", "I64", "I32", "U8", "BOOL"})
    void oneElementInAllPlaces(ElementType element) {
        Random random = new Random(5);
        for (long n : new long[] {0, 1, 7, 600}) {
            Shape shape = Shape.of(Dim.of(n), Dim.of(3));
            same(v -> new Broadcast(v.getFirst(), shape), few(random, element));
            same(v -> new Broadcast(v.getFirst(), shape), few(random, element, 1, 3));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "STRING"})
    void slices(ElementType type) {
        Random random = new Random(4);
        Tensor x = few(random, type, 3, 4, 5);
        for (ElementType element : List.of(ElementType.I64, ElementType.I32)) {
            Tensor at = few(random, element, 2, 3);
            for (int axis = 0; axis < 3; axis++) {
                int along = axis;
                same(v -> new Gather(v.get(0), v.get(1), along), x, at);
            }
            same(v -> new Gather(v.get(0), v.get(1), 0), x, few(random, element, 0));
            at.setLong(2, 3);
            ValueStep step = new ValueStep();
            assertThatThrownBy(() -> step.run(new Gather(step.operand(x), step.operand(at), 0)))
                    .isInstanceOf(InvalidOpException.class)
                    .hasMessageContaining("index 3");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"I64", "I32", "STRING"})
    void ngrams(ElementType element) {
        Random random = new Random(5);
        Tensor starts = Tensor.vector(0, 2, 8, 17);
        ElementType pooled = element.isString() ? element : ElementType.I64;
        for (Tensor x : List.of(few(random, element, 40), few(random, element, 5, 30), few(random, element, 2, 0))) {
            for (NgramWeighting weighting : NgramWeighting.values()) {
                for (long skip : new long[] {0, 2, 50}) {
                    Tensor pool = few(random, pooled, 25);
                    Tensor indexes = Tensor.vector(3, 0, 1, 1, 4, 2, 5, 6, 2, 0);
                    Tensor weights = Tensor.of(new float[] {1, 0.1f, 0.3f, 0.7f, 3, 5, 2, 0.2f, 9, 0.6f}, 10);
                    same(
                            v -> new NgramCounts(
                                    v.get(0),
                                    v.get(1),
                                    v.get(2),
                                    v.get(3),
                                    Optional.of(v.get(4)),
                                    skip == 0 ? 1 : 2,
                                    skip == 50 ? 9 : 3,
                                    skip,
                                    weighting,
                                    7),
                            x,
                            pool,
                            starts,
                            indexes,
                            weights);
                }
            }
        }
        ValueStep step = new ValueStep();
        assertThatThrownBy(() -> step.run(new NgramCounts(
                        step.operand(few(random, element, 5)),
                        step.operand(few(random, pooled, 3)),
                        step.operand(Tensor.vector(0, 9)),
                        step.operand(Tensor.vector(0, 0)),
                        Optional.empty(),
                        1,
                        1,
                        0,
                        NgramWeighting.TF,
                        1)))
                .isInstanceOf(InvalidOpException.class)
                .hasMessageContaining("do not lie in a pool of 3 elements");
    }

    @ParameterizedTest
    @EnumSource(names = {"F64", "F32", "I64"})
    void elementwise(ElementType element) {
        Random random = new Random(6);
        List<Tensor> shapes = List.of(few(random, element, 3, 40), few(random, element), few(random, element, 1, 1));
        for (BinaryFunction f :
                List.of(BinaryFunction.ADD, BinaryFunction.SUBTRACT, BinaryFunction.MULTIPLY, BinaryFunction.DIVIDE)) {
            for (Tensor x : shapes) {
                for (Tensor y : shapes) {
                    if (element.isFloat() || f != BinaryFunction.DIVIDE) {
                        same(v -> new Binary(f, v.get(0), v.get(1)), x, y);
                    }
                }
            }
            if (element.isFloat()) { // which repeat, and so go by the meaning
                same(v -> new Binary(f, v.get(0), v.get(1)), few(random, element, 3, 1), few(random, element, 1, 4));
            }
        }
        Tensor x = few(random, element, 5, 6);
        x.setDouble(0, 1e17 + 0.3);
        x.setDouble(1, -123456.789012345);
        for (ElementType to : List.of(ElementType.F64, ElementType.F32)) {
            if (to != element) {
                same(v -> new Cast(v.getFirst(), to, true), x);
            }
        }
        if (element == ElementType.F64) {
            same(v -> new Unary(UnaryFunction.COS, v.getFirst()), x);
            same(v -> new Unary(UnaryFunction.SIGN, v.getFirst()), x);
        }
    }

    @Test
    void joinedStrings() {
        Random random = new Random(7);
        Tensor x = few(random, ElementType.STRING, 3, 4);
        same(v -> new StringConcat(v.get(0), v.get(1)), x, few(random, ElementType.STRING, 3, 4));
        same(v -> new StringConcat(v.get(0), v.get(1)), x, few(random, ElementType.STRING, 4));
    }
}
