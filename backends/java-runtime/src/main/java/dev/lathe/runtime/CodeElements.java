package dev.lathe.runtime;

import dev.lathe.ir.tensor.Sizes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Elements that are codes of 8 or 4 bits, less a zero point, times a scale. These are the same for the rows of a block
 * in each column.
 *
 * <p>A row of codes of 8 bits has {@code width} bytes with sign. One of codes of 4 bits has half as many: byte
 * {@code j} holds column {@code j} in its low bits, and in its high bits column {@code j + (width + 1) / 2}.
 */
final class CodeElements implements NarrowElements {
    /** Integers up to here are exact in floats, also after a code is added. */
    private static final float LARGEST = 1 << 23;
    /** The fewest rows of a block that is not all of a column: of fewer there would be too many scales. */
    private static final int LEAST_BLOCK = 8;

    /** A number for each panel, block and column of the panel, which may be the same for all blocks, or for all. */
    record Factors(float[] values, int panelStride, int blockStride) {
        /** One number for all. */
        static Factors same(float value, int width) {
            float[] values = new float[width];
            Arrays.fill(values, value);
            return new Factors(values, 0, 0);
        }

        /** Of {@code all}, as few as say the same. */
        static Factors of(float[] all, int panels, int blocks, int width) {
            boolean oneRow = true;
            boolean oneBlock = true;
            for (int i = 0; i < all.length; i++) {
                int bits = Float.floatToRawIntBits(all[i]);
                oneRow &= bits == Float.floatToRawIntBits(all[i % width]);
                oneBlock &= bits == Float.floatToRawIntBits(all[i / (blocks * width) * (blocks * width) + i % width]);
            }
            if (!oneBlock) {
                return new Factors(all, blocks * width, width);
            }
            float[] first = new float[(oneRow ? 1 : panels) * width];
            for (int i = 0; i < first.length; i++) {
                first[i] = all[i / width * blocks * width + i % width];
            }
            return new Factors(first, oneRow ? 0 : width, 0);
        }

        int at(int panel, int block) {
            return panel * panelStride + block * blockStride;
        }
    }

    private final Primitives primitives = Primitives.best();
    private final int rows;
    private final int width;
    private final int block;
    private final boolean nibbles;
    private final byte[] codes;
    private final Factors zeros;
    private final Factors scales;

    private CodeElements(int rows, int width, int block, boolean nibbles, byte[] codes, Factors zeros, Factors scales) {
        this.rows = rows;
        this.width = width;
        this.block = block;
        this.nibbles = nibbles;
        this.codes = codes;
        this.zeros = zeros;
        this.scales = scales;
    }

    /**
     * The same as {@code floats}, panels of {@code rows} rows of this {@code width}, none of which is 0: integers of
     * which those of a column are within 255 of each other. Null if they are something else.
     */
    static @Nullable CodeElements of(float[] floats, int rows, int width) {
        int panels = floats.length / rows / width;
        Range[] columns = ranges(floats, rows, width, panels * width);
        return columns == null
                ? null
                : of(floats, rows, width, rows, new float[panels * width], Factors.same(1, width), columns);
    }

    /**
     * {@code (numbers - zeros) * scales}; null if there are too many scales, or the numbers are no integers of a byte.
     *
     * @param numbers panels of {@code rows} rows of this {@code width}
     * @param block how many rows have the same zeros and scales
     * @param zeros for each panel, block and column of it
     * @param scales likewise
     */
    static @Nullable CodeElements of(float[] numbers, int rows, int width, int block, float[] zeros, float[] scales) {
        int blocks = Math.ceilDiv(rows, block);
        int panels = numbers.length / rows / width;
        Range[] columns = block < LEAST_BLOCK && blocks > 1 ? null : ranges(numbers, rows, width, panels * width);
        return columns == null
                ? null
                : of(numbers, rows, width, block, zeros, Factors.of(scales, panels, blocks, width), columns);
    }

    private static @Nullable CodeElements of(
            float[] numbers, int rows, int width, int block, float[] zeros, Factors scales, Range[] columns) {
        Coding coding = Coding.of(columns);
        if (coding == null) {
            return null;
        }
        int blocks = Math.ceilDiv(rows, block);
        int panels = columns.length / width;
        float[] moved = new float[zeros.length];
        for (int i = 0; i < zeros.length; i++) {
            float shift = coding.shift(columns[i / (blocks * width) * width + i % width]);
            moved[i] = zeros[i] - shift;
            if (moved[i] + shift != zeros[i]) {
                return null;
            }
        }
        int half = (width + 1) / 2;
        byte[] codes = new byte[Sizes.index((long) panels * rows * (coding.nibbles ? half : width))];
        for (int i = 0, row = 0; i < numbers.length; i += width, row++) {
            for (int j = 0; j < width; j++) {
                int code = (int) (numbers[i + j] - coding.shift(columns[row / rows * width + j]));
                if (!coding.nibbles) {
                    codes[i + j] = (byte) code;
                } else {
                    codes[row * half + j % half] |= (byte) (j < half ? code : code << 4);
                }
            }
        }
        return new CodeElements(
                rows, width, block, coding.nibbles, codes, Factors.of(moved, panels, blocks, width), scales);
    }

    /** Between which integers the numbers of a column are. */
    private record Range(float least, float greatest) {
        Range and(Range other) {
            return new Range(Math.min(least, other.least), Math.max(greatest, other.greatest));
        }

        boolean isWithin(float from, float to) {
            return least >= from && greatest <= to;
        }

        float size() {
            return greatest - least;
        }
    }

    /**
     * How many bits codes have, and what is subtracted from a number to make its code: the same for all columns if
     * that is possible, so that there need not be zero points for each.
     */
    private record Coding(boolean nibbles, @Nullable Float common) {
        static @Nullable Coding of(Range[] columns) {
            Range all = columns[0];
            float widest = 0;
            for (Range r : columns) {
                all = all.and(r);
                widest = Math.max(widest, r.size());
            }
            if (all.size() <= 15) {
                return new Coding(true, all.isWithin(0, 15) ? 0 : all.least);
            }
            if (widest <= 15) {
                return new Coding(true, null);
            }
            if (all.size() <= 255) {
                return new Coding(false, all.isWithin(Byte.MIN_VALUE, Byte.MAX_VALUE) ? 0 : all.least - Byte.MIN_VALUE);
            }
            return widest <= 255 ? new Coding(false, null) : null;
        }

        float shift(Range column) {
            return common != null ? common : nibbles ? column.least : column.least - Byte.MIN_VALUE;
        }
    }

    /** Of each column of each panel; null if not all are integers. */
    private static Range @Nullable [] ranges(float[] floats, int rows, int width, int count) {
        float[] least = new float[count];
        float[] greatest = new float[count];
        for (int at = 0, first = 0; at < floats.length; first += width) {
            System.arraycopy(floats, at, least, first, width);
            System.arraycopy(floats, at, greatest, first, width);
            for (int end = at + rows * width; at < end; at += width) {
                for (int j = 0; j < width; j++) {
                    float x = floats[at + j];
                    // Also neither NaN nor a negative zero.
                    if (!(Math.abs(x) <= LARGEST) || Float.floatToRawIntBits(x) != Float.floatToRawIntBits((int) x)) {
                        return null;
                    }
                    least[first + j] = Math.min(least[first + j], x);
                    greatest[first + j] = Math.max(greatest[first + j], x);
                }
            }
        }
        Range[] ranges = new Range[count];
        for (int j = 0; j < count; j++) {
            ranges[j] = new Range(least[j], greatest[j]);
        }
        return ranges;
    }

    /** Whether all scales are 1. */
    boolean areIntegers() {
        for (float scale : scales.values) {
            if (scale != 1) {
                return false;
            }
        }
        return true;
    }

    @Override
    public long bytes() {
        return codes.length + 4L * (zeros.values.length + scales.values.length);
    }

    @Override
    public void widen(int panel, int row, int n, float[] room) {
        int bytes = nibbles ? (width + 1) / 2 : width;
        for (int r = row, end; r < row + n; r = end) {
            end = Math.min(row + n, (r / block + 1) * block);
            int at = (panel * rows + r) * bytes;
            int zerosAt = zeros.at(panel, r / block);
            int scalesAt = scales.at(panel, r / block);
            int to = (r - row) * width;
            if (nibbles) {
                primitives.widenNibbles(
                        codes, at, end - r, width, zeros.values, zerosAt, scales.values, scalesAt, room, to);
            } else {
                primitives.widen(codes, at, end - r, width, zeros.values, zerosAt, scales.values, scalesAt, room, to);
            }
        }
    }

    @Override
    public void multiply(int panel, int row, int n, float[] a, int aAt, Tiles tiles, float[] room, float[] sums) {
        int bytes = nibbles ? (width + 1) / 2 : width;
        for (int r = row, end; r < row + n; r = end) {
            end = Math.min(row + n, (r / block + 1) * block);
            int at = (panel * rows + r) * bytes;
            int zerosAt = zeros.at(panel, r / block);
            int scalesAt = scales.at(panel, r / block);
            int left = aAt + r - row;
            if (nibbles) {
                primitives.multiplyNibbles(
                        a, left, codes, at, end - r, width, zeros.values, zerosAt, scales.values, scalesAt, sums);
            } else {
                primitives.multiply(
                        a, left, codes, at, end - r, width, zeros.values, zerosAt, scales.values, scalesAt, sums);
            }
        }
    }
}
