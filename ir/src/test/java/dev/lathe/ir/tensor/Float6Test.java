package dev.lathe.ir.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lathe.ir.type.ElementType;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The floats of six bits, as the OCP Microscaling Formats define them. */
class Float6Test {
    private static double rounded(ElementType type, double value) {
        return Tensor.scalar(type, value).getDouble(0);
    }

    @ParameterizedTest
    @EnumSource(names = {"F6E2M3", "F6E3M2"})
    void everyCodeIsANumberAndComesBack(ElementType type) {
        Tensor codes = Tensor.zeros(type, 64);
        Tensor again = Tensor.zeros(type, 64);
        for (int i = 0; i < 64; i++) {
            codes.setBits(i, i);
            again.setDouble(63 - i, Double.NaN); // neighbours must not change each other
        }
        for (int i = 0; i < 64; i++) {
            assertThat(codes.getDouble(i)).isFinite();
            again.setDouble(i, codes.getDouble(i));
        }
        assertThat(again).isEqualTo(codes);
        assertThat(codes.byteSize()).isEqualTo(48);
    }

    @ParameterizedTest
    @CsvSource({
        "F6E2M3, 25, 7.5", "F6E2M3, -8, -7.5", "F6E2M3, 1.05, 1", "F6E2M3, 0.1875, 0.25", "F6E2M3, 0.0625, 0",
        "F6E2M3, Infinity, 7.5", "F6E2M3, NaN, -0.0", "F6E2M3, -0.0, -0.0", "F6E3M2, 25, 24", "F6E3M2, 29, 28",
        "F6E3M2, 0.03125, 0", "F6E3M2, 0.0625, 0.0625", "F6E3M2, -Infinity, -28", "F6E3M2, 26, 24", "F6E3M2, 1e6, 28"
    })
    void numbersRoundToEvenAndSaturate(ElementType type, double value, double expected) {
        assertThat(rounded(type, value)).isEqualTo(expected);
        Tensor cast = Tensor.zeros(type);
        cast.setRounded(0, value, false); // there is nothing that not saturating could give
        assertThat(cast.getDouble(0)).isEqualTo(expected);
    }

    @Test
    void fourAreThreeBytesTheFirstInTheLowBits() {
        Tensor t = Tensor.zeros(ElementType.F6E2M3, 5);
        double[] values = {1, -2.5, 0.125, 7.5, -0.0};
        for (int i = 0; i < values.length; i++) {
            t.setDouble(i, values[i]);
        }
        assertThat(t.data().toArray(ValueLayout.JAVA_BYTE)).containsExactly(0x88, 0x1c, 0x7c, 0x20);
    }
}
