package dev.lathe.ir.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.ElementType;
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
    void quotedStringsHaveTheEscapesOfJson() {
        assertThat(TensorLiteral.parse("[\"a\\n\\u00e9\\\"\"]", ElementType.STRING)
                        .getString(0))
                .isEqualTo("a\né\"");
    }
}
