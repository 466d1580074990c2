package dev.lathe.ir.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

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
}
