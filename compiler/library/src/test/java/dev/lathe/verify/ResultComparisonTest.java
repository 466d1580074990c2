package dev.lathe.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.frontend.text.IrText;
import dev.lathe.ir.op.Tolerance;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ResultComparisonTest {
    private static Optional<String> compare(Tolerance tolerance, Datum expected, Datum actual) {
        return new ResultComparison(Tolerances.of(tolerance)).difference(expected, actual);
    }

    private static Tensor floats(float... values) {
        return Tensor.of(values, values.length);
    }

    @Test
    void exactMeansEqual() {
        assertThat(compare(Tolerance.EXACT, floats(1, 2), floats(1, 2))).isEmpty();
        assertThat(compare(Tolerance.EXACT, floats(1, 2), floats(1, Math.nextUp(2f))))
                .isPresent();
    }

    @Test
    void nanIsNanAndInfinityIsInfinity() {
        float inf = Float.POSITIVE_INFINITY;
        for (Tolerance t : Tolerance.values()) {
            assertThat(compare(t, floats(Float.NaN, inf, -inf), floats(Float.NaN, inf, -inf)))
                    .isEmpty();
            assertThat(compare(t, floats(inf), floats(-inf))).isPresent();
            assertThat(compare(t, floats(Float.NaN), floats(1))).isPresent();
            assertThat(compare(t, floats(1), floats(Float.NaN))).isPresent();
            assertThat(compare(t, floats(1), floats(inf))).isPresent();
        }
    }

    @Test
    void sumsMayBeOffByAShareOfTheScale() {
        Tensor expected = floats(1000, 0.001f);
        assertThat(compare(Tolerance.ACCUMULATING, expected, floats(1000, 0.02f)))
                .isEmpty();
        assertThat(compare(Tolerance.ROUNDING, expected, floats(1000, 0.02f))).isPresent();
        assertThat(compare(Tolerance.ACCUMULATING, expected, floats(1002, 0.001f)))
                .isPresent();
    }

    @Test
    void theWorstElementIsNamed() {
        assertThat(compare(
                        Tolerance.ROUNDING,
                        Tensor.of(new float[] {1, 2, 3, 4}, 2, 2),
                        Tensor.of(new float[] {1, 2.1f, 9, 4}, 2, 2)))
                .hasValue("element [1, 0] is 9.0, expected 3.0 (off by 6.00, allowed 0.00300); 2 of 4 differ");
    }

    @Test
    void integersAndStringsAreEqualOrNot() {
        assertThat(compare(Tolerance.ACCUMULATING, Tensor.vector(1, 2), Tensor.vector(1, 3)))
                .hasValue("element [1] is 3, expected 2; 1 of 2 differ");
        assertThat(compare(
                        Tolerance.ACCUMULATING,
                        Tensor.ofStrings(new String[] {"a"}, 1),
                        Tensor.ofStrings(new String[] {"b"}, 1)))
                .isPresent();
    }

    @Test
    void typesAndShapesMustFit() {
        assertThat(compare(Tolerance.ROUNDING, floats(1), Tensor.of(new double[] {1}, 1)))
                .hasValue("it is f64[1], expected f32[1]");
        assertThat(compare(Tolerance.ROUNDING, floats(1), Tensor.of(new float[] {1}, 1, 1)))
                .hasValue("it is f32[1, 1], expected f32[1]");
    }

    @Test
    void sequencesAreComparedItemByItem() {
        Datum one = new Datum.Sequence(floats(1).type(), List.of(floats(1), floats(2)));
        Datum other = new Datum.Sequence(floats(1).type(), List.of(floats(1), floats(3)));
        assertThat(compare(Tolerance.EXACT, one, one)).isEmpty();
        assertThat(compare(Tolerance.EXACT, one, other).orElseThrow()).startsWith("item 1: element [0] is 3.0");
        assertThat(compare(Tolerance.EXACT, one, floats(1))).hasValue("it is a tensor, expected a sequence");
    }

    @Test
    void givenTolerancesReplaceAll() {
        ResultComparison comparison = new ResultComparison(
                Tolerances.of(Tolerance.ACCUMULATING).with(OptionalDouble.empty(), OptionalDouble.of(0.5)));
        assertThat(comparison.difference(floats(1000), floats(1000.4f))).isEmpty();
        assertThat(comparison.difference(floats(1000), floats(1000.6f))).isPresent();
    }

    @Test
    void aGraphIsAsExactAsItsLeastExactOp() {
        assertThat(worst("%y = transpose(%x) {perm=[1, 0]} : f32[2, 2]")).isEqualTo(Tolerance.EXACT);
        assertThat(worst("%y = add(%x, %x) : f32[2, 2]")).isEqualTo(Tolerance.ROUNDING);
        assertThat(worst("%y = mat_mul(%x, %x) : f32[2, 2]")).isEqualTo(Tolerance.ACCUMULATING);
        assertThat(worst("%y = softmax(%x) {axis=1} : f32[2, 2]")).isEqualTo(Tolerance.ACCUMULATING);
    }

    private static Tolerance worst(String node) {
        return Tolerances.of(IrText.parse("graph @g(%x: f32[2, 2]) -> (f32[2, 2]) {\n  " + node + "\n  return %y\n}\n"))
                .worst();
    }

    @Test
    void narrowFloatsHaveTheirOwnUnit() {
        Tensor expected = Tensor.zeros(ElementType.F16, 1);
        Tensor actual = Tensor.zeros(ElementType.F16, 1);
        expected.setDouble(0, 1000);
        actual.setDouble(0, 1002);
        assertThat(compare(Tolerance.ACCUMULATING, expected, actual)).isEmpty();
        assertThat(compare(Tolerance.EXACT, expected, actual)).isPresent();
    }
}
