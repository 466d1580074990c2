package dev.lathe.backend.java;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.backend.Support;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.op.Cumulative;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.If;
import dev.lathe.ir.op.Loop;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.op.SequenceOf;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Models of many nodes, whose sources are more than one class file holds. */
class LargeModelTest {
    private static final int WIDTH = 8;

    private final Random random = new Random(7);

    private Tensor floats(double scale, long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, random.nextGaussian() * scale);
        }
        return t;
    }

    private static Value tanh(Builder b, Value x) {
        return b.unary(UnaryFunction.TANH, x);
    }

    private Value layer(Builder b, Value x) {
        return tanh(b, b.add(b.matMul(x, b.constant(floats(0.3, WIDTH, WIDTH))), b.constant(floats(0.1, WIDTH))));
    }

    private Value branch(Builder b, Value x) {
        Value first = b.reshape(b.slice(b.slice(x, 0, Dim.ZERO, Dim.ONE), 1, Dim.ZERO, Dim.ONE), Shape.of(new long[0]));
        Builder yes = b.region("yes");
        Graph half = yes.build(List.of(yes.multiply(x, yes.scalar(x, -0.5))), List.of("r"));
        Builder no = b.region("no");
        Graph more = no.build(List.of(no.add(x, no.constant(floats(0.1, WIDTH)))), List.of("r"));
        Value condition = b.compare(Comparison.GREATER, first, b.scalar(first, 0));
        return b.addAll(new If(condition, half, more, List.of(x.type()), List.of()))
                .getFirst();
    }

    private static Value loop(Builder b, Value x, Value input) {
        Builder body = b.region("body");
        body.input("i", TensorType.scalar(ElementType.I64));
        Value go = body.input("go", TensorType.scalar(ElementType.BOOL));
        Value next = tanh(body, body.add(body.input("p", x.type()), input));
        Graph region = body.build(List.of(go, next), List.of("go", "next"));
        Optional<Value> trips = Optional.of(b.constant(Tensor.scalar(2L)));
        return b.addAll(new Loop(trips, Optional.empty(), List.of(x), region, List.of(x.type()), List.of()))
                .getFirst();
    }

    /** At least {@code nodes} nodes of all kinds: kernels, weights, views, ops without a kernel, branches, loops. */
    private Graph mixed(int nodes, Dim batch) {
        Builder b = Builder.graph("mixed");
        Value input = b.input("x", TensorType.of(ElementType.F32, Shape.of(batch, Dim.of(WIDTH))));
        Value x = input;
        List<Value> outputs = new ArrayList<>();
        int made = 0;
        for (int i = 0; made < nodes; i++) {
            made += 3;
            x = switch (i % 8) {
                case 0 -> layer(b, x);
                case 1 -> b.multiply(b.add(x, b.constant(floats(0.1, WIDTH))), b.scalar(x, 0.99));
                case 2 -> tanh(b, b.add(new Cumulative(CumulativeFunction.CUM_SUM, x, 1, false, false)));
                case 3 -> b.concat(List.of(b.slice(x, 1, Dim.of(3), Dim.of(5)), b.slice(x, 1, Dim.ZERO, Dim.of(3))), 1);
                case 4 -> b.add(x, b.reduce(ReduceFunction.REDUCE_MEAN, x, List.of(1), true));
                case 5 -> branch(b, x);
                case 6 -> i % 64 == 6 ? loop(b, x, input) : b.unary(UnaryFunction.SIGMOID, x);
                default -> b.transpose(tanh(b, b.transpose(x, List.of(1, 0))), List.of(1, 0));
            };
            if (i % 400 == 0) {
                outputs.add(x);
            }
        }
        outputs.add(x);
        return b.build(
                outputs,
                IntStream.range(0, outputs.size()).mapToObj(i -> "y" + i).toList());
    }

    private static void assertLikeReference(Graph graph, Executable run, Map<String, Tensor> inputs) {
        Map<String, Tensor> actual = run.call(inputs);
        new ReferenceEvaluator(graph).call(inputs).forEach((name, expected) -> {
            Tensor y = Tensor.named(actual, name);
            assertThat(y.type()).isEqualTo(expected.type());
            for (long i = 0; i < expected.size(); i++) {
                assertThat(y.getDouble(i)).isCloseTo(expected.getDouble(i), Offset.offset(1e-4));
            }
        });
    }

    @ParameterizedTest
    @CsvSource({"3000, 2", "20000, n"})
    void nodesOfAllKindsRun(int nodes, String batch) {
        Graph graph = mixed(nodes, batch.equals("n") ? Dim.symbol("n") : Dim.of(2));
        JavaArtifact artifact = JavaBackendTest.compile(graph);
        if (nodes > 10_000) {
            assertThat(artifact.sources().keySet())
                    .contains("model.mixed.MixedExecution1", "model.mixed.MixedExecution");
        }
        try (Executable run = artifact.load()) {
            assertLikeReference(graph, run, Map.of("x", floats(1, 2, WIDTH)));
            if (batch.equals("n")) {
                assertLikeReference(graph, run, Map.of("x", floats(1, 3, WIDTH)));
            }
        }
    }

    /** What one region holds may be more than a class holds, too. */
    @Test
    void aBranchMayHoldTheWholeModel(@TempDir Path folder) throws Exception {
        Builder b = Builder.graph("branch");
        Value x = b.input("x", TensorType.of(ElementType.F32, 2, WIDTH));
        Value flag = b.input("flag", TensorType.scalar(ElementType.BOOL));
        Builder yes = b.region("yes");
        Value y = x;
        for (int nodes = 0; nodes < 20_000; nodes += 5) {
            y = tanh(yes, yes.add(new Cumulative(CumulativeFunction.CUM_SUM, layer(yes, y), 1, false, false)));
        }
        Graph many = yes.build(List.of(y), List.of("r"));
        Graph none = b.region("no").build(List.of(x), List.of("r"));
        Value r =
                b.addAll(new If(flag, many, none, List.of(x.type()), List.of())).getFirst();
        Graph graph = b.build(List.of(r), List.of("y"));
        Path jar = folder.resolve("branch.jar");
        JavaArtifact artifact = JavaBackendTest.compile(graph);
        assertThat(artifact.sources().keySet()).contains("model.branch.BranchExecution1");
        artifact.write(jar);
        try (Executable run = JavaArtifact.load(jar, 1)) {
            for (boolean is : new boolean[] {true, false}) {
                assertLikeReference(graph, run, Map.of("x", floats(1, 2, WIDTH), "flag", Tensor.scalar(is)));
            }
        }
    }

    @Test
    void moreOperandsThanAMethodHoldsAreRefusedBeforeJavacTries() {
        Builder b = Builder.graph("sequence");
        TensorType scalar = TensorType.scalar(ElementType.F32);
        Value x = b.input("x", scalar);
        for (int operands : new int[] {4_000, 4_001}) {
            b.add(new SequenceOf(Collections.nCopies(operands, x), scalar));
        }
        JavaBackend java = new JavaBackend();
        List<Node> nodes = b.build(x).nodes();
        assertThat(java.supports(nodes.getFirst())).isEqualTo(Support.YES);
        assertThat(java.supports(nodes.getLast()))
                .isInstanceOfSatisfying(
                        Support.No.class, no -> assertThat(no.reason()).contains("4001 operands"));
    }

    @Test
    void aModelMayHaveThousandsOfInputsAndOutputs() {
        Builder b = Builder.graph("ports");
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        List<Value> outputs = new ArrayList<>();
        for (int i = 0; i < 2_500; i++) {
            Value x = b.input("x" + i, TensorType.of(ElementType.F32, Shape.of(Dim.symbol("n" + i), Dim.of(2))));
            inputs.put("x" + i, floats(1, 1 + i % 3, 2));
            outputs.add(b.relu(x));
        }
        List<String> names =
                IntStream.range(0, outputs.size()).mapToObj(i -> "y" + i).toList();
        Graph graph = b.build(outputs, names);
        JavaArtifact artifact = JavaBackendTest.compile(graph);
        assertThat(artifact.sources().keySet()).contains("model.ports.PortsExecution1");
        try (Executable run = artifact.load()) {
            assertThat(run.inputs()).hasSize(2_500);
            assertLikeReference(graph, run, inputs);
        }
    }
}
