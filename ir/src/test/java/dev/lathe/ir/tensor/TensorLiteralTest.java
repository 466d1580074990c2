package dev.lathe.ir.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.ElementType;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorLiteralTest {
    @Test
    void bracketsNestAsDimensionsDo() {
        assertThat(TensorLiteral.parse("[[1, 2, 3],[4,5,6]]", ElementType.I64))
                .isEqualTo(Tensor.of(new long[] {1, 2, 3, 4, 5, 6}, 2, 3));
        assertThat(TensorLiteral.parse(" 7 ", ElementType.I32)).isEqualTo(Tensor.of(new int[] {7}));
        assertThat(TensorLiteral.parse("[[], []]", ElementType.F32)).isEqualTo(Tensor.of(new float[0], 2, 0));
        assertThat(TensorLiteral.parse("[]", ElementType.F32)).isEqualTo(Tensor.of(new float[0], 0));
    }

    @Test
    void floatsHaveTheirSpecialValues() {
        assertThat(TensorLiteral.parse("[1.5, -inf, Infinity, 1e3]", ElementType.F32))
                .isEqualTo(Tensor.of(new float[] {1.5f, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, 1000}, 4));
        assertThat(TensorLiteral.parse("nan", ElementType.F64).getDouble(0)).isNaN();
    }

    @Test
    void truthAndTextAreElements() {
        assertThat(TensorLiteral.parse("[true, 0]", ElementType.BOOL))
                .isEqualTo(Tensor.of(new boolean[] {true, false}, 2));
        assertThat(TensorLiteral.parse("[plain words, \"a \\\"b\\\", [c]\"]", ElementType.STRING))
                .isEqualTo(Tensor.ofStrings(new String[] {"plain words", "a \"b\", [c]"}, 2));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[",
                "[1",
                "[1,]",
                "[1] 2",
                "]",
                "[[1],[2,3]]",
                "[1,[2]]",
                "[[1],2]",
                "[[],[1]]",
                "[[1],[]]",
                "1 2",
                "x"
            })
    void whatDoesNotFitTogetherIsRefused(String text) {
        assertThatThrownBy(() -> TensorLiteral.parse(text, ElementType.I64))
                .isInstanceOf(LatheException.class)
                .hasMessageStartingWith("error[input.literal]");
    }

    @ParameterizedTest
    @CsvSource({"I8,128", "I8,-129", "U8,256", "U8,-1", "U4,16", "I2,2", "I64,9223372036854775808", "BOOL,2", "F32,one"
    })
    void elementsOutsideOfTheirTypeAreRefused(ElementType element, String item) {
        assertThatThrownBy(() -> TensorLiteral.parse("[" + item + "]", element))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("\"" + item + "\" is not such a value");
    }

    @Test
    void deepNestingIsRefused() {
        assertThatThrownBy(() -> TensorLiteral.parse("[".repeat(100_000), ElementType.F32))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("nested too deep");
    }

    @Property(tries = 200)
    void whatAnArrayPrintsReadsBack(@ForAll @Size(max = 20) float[] values) {
        Tensor t = TensorLiteral.parse(java.util.Arrays.toString(values), ElementType.F32);
        assertThat(t.toFloatArray()).isEqualTo(values);
    }

    @Example
    void theSameSeedGivesTheSameElements() {
        long[] dims = {3, 5};
        for (ElementType element : ElementType.values()) {
            Tensor t = RandomTensor.of(element, dims, 42, 3);
            assertThat(t)
                    .isEqualTo(RandomTensor.of(element, dims, 42, 3))
                    .isNotEqualTo(RandomTensor.of(element, dims, 43, 3));
            for (int i = 0; i < 15 && element.isInteger(); i++) {
                assertThat(t.getLong(i)).as(element.text()).isBetween(0L, 2L);
            }
        }
    }
}
