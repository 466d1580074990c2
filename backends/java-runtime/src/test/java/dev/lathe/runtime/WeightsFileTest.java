package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Weights as they are stored, with their zeros and without. */
class WeightsFileTest {

    private static Tensor random(ElementType element, long seed, double share, long... dims) {
        Random random = new Random(seed);
        Tensor t = Tensor.zeros(element, dims);
        byte[] bytes = new byte[(int) t.byteSize()];
        int width = Math.max(1, element.bits() / 8);
        for (int i = 0; i < bytes.length; i += width) {
            if (random.nextDouble() < share) {
                for (int k = 0; k < width; k++) {
                    // Booleans are zeros and ones, and bits beyond the last element of a byte are zero.
                    bytes[i + k] = (byte) (element == ElementType.BOOL ? 1 : random.nextInt());
                }
            }
        }
        t.data().copyFrom(MemorySegment.ofArray(bytes));
        return t;
    }

    private static byte[] write(List<Tensor> weights) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        WeightsFile.write(weights, out);
        return out.toByteArray();
    }

    private static void assertSameBits(Tensor actual, Tensor expected) {
        assertThat(actual.type()).isEqualTo(expected.type());
        assertThat(actual.data()
                        .asSlice(0, actual.byteSize())
                        .mismatch(expected.data().asSlice(0, expected.byteSize())))
                .isEqualTo(-1);
    }

    @Property(tries = 60)
    void everyElementTypeComesBackBitByBit(
            @ForAll @IntRange(max = 40_000) int size, @ForAll @IntRange(max = 100) int percent, @ForAll long seed)
            throws IOException {
        List<Tensor> weights = new ArrayList<>();
        for (ElementType element : ElementType.values()) {
            if (!element.isString()) {
                weights.add(random(element, seed + weights.size(), percent / 100.0, size));
            }
        }
        weights.add(Tensor.ofStrings(new String[] {"a", "", "zero\0"}, 3));
        byte[] bytes = write(weights);
        assertThat(write(weights)).isEqualTo(bytes);
        List<Tensor> read = WeightsFile.read(new ByteArrayInputStream(bytes));
        assertThat(read).hasSameSizeAs(weights);
        for (int i = 0; i < weights.size() - 1; i++) {
            assertSameBits(read.get(i), weights.get(i));
        }
        assertThat(read.getLast()).isEqualTo(weights.getLast());
    }

    @Example
    void zerosTakeOneBit() throws IOException {
        Tensor t = Tensor.zeros(ElementType.F32, 1000, 1000);
        for (int i = 0; i < 1_000_000; i += 10) {
            t.setFloat(i, 1);
            t.setFloat(i + 3, -1);
            t.setFloat(i + 5, -0f); // has a bit
        }
        assertThat(write(List.of(t))).hasSizeBetween(1_325_000, 1_326_000);
        assertThat(write(List.of(random(ElementType.F32, 1, 0.9, 1000, 1000)))).hasSizeGreaterThan(4_000_000);
        assertThat(write(List.of(random(ElementType.I8, 1, 0.3, 1_000_000)))).hasSizeLessThan(430_000);
    }

    @Example
    void whatIsDamagedIsReported() throws IOException {
        byte[] bytes = write(List.of(random(ElementType.F32, 1, 0.3, 5000), random(ElementType.I8, 2, 0.2, 3, 999)));
        Random random = new Random(3);
        for (int i = 0; i < 500; i++) {
            byte[] damaged = bytes.clone();
            damaged[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            assertThatThrownBy(() -> WeightsFile.read(new ByteArrayInputStream(damaged)))
                    .isInstanceOf(IOException.class);
            byte[] part = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            assertThatThrownBy(() -> WeightsFile.read(new ByteArrayInputStream(part)))
                    .isInstanceOf(IOException.class);
        }
    }

    /** A file whose checksums hold, and whose bits claim other elements than there are. */
    @Example
    void bitsThatDoNotFitAreReported() throws IOException {
        byte[] bytes = write(List.of(random(ElementType.F32, 1, 0.3, 5001)));
        int index = ByteBuffer.wrap(bytes).getInt(4);
        int start = 12 + index;
        for (int place : new int[] {start, start + 300, start + 625}) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] changed = bytes.clone();
                changed[place] ^= (byte) (1 << bit);
                CRC32C sum = new CRC32C();
                sum.update(changed, start, changed.length - 4 - start);
                ByteBuffer.wrap(changed).putInt(changed.length - 4, (int) sum.getValue());
                assertThatThrownBy(() -> WeightsFile.read(new ByteArrayInputStream(changed)))
                        .isInstanceOf(IOException.class);
            }
        }
    }
}
