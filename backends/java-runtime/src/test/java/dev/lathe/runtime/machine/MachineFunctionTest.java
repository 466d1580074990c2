package dev.lathe.runtime.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lathe.runtime.machine.Assembler.Form;
import dev.lathe.runtime.machine.VectorFunction.Kind;
import dev.lathe.runtime.machine.VectorFunction.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Functions that tiles apply to sums in registers, against their definition, at every height. */
class MachineFunctionTest {
    private static final float[] CONSTANTS = {0.5f, -1.25f, 3f, -0f, Float.intBitsToFloat(Integer.MAX_VALUE)};
    private static final int NUMBERS = 4;
    /** What each column has of its own. */
    private static final int OF_COLUMNS = 3;

    private static final List<Kind> KINDS = List.of(Kind.values());
    private static final float[] SPECIAL = {
        0f, -0f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MIN_VALUE, -88.8f, 127f
    };

    private static VectorFunction random(Random random) {
        List<Operation> operations = new ArrayList<>();
        int n = 1 + random.nextInt(12);
        for (int i = 0; i < n; i++) {
            Kind kind = KINDS.get(random.nextInt(KINDS.size()));
            int c = kind.operands() == 3 ? operand(random, i) : 0;
            int a = switch (kind) {
                case MULTIPLY_ADD, ROUND, NUMBER -> random.nextInt(i + 1);
                case COLUMN -> random.nextInt(OF_COLUMNS);
                default -> operand(random, i);
            };
            int b = switch (kind) { // bits of the sign, so that NaN stays NaN
                case XOR -> -NUMBERS;
                case AND -> -NUMBERS - 1;
                case ROUND, NUMBER, COLUMN -> 0;
                default -> operand(random, i);
            };
            operations.add(new Operation(kind, a, b, c));
        }
        return new VectorFunction(operations);
    }

    private static int operand(Random random, int values) {
        return random.nextInt(-NUMBERS, values + 1); // constants, the argument, earlier results
    }

    /** {@code numbers} has those of the column from {@code at} on, so many apart. */
    private static float apply(VectorFunction f, float x, float[] numbers, int at, int step) {
        float[] values = new float[f.operations().size() + 1];
        values[0] = x;
        for (int i = 0; i < f.operations().size(); i++) {
            Operation o = f.operations().get(i);
            values[i + 1] = o.kind() == Kind.COLUMN
                    ? numbers[at + o.a() * step]
                    : apply(o.kind(), value(values, o.a()), value(values, o.b()), value(values, o.c()));
        }
        return values[values.length - 1];
    }

    private static float value(float[] values, int operand) {
        return operand < 0 ? CONSTANTS[-1 - operand] : values[operand];
    }

    private static float apply(Kind kind, float a, float b, float c) {
        return switch (kind) {
            case ADD -> a + b;
            case SUBTRACT -> a - b;
            case MULTIPLY -> a * b;
            case DIVIDE -> a / b;
            case LESS -> a < b ? a : b;
            case GREATER -> a > b ? a : b;
            case MULTIPLY_ADD -> Math.fma(a, b, c);
            case SCALE -> scaled(a, b);
            case AND -> Float.intBitsToFloat(Float.floatToRawIntBits(a) & Float.floatToRawIntBits(b));
            case XOR -> Float.intBitsToFloat(Float.floatToRawIntBits(a) ^ Float.floatToRawIntBits(b));
            case ROUND -> (float) Math.rint(a);
            case NUMBER -> Float.isNaN(a) ? 0 : a;
            case COLUMN -> throw new IllegalArgumentException();
        };
    }

    /** As {@code vscalefps}: of a power that is no integer, the one below. */
    private static float scaled(float a, float b) {
        if (Float.isNaN(a) || Float.isNaN(b)) {
            return Float.NaN;
        }
        if (Float.isInfinite(b)) {
            return b > 0 ? a == 0 ? Float.NaN : a * Float.POSITIVE_INFINITY : Float.isInfinite(a) ? Float.NaN : a * 0f;
        }
        return Math.scalb(a, (int) Math.floor(Math.clamp(b, -1000f, 1000f)));
    }

    private static @Nullable MachineFunction code(VectorFunction f) {
        Assumptions.assumeTrue(MachineCode.missing().isEmpty(), MachineCode.missing());
        Assumptions.assumeTrue(MachineCode.depthwise(TapLine.ONE) != null, "the processor has no AVX-512");
        return MachineCode.function(f);
    }

    @Test
    void everyRegisterBecomesWhatTheFunctionMakesOfIt() throws ExecutableMemory.RefusedException {
        Random random = new Random(5);
        int written = 0;
        for (int i = 0; i < 60; i++) {
            VectorFunction f = random(random);
            MachineFunction code = code(f);
            if (code == null) {
                continue; // more values at a time than registers
            }
            written++;
            MachineTiles floats = Objects.requireNonNull(MachineCode.floats(2 * Form.EVEX.lanes));
            for (MachineTiles tiles : List.of(floats, WindowsCalls.of(TileCode.Kind.FLOATS, Form.EVEX))) {
                ofTiles(tiles, f, code, 1 + i % tiles.maxRows(), 1 + random.nextInt(tiles.width()), random);
            }
            TapLine line = i % 2 == 0 ? TapLine.ONE : TapLine.of(5, 1, 1);
            MachineDepthwise depthwise = Objects.requireNonNull(MachineCode.depthwise(line));
            if (f.columns() > 0) {
                assertThatThrownBy(code::entries).isInstanceOf(IllegalArgumentException.class);
                continue;
            }
            for (MachineDepthwise kernel : List.of(depthwise, WindowsCalls.depthwise(line))) {
                ofPixels(kernel, line, f, code, 1 + i % 11, 1 + random.nextInt(70), random);
            }
        }
        assertThat(written).isGreaterThan(40);
    }

    private static void ofTiles(
            MachineTiles tiles, VectorFunction f, MachineFunction code, int rows, int columns, Random random) {
        float[] sums = starts(random, tiles.width());
        float[] addend = starts(random, 2 * rows * columns);
        float[] c = new float[2 * rows * columns];
        float[] b = {0};
        int width = tiles.width();
        float[] numbers = starts(random, 1 + f.columns() * width);
        tiles.multiplyTiles(
                2,
                rows,
                b,
                0,
                0,
                0,
                1,
                0,
                b,
                0,
                sums,
                0,
                c,
                0,
                columns,
                columns,
                addend,
                0,
                columns,
                code,
                CONSTANTS,
                numbers,
                1,
                Float.NEGATIVE_INFINITY,
                Float.POSITIVE_INFINITY,
                0,
                4);
        for (int i = 0; i < c.length; i++) {
            assertBits(c[i], apply(f, sums[i % columns] + addend[i], numbers, 1 + i % columns, width), f);
        }
        assertThatThrownBy(() -> tiles.multiplyTiles(
                        2,
                        rows,
                        b,
                        0,
                        0,
                        0,
                        1,
                        0,
                        b,
                        0,
                        sums,
                        0,
                        c,
                        0,
                        columns,
                        columns,
                        null,
                        0,
                        0,
                        code(new VectorFunction(List.of(new Operation(Kind.ADD, 0, -1, 0)))),
                        new float[0],
                        numbers,
                        0,
                        Float.NEGATIVE_INFINITY,
                        Float.POSITIVE_INFINITY,
                        0,
                        4))
                .isInstanceOf(IndexOutOfBoundsException.class);
        int columnsOfFunction = f.columns();
        float[] tooShort = Arrays.copyOf(numbers, Math.max(0, columnsOfFunction * width - 1));
        Assertions.assertThatCode(() -> tiles.multiplyTiles(
                        1,
                        rows,
                        b,
                        0,
                        0,
                        0,
                        1,
                        0,
                        b,
                        0,
                        sums,
                        0,
                        c,
                        0,
                        columns,
                        columns,
                        null,
                        0,
                        0,
                        code,
                        CONSTANTS,
                        tooShort,
                        0,
                        Float.NEGATIVE_INFINITY,
                        Float.POSITIVE_INFINITY,
                        0,
                        4))
                .matches(e -> (e instanceof IndexOutOfBoundsException) == (columnsOfFunction > 0));
        ofBytes(f, code, rows, columns, sums, addend, random);
    }

    /** The same of tiles of bytes, whose sums are integers. */
    private static void ofBytes(
            VectorFunction f,
            MachineFunction code,
            int rows,
            int columns,
            float[] sums,
            float[] addend,
            Random random) {
        MachineTiles tiles = MachineCode.bytes(sums.length);
        if (tiles == null) {
            return; // a processor without products of bytes
        }
        int width = tiles.width();
        float[] numbers = starts(random, 1 + f.columns() * width);
        int[] init = new int[width];
        int[] starts = new int[rows];
        Arrays.setAll(init, j -> (int) sums[j]);
        Arrays.setAll(starts, r -> random.nextInt(1000));
        float[] c = new float[rows * columns];
        tiles.multiplyBytes(
                rows,
                new byte[0],
                0,
                0,
                0,
                new byte[0],
                0,
                init,
                0,
                starts,
                0,
                c,
                0,
                columns,
                columns,
                addend,
                0,
                columns,
                code,
                CONSTANTS,
                numbers,
                1,
                Float.NEGATIVE_INFINITY,
                Float.POSITIVE_INFINITY);
        for (int i = 0; i < c.length; i++) {
            float sum = init[i % columns] + starts[i / columns];
            assertBits(c[i], apply(f, sum + addend[i], numbers, 1 + i % columns, width), f);
        }
    }

    private static void ofPixels(
            MachineDepthwise kernel,
            TapLine line,
            VectorFunction f,
            MachineFunction code,
            int pixels,
            int channels,
            Random random) {
        // The first tap is one, and the others are zeros.
        float[] x = Arrays.copyOf(starts(random, pixels * channels), line.columns(pixels) * channels);
        float[] ones = new float[line.taps() * channels];
        Arrays.fill(ones, 0, channels, 1);
        float[] y = new float[pixels * channels];
        PixelRuns runs = new PixelRuns(line, channels, channels);
        runs.add(pixels, 0, new int[] {0}, 0, 0);
        kernel.multiply(
                runs,
                0,
                channels,
                x,
                0,
                ones,
                new float[channels],
                y,
                0,
                code,
                CONSTANTS,
                Float.NEGATIVE_INFINITY,
                Float.POSITIVE_INFINITY);
        for (int i = 0; i < y.length; i++) {
            assertBits(y[i], apply(f, sum(x, ones, line, i, channels), new float[0], 0, 0), f);
        }
    }

    /** What a pixel's element is before the function. */
    private static float sum(float[] x, float[] filter, TapLine line, int element, int channels) {
        float sum = 0;
        for (int t = 0; t < line.taps(); t++) {
            int column = element / channels * line.stride() + t * line.dilation();
            int channel = element % channels;
            sum = Math.fma(x[column * channels + channel], filter[t * channels + channel], sum);
        }
        return sum;
    }

    private static float[] starts(Random random, int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) {
            x[i] = random.nextInt(4) == 0
                    ? SPECIAL[random.nextInt(SPECIAL.length)]
                    : (float) (random.nextGaussian() * Math.exp(random.nextInt(-5, 6)));
        }
        return x;
    }

    private static void assertBits(float actual, float expected, VectorFunction f) {
        if (!(Float.isNaN(actual) && Float.isNaN(expected))) {
            assertThat(Float.floatToRawIntBits(actual))
                    .as("%s and %s of %s", actual, expected, f)
                    .isEqualTo(Float.floatToRawIntBits(expected));
        }
    }
}
