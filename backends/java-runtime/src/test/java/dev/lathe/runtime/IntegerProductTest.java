package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When products run on tiles of bytes, and that this changes no bit. */
class IntegerProductTest {
    private static final int WIDTH = 2 * Math.max(8, Machine.LANES);
    private static final Tiles TILES = new PlainTiles(WIDTH, 4);

    @BeforeEach
    void needsTiles() {
        Assumptions.assumeTrue(Machine.byteTiles(WIDTH) != null, "no tiles of bytes: " + Machine.machineTiles());
    }

    private static PackedMatrix packed(float[] b, int depth, float... bias) {
        return PackedMatrix.ofMatrix(TILES, b, depth, b.length / depth, bias);
    }

    private static IntegerProduct product(float[] b, int depth, float... bias) {
        return Objects.requireNonNull(IntegerProduct.of(packed(b, depth, bias)));
    }

    /** Weights of one column, all the same but for a zero. */
    private static float[] column(int depth, float weight) {
        float[] b = new float[depth];
        Arrays.fill(b, weight);
        b[0] = 0;
        return b;
    }

    @Test
    void integersOfOneByteAreTaken() {
        IntegerProduct p = product(column(101, 100), 101);
        assertThat(p.prepare(0, 255)).isTrue();
        assertThat(p.prepare(-128, 127)).isTrue();
        assertThat(p.prepare(-1000, -800)).isTrue();
        assertThat(p.prepare(0, 256)).isFalse();
        assertThat(p.prepare(0.5f, 2)).isFalse();
        assertThat(p.prepare(Float.NaN, 2)).isFalse();
        assertThat(p.prepare(0, Float.POSITIVE_INFINITY)).isFalse();
        assertThat(product(column(9, 200), 9).prepare(0, 1)).isTrue(); // without a sign
        assertThat(product(column(9, -255), 9).prepare(0, 1)).isTrue();
    }

    /** Beyond these, floats would round, and tiles of bytes would not: one must not be the other. */
    @Test
    void sumsThatFloatsDoNotHoldAreLeftToFloats() {
        int depth = (1 << 24) / 64 / 128 + 1; // the first is zero
        IntegerProduct p = product(column(depth, 128), depth);
        assertThat(p.prepare(0, 64)).isTrue();
        assertThat(p.prepare(0, 65)).isFalse();
        assertThat(p.prepare(-65, 64)).isFalse();
        assertThat(product(column(depth, 128), depth, 1).prepare(0, 64)).isFalse();
        assertThat(product(column(depth, 128), depth, 1).prepare(0, 63)).isTrue();
    }

    @Test
    void otherNumbersAreLeftToFloats() {
        assertThat(IntegerProduct.of(packed(column(8, 0.5f), 8))).isNull();
        assertThat(IntegerProduct.of(packed(column(8, 1e7f), 8))).isNull();
        float[] apart = {-200, 200, -190, 210};
        assertThat(product(apart, 2).prepare(0, 1)).isFalse(); // though those of a column are not
        assertThat(product(column(8, 1), 8, 0.5f).prepare(0, 1)).isFalse();
        assertThat(product(column(8, 1), 8, -0f).prepare(0, 1)).isFalse();
        assertThat(product(column(8, 1), 8, 3).prepare(0, 1)).isTrue();
        assertThat(IntegerProduct.isLikely(new float[] {1, -2, 3.5f}, 0, 2)).isTrue();
        assertThat(IntegerProduct.isLikely(new float[] {1, -2, 3.5f}, 0, 3)).isFalse();
        assertThat(IntegerProduct.isLikely(new float[0], 0, 0)).isFalse();
    }

    /** One kernel, call after call: small integers, others, and floats. */
    @Test
    void everyCallHasTheBitsOfFloats() {
        Random random = new Random(5);
        for (int depth : new int[] {1, 3, 4, 30, 64, 301}) {
            for (int columns : new int[] {1, WIDTH, WIDTH + 5}) {
                float[] b = new float[depth * columns];
                int least = random.nextInt(-255, 1);
                for (int i = 0; i < b.length; i++) {
                    b[i] = least + random.nextInt(256);
                }
                float[] bias = new float[columns];
                for (int j = 0; j < columns; j++) {
                    bias[j] = random.nextInt(-50, 50);
                }
                Gemm gemm = new Gemm(TILES, PackedMatrix.ofMatrix(TILES, b, depth, columns, bias), null);
                Gemm floats = new Gemm(TILES, PackedMatrix.ofFloats(TILES, b, depth, columns, bias), null);
                for (int call = 0; call < 6; call++) {
                    int rows = 1 + random.nextInt(20);
                    float[] a = new float[rows * depth];
                    int from = random.nextInt(-255, 1);
                    for (int i = 0; i < a.length; i++) {
                        a[i] = from + random.nextInt(256) + (call == 3 ? 0.5f : 0);
                    }
                    float[] expected = new float[rows * columns];
                    float[] actual = new float[rows * columns];
                    floats.prepare(rows, 1);
                    floats.run(a, 0, expected, 0);
                    gemm.prepare(rows, 2);
                    gemm.run(a, 0, actual, 0);
                    assertThat(actual).isEqualTo(expected);
                }
            }
        }
    }
}
