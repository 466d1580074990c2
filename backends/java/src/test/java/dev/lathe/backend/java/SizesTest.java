package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.Pad;
import dev.lathe.ir.op.PadMode;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Sizes of compiled models are exact: a call with huge ones gives what it should, or {@code run.too-large}, on each
 * target.
 */
class SizesTest {
    private static final List<Long> VALUES = List.of(
            0L,
            1L,
            2L,
            3L,
            7L,
            100L,
            1000L,
            65_536L,
            65_537L,
            (1L << 31) - 1,
            1L << 31,
            (1L << 32) + 1,
            1L << 40,
            1L << 62);
    private static final Dim N = Dim.symbol("n");
    private static final Dim M = Dim.symbol("m");
    /** What both targets surely compute. */
    private static final BigInteger SMALL = BigInteger.valueOf(100_000);

    /** A size made of symbols and numbers. */
    private static Dim size(Random random, int depth) {
        if (depth == 0 || random.nextInt(3) == 0) {
            return switch (random.nextInt(4)) {
                case 0 -> N;
                case 1 -> M;
                default -> Dim.of(random.nextInt(5));
            };
        }
        Dim a = size(random, depth - 1);
        Dim b = size(random, depth - 1);
        return switch (random.nextInt(6)) {
            case 0, 1 -> a.times(b);
            case 2 -> a.plus(b);
            case 3 -> a.floorDiv(b.plus(1 + random.nextInt(3)));
            case 4 -> a.min(b);
            default -> a.max(b);
        };
    }

    private static BigInteger exact(Dim d, long n, long m) {
        return d.fold(new Dim.Algebra<>() {
            @Override
            public BigInteger constant(long value) {
                return BigInteger.valueOf(value);
            }

            @Override
            public BigInteger symbol(String name, boolean signed) {
                return BigInteger.valueOf(name.equals("n") ? n : m);
            }

            @Override
            public BigInteger plus(BigInteger a, BigInteger b) {
                return a.add(b);
            }

            @Override
            public BigInteger times(BigInteger a, BigInteger b) {
                return a.multiply(b);
            }

            @Override
            public BigInteger floorDiv(BigInteger a, BigInteger b) {
                BigInteger[] both = a.divideAndRemainder(b);
                return both[1].signum() != 0 && both[1].signum() != b.signum()
                        ? both[0].subtract(BigInteger.ONE)
                        : both[0];
            }

            @Override
            public BigInteger min(BigInteger a, BigInteger b) {
                return a.min(b);
            }

            @Override
            public BigInteger max(BigInteger a, BigInteger b) {
                return a.max(b);
            }
        });
    }

    /** Elements of a tensor, of whose sizes none counts as less than one. */
    private static BigInteger volume(Shape shape, long n, long m) {
        return shape.dims().stream()
                .map(d -> exact(d, n, m).max(BigInteger.ONE))
                .reduce(BigInteger.ONE, BigInteger::multiply);
    }

    /** Inputs whose dimensions are the symbols, and which have no elements. */
    private static Map<String, Tensor> inputs(long n, long m) {
        return Map.of("x", Tensor.zeros(ElementType.F32, n, 0), "y", Tensor.zeros(ElementType.F32, m, 0));
    }

    private static Builder builder() {
        Builder b = Builder.graph("sizes");
        b.input("x", TensorType.of(ElementType.F32, Shape.of(N, Dim.ZERO)));
        b.input("y", TensorType.of(ElementType.F32, Shape.of(M, Dim.ZERO)));
        return b;
    }

    /** What a call gives; empty if it is too large, which must say so. */
    private static Optional<Map<String, Tensor>> call(Supplier<Map<String, Tensor>> run) {
        try {
            return Optional.of(run.get());
        } catch (LatheException e) {
            assertThat(e.diagnostics()).extracting(Diagnostic::code).containsExactly("run.too-large");
            assertThat(e.diagnostics().getFirst().what()).containsPattern("heap");
            return Optional.empty();
        }
    }

    @Test
    void sizesAsDataAreExact() {
        Random random = new Random(1);
        for (int graphs = 0; graphs < 12; graphs++) {
            List<Dim> sizes = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                sizes.add(size(random, 4));
            }
            for (Dim d : sizes) {
                Builder b = builder();
                Graph graph = b.build(List.of(b.dims(List.of(d))), List.of("sizes"));
                ReferenceEvaluator reference = new ReferenceEvaluator(graph);
                try (Executable compiled = JavaBackendTest.compile(graph).load()) {
                    for (int i = 0; i < 20; i++) {
                        long n = VALUES.get(random.nextInt(VALUES.size()));
                        long m = VALUES.get(random.nextInt(VALUES.size()));
                        BigInteger expected = exact(d, n, m);
                        for (Executable e : List.of(compiled, reference)) {
                            Optional<Map<String, Tensor>> result = call(() -> e.call(inputs(n, m)));
                            result.ifPresent(r -> assertThat(BigInteger.valueOf(
                                            Tensor.named(r, "sizes").getLong(0)))
                                    .as("%s with n=%d, m=%d", d, n, m)
                                    .isEqualTo(expected));
                            assertThat(result.isPresent() || n * (double) m > 1e9 || n > 1000 || m > 1000)
                                    .as("%s with n=%d, m=%d has a value", d, n, m)
                                    .isTrue();
                        }
                    }
                }
            }
        }
    }

    /** A few ops that a kernel, a copy, or the reference meaning runs, on a tensor of ones. */
    private static Value grown(Builder b, Value ones, Random random) {
        Value v = ones;
        for (int i = 0; i < 3; i++) {
            v = switch (random.nextInt(6)) {
                case 0 -> b.relu(b.add(v, v));
                case 1 -> b.concat(List.of(v, v), random.nextInt(2));
                case 2 -> b.transpose(v, List.of(1, 0));
                case 3 ->
                    b.add(new Pad(
                            v,
                            Optional.empty(),
                            List.of(N.min(Dim.of(2)), Dim.ZERO),
                            List.of(Dim.ZERO, M),
                            PadMode.CONSTANT));
                case 4 -> b.slice(v, 0, Dim.ZERO, v.tensorType().dim(0).floorDiv(2));
                default -> b.reduce(ReduceFunction.REDUCE_MAX, v, List.of(random.nextInt(2)), true);
            };
        }
        return v;
    }

    @Test
    void tensorsOfAnySizeAreRightOrTooLarge() {
        Random random = new Random(2);
        int right = 0;
        int tooLarge = 0;
        for (int graphs = 0; graphs < 20; graphs++) {
            Builder b = builder();
            Value ones = b.broadcast(
                    b.constant(Tensor.scalar(1f)),
                    Shape.of(size(random, 3).max(Dim.ONE), size(random, 2).max(Dim.ONE)));
            Value result = grown(b, ones, random);
            Shape shape = result.tensorType().shape();
            Graph graph = b.build(List.of(result), List.of("out"));
            ReferenceEvaluator reference = new ReferenceEvaluator(graph);
            try (Executable compiled = JavaBackendTest.compile(graph).load()) {
                for (int i = 0; i < 12; i++) {
                    long n = VALUES.get(random.nextInt(VALUES.size()));
                    long m = VALUES.get(random.nextInt(VALUES.size()));
                    List<BigInteger> dims =
                            shape.dims().stream().map(d -> exact(d, n, m)).toList();
                    BigInteger most = graph.nodes().stream()
                            .map(node -> volume(node.result().tensorType().shape(), n, m))
                            .reduce(BigInteger.ONE, BigInteger::max);
                    boolean runs = most.compareTo(SMALL) < 0;
                    if (!runs && most.bitLength() < 31) {
                        continue; // it may run, and take its time
                    }
                    for (Executable e : List.of(compiled, reference)) {
                        Optional<Map<String, Tensor>> out = call(() -> e.call(inputs(n, m)));
                        assertThat(out.isPresent() || !runs)
                                .as("%s with n=%d, m=%d", shape, n, m)
                                .isTrue();
                        if (out.isPresent()) {
                            assertThat(Tensor.named(out.get(), "out").dims())
                                    .as("%s with n=%d, m=%d", shape, n, m)
                                    .containsExactly(
                                            dims.get(0).longValueExact(),
                                            dims.get(1).longValueExact());
                            // The passes may have removed what is too large for the reference.
                            call(() -> reference.call(inputs(n, m)))
                                    .ifPresent(r -> assertThat(out.get()).isEqualTo(r));
                            right++;
                        } else {
                            tooLarge++;
                        }
                    }
                }
            }
        }
        assertThat(right).isGreaterThan(50);
        assertThat(tooLarge).isGreaterThan(50);
    }

    /** {@code floor} and {@code max} of each other, in one expression or in definitions. */
    private static Dim nested(int depth) {
        Dim d = N;
        for (int i = 1; i <= depth; i++) {
            d = d.max(M.plus(i).floorDiv(N.plus(i))).plus(d.plus(i).floorDiv(M.plus(1)));
        }
        return d;
    }

    /** What sizes are made of is known before memory is laid out for them, also when the inputs change. */
    @Test
    void sizesMadeOfLongSizesFollowTheInputs() {
        for (int depth : new int[] {3, 4, 30}) {
            Dim size = nested(depth);
            Builder b = builder();
            Value ones = b.broadcast(b.constant(Tensor.scalar(1f)), Shape.of(size, Dim.of(2)));
            Value sums = b.add(new Cumulative(CumulativeFunction.CUM_SUM, ones, 0, false, false));
            Value result = b.concat(List.of(b.relu(sums), sums), 0);
            Graph graph = b.build(List.of(result), List.of("out"));
            ReferenceEvaluator reference = new ReferenceEvaluator(graph);
            try (Executable compiled = JavaBackendTest.compile(graph).load()) {
                for (long n : new long[] {1, 9, 2, 5}) {
                    Map<String, Tensor> out = compiled.call(inputs(n, 7));
                    assertThat(Tensor.named(out, "out").dim(0))
                            .isEqualTo(2 * exact(size, n, 7).longValueExact());
                    assertThat(out).isEqualTo(reference.call(inputs(n, 7)));
                }
            }
        }
    }

    @Test
    void whatTheHeapCannotHoldSaysHowMuchThatIs() {
        Builder b = builder();
        Value ones = b.broadcast(b.constant(Tensor.scalar(ElementType.F64, 1)), Shape.of(N, M));
        Graph graph = b.build(List.of(b.relu(b.add(ones, ones))), List.of("out"));
        long heap = Runtime.getRuntime().maxMemory();
        long n = Math.min(1 << 30, heap / 8); // an array could hold it
        try (Executable compiled = JavaBackendTest.compile(graph).load()) {
            for (Executable e : List.of(compiled, new ReferenceEvaluator(graph))) {
                assertThatThrownBy(() -> e.call(inputs(n + 1, 1)))
                        .isInstanceOf(LatheException.class)
                        .hasMessageContaining("run.too-large")
                        .hasMessageContaining("" + heap)
                        .hasMessageContaining("" + 8 * (n + 1));
                assertThat(Tensor.named(e.call(inputs(2, 3)), "out").size()).isEqualTo(6); // and it runs on
            }
        }
    }
}
