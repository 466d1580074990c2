package dev.lathe.conformance.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.conformance.operators.NodeModel.Weight;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Operators of the {@code com.microsoft} domain against ONNX Runtime, with all sizes fixed and with batches and lengths
 * open.
 */
abstract class MicrosoftTest extends OperatorTest {
    /** Operators whose inputs have lengths that models leave open. */
    private static final Set<String> ATTENTION =
            Set.of("Attention", "MultiHeadAttention", "GroupQueryAttention", "RotaryEmbedding", "QAttention");

    /**
     * A node of the domain, or of the standard's if {@code type} begins with {@code ai.onnx:}; see
     * {@link NodeModel#of}.
     */
    static NodeModel node(String name, String type, String outputs, Object... parts) {
        String operator = type.startsWith("ai.onnx:") ? type.substring(8) + "-17" : "com.microsoft:" + type + "-1";
        return NodeModel.of(name, operator, outputs, parts);
    }

    /** The operator gives what ONNX Runtime gives. */
    final void add(String name, String type, String outputs, Object... parts) {
        add(node(name, type, outputs, parts), this::compare);
    }

    /**
     * As {@link #add}, where ONNX Runtime rounds between steps or rounds down, so that its integers may be off by one.
     */
    final void near(String name, String type, Object... parts) {
        add(node(name, type, "y", parts), MicrosoftTest::compareNearly);
    }

    private void add(NodeModel node, Comparer comparer) {
        test(node, () -> run(node, node.proto(), comparer));
        // Which of the two forms a mask of lengths has, only its size tells.
        if (!node.name().endsWith("ends and starts")) {
            // Sizes that happen to be equal have one name.
            NodeModel.Symbols symbols = (operand, axis) -> isOpen(node, operand, axis) ? "d" + operand.dim(axis) : "";
            test(node.name() + ", symbolic", () -> run(node, node.proto(symbols), comparer));
        }
    }

    private void run(NodeModel node, ModelProto model, Comparer comparer) {
        check(node.name(), model, node.inputs(), oracle(model, node.inputs()), comparer);
    }

    private static boolean isOpen(NodeModel node, Tensor t, int axis) {
        boolean batch = axis == 0
                && t.rank() > 1
                && node.operands().getFirst() instanceof Tensor first
                && first.dim(0) == t.dim(0);
        boolean length = (axis == 1 && t.rank() == 3) || (axis == 2 && t.rank() == 4);
        return ATTENTION.contains(node.node().getOpType()) ? batch || length : batch;
    }

    private static void compareNearly(String what, Datum expected, @Nullable Datum actual) {
        Tensor e = (Tensor) expected;
        assertThat(actual).as(what).isInstanceOfSatisfying(Tensor.class, a -> {
            assertThat(a.type()).as(what).isEqualTo(e.type());
            for (long i = 0; i < e.size(); i++) {
                assertThat(a.getLong(i)).as(what + "[" + i + "]").isBetween(e.getLong(i) - 1, e.getLong(i) + 1);
            }
        });
    }

    /** What the reference evaluator gives for y. */
    static Tensor result(NodeModel node) {
        return (Tensor)
                Objects.requireNonNull(evaluated(node.proto(), node.inputs()).get("y"));
    }

    /** Integers in {@code [low, high)}. */
    final Tensor integers(ElementType type, int low, int high, long... dims) {
        Tensor t = Tensor.zeros(type, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setLong(i, random.nextInt(low, high));
        }
        return t;
    }

    final Tensor bytes(ElementType type, long... dims) {
        return type == ElementType.U8 ? integers(type, 0, 256, dims) : integers(type, -128, 128, dims);
    }

    static Tensor ints(long... values) {
        return shaped(ElementType.I32, new long[] {values.length}, values);
    }

    static Tensor shaped(ElementType type, long[] dims, long... values) {
        Tensor t = Tensor.zeros(type, dims);
        for (int i = 0; i < values.length; i++) {
            t.setLong(i, values[i]);
        }
        return t;
    }

    static Weight weight(Tensor t) {
        return new Weight(t);
    }

    static Weight scale(double value) {
        return new Weight(Tensor.scalar(ElementType.F32, value));
    }

    static Weight zero(ElementType type, long value) {
        return new Weight(Tensor.scalar(type, value));
    }

    /** Positive scales. */
    final Tensor scales(long... dims) {
        Tensor t = Tensor.zeros(ElementType.F32, dims);
        for (long i = 0; i < t.size(); i++) {
            t.setDouble(i, 0.01 + 0.02 * random.nextDouble());
        }
        return t;
    }
}
