package dev.lathe.ir.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Value;
import dev.lathe.ir.composite.LayerNorm;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.ReduceFunction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class PrinterTest {
    private static String literal(Tensor t) {
        Builder b = Builder.graph("g");
        String text = Printer.print(b.build(b.constant(t, "c")));
        return text.lines().skip(1).findFirst().orElseThrow().strip();
    }

    @Test
    void aGraph() {
        Builder b = Builder.graph("mlp");
        Value x = b.input("x", TensorType.of(ElementType.F32, Shape.of(Dim.symbol("batch"), Dim.of(3))));
        Value w = b.constant(Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 2), "fc1/weight");
        b.at(Location.of("fc1/MatMul", "MatMul", 13));
        Value h = b.matMul(x, w);
        b.at(Location.of("fc1/MatMul", "MatMul", 13).and(Location.of("gelu", "com.microsoft:Gelu", 1)));
        Value n = b.add(new LayerNorm(h, Optional.empty(), Optional.empty(), 1, 1e-5), "out");
        assertThat(Printer.print(b.build(List.of(n, x), List.of("y", "x")))).isEqualTo("""
            graph @mlp(%x: f32[batch, 3]) -> (y: f32[batch, 2], f32[batch, 3]) {
              %"fc1/weight" = constant [1.0, 2.0, 3.0, 4.0, 5.0, 6.0] : f32[3, 2]
              %0 = mat_mul(%x, %"fc1/weight") : f32[batch, 2] at "fc1/MatMul"(MatMul-13)
              %out = layer_norm(%0, _, _) {axis=1, epsilon=1.0E-5} : f32[batch, 2] at "fc1/MatMul"(MatMul-13), "gelu"(com.microsoft:Gelu-1)
              return %out, %x
            }\
            """);
    }

    @Test
    void namesAreUniqueAndInputsKeepTheirs() {
        Builder b = Builder.graph("odd name");
        Value x = b.input("x", TensorType.of(ElementType.F32, 2));
        Value twelve = b.input("12", x.type());
        Value y = b.add(new dev.lathe.ir.op.Unary(dev.lathe.ir.op.UnaryFunction.EXP, x), "x");
        Value z = b.add(new dev.lathe.ir.op.Unary(dev.lathe.ir.op.UnaryFunction.EXP, twelve), "x_1");
        Value u = b.add(y, z);
        assertThat(Printer.print(b.build(List.of(u), List.of("")))).isEqualTo("""
            graph @"odd name"(%x: f32[2], %"12": f32[2]) -> (f32[2]) {
              %x_1 = exp(%x) : f32[2]
              %x_1_1 = exp(%"12") : f32[2]
              %0 = add(%x_1, %x_1_1) : f32[2]
              return %0
            }\
            """);
    }

    @Test
    void literalsOfEveryKind() {
        assertThat(literal(Tensor.scalar(1.5f))).isEqualTo("%c = constant 1.5 : f32[]");
        assertThat(literal(Tensor.of(
                        new float[] {
                            0.1f, -0f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MIN_VALUE
                        },
                        6)))
                .isEqualTo("%c = constant [0.1, -0.0, nan, inf, -inf, 1.4E-45] : f32[6]");
        assertThat(literal(Tensor.of(new float[] {Float.intBitsToFloat(0x7fc00001)})))
                .isEqualTo("%c = constant nan_7fc00001 : f32[]");
        assertThat(literal(Tensor.of(ElementType.I4, new byte[] {(byte) 0x8f, 7}, 3)))
                .isEqualTo("%c = constant [-1, -8, 7] : i4[3]");
        assertThat(literal(Tensor.of(ElementType.F8E4M3FN, new byte[] {0x7f, (byte) 0xff, 0x38}, 3)))
                .isEqualTo("%c = constant [nan, nan_ff, 1.0] : f8e4m3fn[3]");
        assertThat(literal(Tensor.of(
                        ElementType.U64, new long[] {2}, java.lang.foreign.MemorySegment.ofArray(new long[] {-1, 0}))))
                .isEqualTo("%c = constant [18446744073709551615, 0] : u64[2]");
        assertThat(literal(Tensor.of(new boolean[] {true, false}, 2)))
                .isEqualTo("%c = constant [true, false] : bool[2]");
        assertThat(literal(Tensor.ofStrings(new String[] {"a\"\n", "é"}, 2)))
                .isEqualTo("%c = constant [\"a\\\"\\n\", \"\\u00e9\"] : string[2]");
        Tensor complex = Tensor.zeros(ElementType.C64);
        complex.setComplex(0, 1, -2.5);
        assertThat(literal(complex)).isEqualTo("%c = constant (1.0, -2.5) : c64[]");
        assertThat(literal(Tensor.zeros(ElementType.F32, 2, 0))).isEqualTo("%c = constant [] : f32[2, 0]");
        assertThat(literal(Tensor.zeros(ElementType.F32, 3, 3))).isEqualTo("%c = constant 0.0 : f32[3, 3]");
    }

    @Test
    void largeTensorsAreNamedOnce() {
        Builder b = Builder.graph("g");
        float[] many = new float[100];
        many[1] = 1;
        Tensor t = Tensor.of(many, 100);
        Value v = b.constant(t, "w");
        Value u = b.constant(t, "v");
        Value none = b.constant(Tensor.of(many.clone(), 100));
        Map<String, Tensor> weights = new LinkedHashMap<>();
        String text = Printer.print(b.build(List.of(v, u, none), List.of("a", "b", "c")), weights::put);
        assertThat(text).contains("""
              %w = constant @"w" : f32[100]
              %v = constant @"w" : f32[100]
              %0 = constant @"constant_1" : f32[100]
            """);
        assertThat(weights).containsOnlyKeys("w", "constant_1");
        assertThat(weights.get("w")).isSameAs(t);
    }

    @Test
    void linesOfNodes() {
        Builder b = Builder.graph("g");
        Value c = b.constant(Tensor.scalar(true), "c");
        Builder then = b.region("then");
        Value y = then.constant(Tensor.scalar(false), "y");
        Graph branch = then.build(y);
        b.addAll(new dev.lathe.ir.op.If(
                c,
                branch,
                b.region("else").build(c),
                List.of(branch.outputs().getFirst().type()),
                List.of()));
        Graph g = b.build(c);
        assertThat(Printer.listing(g).lines()).containsExactly(2, 3, 4);
        assertThat(Printer.listing(g).text().lines().toList().get(3)).contains("%y = constant");
    }

    @Test
    void longGraphsPrintInLinearTime() {
        Builder b = Builder.graph("g");
        Value x = b.input("x", TensorType.of(ElementType.F32, 4));
        for (int i = 0; i < 100_000; i++) {
            b.add(new Constant(Tensor.scalar((float) i)), "same");
        }
        Value y = b.reduce(ReduceFunction.REDUCE_SUM, x, List.of(0), false);
        Graph g = b.build(List.of(y), List.of("y"));
        String text = Assertions.assertTimeout(Duration.ofMinutes(5), () -> Printer.print(g));
        assertThat(text).contains("%same_99999 = constant 99999.0 : f32[]");
    }
}
