package dev.lathe.conformance.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.conformance.ModelForm;
import dev.lathe.conformance.OnnxRuntime;
import dev.lathe.conformance.Protos;
import dev.lathe.frontend.onnx.OnnxImporter;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Graph;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.verify.ResultComparison;
import dev.lathe.verify.Tolerances;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;

/**
 * What the tests of a family of operators share: random operands, models of one node, and the comparison of all targets
 * with what is expected.
 */
abstract class OperatorTest {
    private static final CompileOptions OPTIONS =
            CompileOptions.builder().threads(1).build();

    final Random random = new Random(5);
    private final List<DynamicTest> tests = new ArrayList<>();
    private final List<NodeModel> nodes = new ArrayList<>();

    /** What the standard's text says that a node gives. */
    interface Formula {
        List<Tensor> apply(NodeModel node);
    }

    /** How a result is held against what is expected. */
    interface Comparer {
        void compare(String what, Datum expected, @Nullable Datum actual);
    }

    /** The tests that were added. */
    final Stream<DynamicTest> tests() {
        return tests.stream();
    }

    /** The models of one node among the tests. */
    final List<NodeModel> nodes() {
        return List.copyOf(nodes);
    }

    final void test(NodeModel node, org.junit.jupiter.api.function.Executable body) {
        nodes.add(node);
        test(node.name(), body);
    }

    final void test(String name, org.junit.jupiter.api.function.Executable body) {
        tests.add(dynamicTest(name, body));
    }

    /** A node is to give what ONNX Runtime gives. */
    final void oracle(String name, String operator, String outputs, Object... parts) {
        NodeModel node = NodeModel.of(name, operator, outputs, parts);
        test(node, () -> {
            Map<String, Datum> expected = oracle(node.proto(), node.inputs());
            check(node.name(), node.proto(), node.inputs(), expected);
        });
    }

    /** A node is to give what a formula gives, with any of its sizes open, and with all its operands known. */
    final void formula(Formula formula, String name, String operator, String outputs, Object... parts) {
        NodeModel node = NodeModel.of(name, operator, outputs, parts);
        test(node, () -> {
            List<Tensor> results = formula.apply(node);
            Map<String, Datum> expected = new LinkedHashMap<>();
            for (int i = 0; i < node.node().getOutputCount(); i++) {
                if (!node.node().getOutput(i).isEmpty()) {
                    expected.put(node.node().getOutput(i), results.get(i));
                }
            }
            checkForms(node, expected);
        });
    }

    /** Whether nodes run with open sizes and known operands too; what works element by element need not. */
    boolean inAllForms() {
        return true;
    }

    final void checkForms(NodeModel node, Map<String, Datum> expected) throws Exception {
        Map<String, byte[]> bytes = new HashMap<>();
        node.inputs()
                .forEach((input, value) ->
                        bytes.put(input, Protos.tensor(input, (Tensor) value).toByteArray()));
        check(node.name(), node.proto(), node.inputs(), expected);
        if (!inAllForms()) {
            return;
        }
        compiled(
                node.name() + ", symbolic",
                ModelForm.SYMBOLIC.apply(node.proto(), bytes),
                node.inputs(),
                expected,
                this::compare);
        compiled(
                node.name() + ", constant",
                ModelForm.CONSTANT.apply(node.proto(), bytes),
                Map.of(),
                expected,
                this::compare);
    }

    static Map<String, Datum> oracle(ModelProto model, Map<String, Datum> inputs) {
        try (OnnxRuntime oracle = OnnxRuntime.load(model.toByteArray())) {
            return oracle.run(inputs);
        }
    }

    /** The reference evaluator and the java backend give what is expected. */
    final void check(String name, ModelProto model, Map<String, Datum> inputs, Map<String, Datum> expected) {
        check(name, model, inputs, expected, this::compare);
    }

    final void check(
            String name, ModelProto model, Map<String, Datum> inputs, Map<String, Datum> expected, Comparer comparer) {
        Map<String, Datum> evaluated = evaluated(model, inputs);
        expected.forEach(
                (output, value) -> comparer.compare(name + ", evaluated, " + output, value, evaluated.get(output)));
        compiled(name, model, inputs, expected, comparer);
    }

    private static void compiled(
            String name, ModelProto model, Map<String, Datum> inputs, Map<String, Datum> expected, Comparer comparer) {
        Graph graph = OnnxImporter.read(model.toByteArray(), null);
        try (Executable executable = Lathe.compile(graph, OPTIONS).load()) {
            Map<String, Datum> results = executable.run(inputs);
            expected.forEach(
                    (output, value) -> comparer.compare(name + ", compiled, " + output, value, results.get(output)));
        }
    }

    static Map<String, Datum> evaluated(ModelProto model, Map<String, Datum> inputs) {
        return new ReferenceEvaluator(OnnxImporter.read(model.toByteArray(), null)).run(inputs);
    }

    final void compare(String what, Datum expected, @Nullable Datum actual) {
        assertThat(actual).as(what).isNotNull();
        assertEquals(Optional.empty(), closeness(expected).difference(expected, actual), what);
    }

    /** How close results are to be, by their element type: rounded once or a few times in it. */
    ResultComparison closeness(Datum expected) {
        return switch (expected instanceof Tensor t ? t.element() : ElementType.F32) {
            case F32, C64 -> within(2e-3, 2e-5);
            case F64, C128 -> within(1e-5, 1e-6);
            case F16 -> within(4e-3, 4e-3);
            case BF16 -> within(3e-2, 3e-2);
            default -> within(0, 0);
        };
    }

    static ResultComparison within(double relative, double absolute) {
        return new ResultComparison(
                Tolerances.of(Tolerance.ACCUMULATING).with(OptionalDouble.of(relative), OptionalDouble.of(absolute)));
    }

    final Tensor random(long... dims) {
        return random(ElementType.F32, dims);
    }

    /** Normal floats, small integers, or booleans of which most are true. */
    final Tensor random(ElementType type, long... dims) {
        return Indexed.tensor(
                type,
                dims,
                _ -> type.isFloat()
                        ? random.nextGaussian()
                        : type.isBool() ? random.nextInt(4) > 0 ? 1 : 0 : random.nextInt(type.isSigned() ? -9 : 0, 10));
    }

    static Tensor longs(long... values) {
        return Tensor.vector(values);
    }

    static Tensor longs(long[] dims, long... values) {
        return Tensor.of(values, dims);
    }

    static Tensor floats(double... values) {
        return numbers(ElementType.F32, values);
    }

    static Tensor numbers(ElementType type, double... values) {
        return Indexed.tensor(type, new long[] {values.length}, i -> values[(int) i[0]]);
    }
}
