package dev.lathe.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.composite.Fused;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Broadcast;
import dev.lathe.ir.op.If;
import dev.lathe.ir.op.Loop;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.ReadDims;
import dev.lathe.ir.op.Unary;
import dev.lathe.ir.op.UnaryFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One test for each rule in the header of {@link Verifier}. */
class VerifierTest {
    private static final TensorType VECTOR = TensorType.of(ElementType.F32, 4);

    private Builder b = Builder.graph("g");
    private Value x = new Value("x", VECTOR);

    @BeforeEach
    void input() {
        b = Builder.graph("g");
        x = b.input("x", VECTOR);
    }

    /** Adds a node without the builder's checks. */
    private static Value add(Builder b, Op op, Value result) {
        b.reuse(new Node(op, List.of(result), Location.of(result.name(), "Op", 1)));
        return result;
    }

    private static Op exp(Value v) {
        return new Unary(UnaryFunction.EXP, v);
    }

    private void violated(Value output, String... expected) {
        violated(b.build(List.of(output), List.of("y")), expected);
    }

    private static void violated(Graph g, String... expected) {
        List<String> found = Verifier.check(g).stream().map(d -> d.toString()).toList();
        assertThat(found).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(found.get(i)).contains(expected[i]).contains("fix: ");
        }
        assertThatThrownBy(() -> Verifier.require(g)).isInstanceOf(LatheException.class);
    }

    @Test
    void aValidGraphPasses() {
        Graph g = b.build(List.of(b.exp(x)), List.of("y"));
        assertThat(Verifier.check(g)).isEmpty();
        Verifier.require(g);
    }

    @Test
    void aValueIsDefinedOnce() {
        Value y = add(b, exp(x), new Value("y", VECTOR));
        add(b, exp(x), y);
        violated(y, "@g line 3: %y is defined twice, in `%y = exp(%x) : f32[4] at \"y\"(Op-1)`");
    }

    @Test
    void aValueIsDefinedBeforeItIsUsed() {
        Value late = new Value("late", VECTOR);
        Value y = add(b, exp(late), new Value("y", VECTOR));
        add(b, exp(x), late);
        violated(y, "line 2: %late is used before it is defined, in `%y = exp(%late)");
    }

    @Test
    void anOutputIsDefined() {
        violated(new Value("nowhere", VECTOR), "line 1: %nowhere is used before it is defined");
    }

    @Test
    void whatARegionDefinesIsNotVisibleOutside() {
        Value condition = b.constant(Tensor.scalar(true), "c");
        Builder then = b.region("then");
        Value inner = add(then, exp(x), new Value("inner", VECTOR));
        Graph thenBranch = then.build(inner);
        Graph elseBranch = b.region("else").build(x);
        add(b, new If(condition, thenBranch, elseBranch, List.of(VECTOR), List.of()), new Value("i", VECTOR));
        Value y = add(b, exp(inner), new Value("y", VECTOR));
        violated(y, "line 9: %inner is not visible here");
    }

    @Test
    void inputsAndOutputsHaveNames() {
        Value other = b.input("x", VECTOR);
        Value none = b.input("", VECTOR);
        violated(
                b.build(List.of(x, other, none), List.of("y", "y", "")),
                "two inputs are named \"x\"",
                "an input has no name",
                "two outputs are named \"y\"",
                "an output has no name");
    }

    @Test
    void resultsHaveTheTypesThatTheOpInfers() {
        violated(
                add(b, exp(x), new Value("y", TensorType.of(ElementType.F32, 5))),
                "line 2: exp gives [f32[4]], not [f32[5]]");
    }

    @Test
    void theOpAcceptsItsOperands() {
        Value i = b.input("i", TensorType.of(ElementType.I64, 4));
        violated(
                add(b, new Binary(BinaryFunction.ADD, x, i), new Value("y", VECTOR)),
                "add: %x has element type f32, but %i has i64");
    }

    @Test
    void aSymbolIsBoundBeforeItIsUsed() {
        Dim n = Dim.symbol("n");
        Value one = b.input("one", TensorType.of(ElementType.F32, 1));
        violated(
                add(b, new Broadcast(one, Shape.of(n)), new Value("y", TensorType.of(ElementType.F32, Shape.of(n)))),
                "broadcast speaks of n, which nothing binds",
                "the type of an output speaks of n");
    }

    @Test
    void aSymbolIsBoundOnce() {
        Value n = b.input("n", TensorType.of(ElementType.I64, Shape.of(Dim.symbol("m"))));
        Value one = b.constant(Tensor.vector(3), "one");
        b.reuse(new Node(new ReadDims(one, List.of("m")), List.of(), Location.NONE));
        violated(n, "read_dims binds m, which is bound already");
    }

    @Test
    void resultsOfARegionFit() {
        Value condition = b.constant(Tensor.scalar(true), "c");
        Value five = b.input("five", TensorType.of(ElementType.F32, 5));
        Graph thenBranch = b.region("then").build(x);
        Graph elseBranch = b.region("else").build(five);
        violated(
                add(b, new If(condition, thenBranch, elseBranch, List.of(VECTOR), List.of()), new Value("y", VECTOR)),
                "the else branch have type f32[5] at position 0, not f32[4]");
    }

    @Test
    void whatALoopCarriesFits() {
        Value trips = b.constant(Tensor.scalar(3L), "trips");
        Builder body = b.region("body");
        body.input("i", TensorType.scalar(ElementType.I64));
        Value go = body.input("go", TensorType.scalar(ElementType.BOOL));
        body.input("carried", TensorType.of(ElementType.F32, 5));
        Loop loop = new Loop(
                Optional.of(trips), Optional.empty(), List.of(x), body.build(go, x), List.of(VECTOR), List.of());
        violated(
                add(b, loop, new Value("y", VECTOR)),
                "the initial values have type f32[4] at position 0, not f32[5]",
                "the carried results of the body have type f32[4] at position 0, not f32[5]");
    }

    @Test
    void aFusedBodyIsClosed() {
        Builder body = Builder.graph("body");
        Value a = body.input("a", TensorType.of(ElementType.F32, 5));
        Value sum = add(body, new Binary(BinaryFunction.ADD, x, x), new Value("sum", VECTOR));
        violated(
                add(b, new Fused(List.of(x), body.build(sum)), new Value("y", VECTOR)),
                "fused: the body takes 1 values and captures [%x: f32[4]]",
                "the body captures [%x: f32[4]]",
                "the arguments have type f32[4] at position 0, not f32[5]");
        assertThat(a.name()).isEqualTo("a");
    }

    @Test
    void allViolationsAreTold() {
        Value bad = add(b, exp(x), new Value("bad", TensorType.of(ElementType.F64, 4)));
        Value worse = add(b, exp(new Value("gone", VECTOR)), new Value("worse", VECTOR));
        add(b, new Binary(BinaryFunction.ADD, bad, worse), new Value("y", VECTOR));
        violated(
                bad,
                "line 2: exp gives [f32[4]], not [f64[4]]",
                "line 3: %gone is used before it is defined",
                "line 4: add: %bad has element type f64, but %worse has f32");
    }
}
