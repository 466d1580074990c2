package dev.lathe.ir.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.lang.foreign.MemorySegment;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorTest {
    @Test
    void anArrayOfAnotherKindIsNotHandedOut() {
        float[] floats = {1};
        assertThat(Tensor.of(floats, 1).array()).isSameAs(floats);
        Tensor bits = Tensor.of(ElementType.U32, new long[] {1}, MemorySegment.ofArray(floats));
        assertThat(bits.array()).isNull();
        assertThat(bits.getLong(0)).isEqualTo(0x3f800000L);
    }

    @Test
    void anUnrankedTypeHasNoShape() {
        assertThatThrownBy(() -> TensorType.unranked(ElementType.F32).shape())
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void wrongCountsAndDimensionsAreTheCallersFault() {
        MemorySegment bytes = MemorySegment.ofArray(new byte[11]);
        assertFault(() -> Tensor.of(new float[3], 2, 2), "tensor.wrong-size", "f32[2, 2]", "of 4", "of 3");
        assertFault(() -> Tensor.of(new long[5], 2, 2), "tensor.wrong-size", "of 4", "of 5");
        assertFault(() -> Tensor.of(ElementType.U4, new byte[2], 5), "tensor.wrong-size", "of 3", "of 2");
        assertFault(() -> Tensor.of(ElementType.F32, new long[] {3}, bytes), "tensor.wrong-size", "12 bytes");
        assertFault(() -> Tensor.ofStrings(new String[] {"a"}, 2), "tensor.wrong-size", "2 strings");
        assertFault(() -> Tensor.of(new float[3], -3), "tensor.wrong-dims", "[-3]");
        assertFault(
                () -> Tensor.of(ElementType.F32, new long[] {1L << 40, 1L << 40}, bytes), "tensor.wrong-dims", "2^63");
        assertThatThrownBy(() -> Tensor.ofStrings(new String[] {"a", null}, 2))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("string 1 is null");
    }

    /** Of any width, and where a byte has several elements. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "U4", "C64", "BOOL", "I16", "STRING"})
    void elementsAreCopiedTogetherAsOneByOne(ElementType type) {
        byte[] bits = new byte[40];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = (byte) (type.isBool() ? 1 : 37 * i + 19);
        }
        Tensor from = type.isString()
                ? Tensor.ofStrings(new String[] {"a", "b", "c", "d", "e"}, 5)
                : Tensor.of(type, new long[] {5}, MemorySegment.ofArray(bits));
        Tensor together = Tensor.zeros(type, 7);
        Tensor single = Tensor.zeros(type, 7);
        together.copyElements(3, from, 1, 3);
        for (int i = 0; i < 3; i++) {
            single.copyElement(3 + i, from, 1 + i);
        }
        assertThat(together).isEqualTo(single).isNotEqualTo(Tensor.zeros(type, 7));
        assertThatThrownBy(() -> together.copyElements(6, from, 1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static void assertFault(ThrowingCallable call, String code, String... words) {
        assertThatThrownBy(call)
                .isInstanceOf(LatheException.class)
                .hasMessageStartingWith("error[" + code + "]: ")
                .hasMessageContainingAll(words);
    }
}
