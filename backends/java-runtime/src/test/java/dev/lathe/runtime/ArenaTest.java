package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.lathe.ir.diag.LatheException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class ArenaTest {

    private static int[][] lives(Random random, int buffers) {
        int[][] lives = new int[2][buffers];
        for (int i = 0; i < buffers; i++) {
            lives[0][i] = random.nextInt(20);
            lives[1][i] = lives[0][i] + random.nextInt(6);
        }
        return lives;
    }

    private static long[] sizes(Random random, int buffers) {
        return random.longs(buffers, 0, 200).map(s -> s < 40 ? 0 : s).toArray();
    }

    private static void check(Arena arena, int[][] lives, long[] sizes, int reserved) {
        long sum = 0;
        for (int i = 0; i < sizes.length; i++) {
            assertThat(arena.at[i] % 16).isZero();
            assertThat(arena.at[i]).isGreaterThanOrEqualTo(reserved);
            assertThat(arena.at[i] + sizes[i]).isLessThanOrEqualTo(arena.size());
            sum += (sizes[i] + 15) / 16 * 16;
            for (int j = 0; j < i; j++) {
                boolean together = lives[0][i] <= lives[1][j] && lives[0][j] <= lives[1][i];
                boolean apart = arena.at[i] + sizes[i] <= arena.at[j] || arena.at[j] + sizes[j] <= arena.at[i];
                assertThat(apart || !together)
                        .as("buffers %s and %s are apart", i, j)
                        .isTrue();
            }
        }
        assertThat(arena.size()).isLessThanOrEqualTo(sum + (reserved + 15) / 16 * 16L + Machine.LANES);
    }

    @Property(tries = 500)
    void buffersThatLiveTogetherNeverOverlap(
            @ForAll @IntRange(max = 40) int buffers, @ForAll @IntRange(max = 50) int reserved, @ForAll long seed) {
        Random random = new Random(seed);
        int[][] lives = lives(random, buffers);
        Arena arena = new Arena(lives[0], lives[1]);
        for (int shape = 0; shape < 2; shape++) { // a plan leaves nothing behind for the next
            long[] sizes = sizes(random, buffers);
            arena.plan(sizes, reserved);
            check(arena, lives, sizes, reserved);
        }
    }

    /** The greatest first, each at the lowest place that is free; found by a look at all others. */
    @Property(tries = 200)
    void eachBufferIsAtTheLowestPlace(@ForAll @IntRange(max = 60) int buffers, @ForAll long seed) {
        Random random = new Random(seed);
        int[][] lives = lives(random, buffers);
        for (int i = 0; i < buffers; i += 5) {
            lives[1][i] = random.nextBoolean() ? Integer.MAX_VALUE : lives[0][i] + random.nextInt(20);
        }
        long[] sizes = sizes(random, buffers);
        Arena arena = new Arena(lives[0], lives[1]);
        arena.plan(sizes, 0);
        List<Integer> order = IntStream.range(0, buffers)
                .boxed()
                .sorted(Comparator.comparingLong(i -> -sizes[i]))
                .toList();
        for (int n = 0; n < buffers; n++) {
            int i = order.get(n);
            List<Integer> others = order.subList(0, n).stream()
                    .filter(j -> lives[0][i] <= lives[1][j] && lives[0][j] <= lives[1][i])
                    .toList();
            int place = 0;
            while (meetsOne(arena, sizes, others, place, sizes[i])) {
                place += 16;
            }
            assertThat(arena.at[i]).isEqualTo(place);
        }
    }

    private static boolean meetsOne(Arena arena, long[] sizes, List<Integer> others, int place, long size) {
        return others.stream().anyMatch(j -> place < arena.at[j] + sizes[j] && arena.at[j] < place + size);
    }

    /** A plan takes no time to speak of: here a look at all pairs takes some ten seconds. */
    @Example
    void manyBuffersArePlanned() {
        int n = 50_000;
        int[] first = IntStream.range(0, n).toArray();
        int[] last = IntStream.range(0, n).map(i -> i + 1 + i % 7).toArray();
        Arena arena = new Arena(first, last);
        assertTimeout(
                Duration.ofSeconds(5),
                () -> arena.plan(LongStream.range(0, n).map(i -> 1 + i % 97).toArray(), 0));
        assertThat(arena.size()).isLessThan(2_000);
    }

    @Example
    void aChainNeedsTwoBuffers() {
        int n = 100;
        int[] first = new int[n];
        int[] last = new int[n];
        long[] sizes = new long[n];
        for (int i = 0; i < n; i++) {
            first[i] = i;
            last[i] = i + 1;
            sizes[i] = 160;
        }
        Arena arena = new Arena(first, last);
        arena.plan(sizes, 0);
        assertThat(arena.size()).isEqualTo(320 + Machine.LANES);
    }

    @Example
    void aSmallBufferFillsAGap() {
        // The third lives with the second only, and fits below it where the first was.
        Arena arena = new Arena(new int[] {0, 1, 2}, new int[] {1, 2, 2});
        arena.plan(new long[] {160, 96, 64}, 0);
        assertThat(arena.at).containsExactly(0, 160, 0);
        assertThat(arena.size()).isEqualTo(256 + Machine.LANES);
    }

    @Example
    void whatNoArrayHoldsHasItsExactSize() {
        Arena arena = new Arena(new int[] {0, 0}, new int[] {0, 0});
        arena.plan(new long[] {1L << 30, 1L << 30}, 16);
        assertThat(arena.size()).isEqualTo((1L << 31) + 16 + Machine.LANES);
        arena.plan(new long[] {1L << 40, 1}, 0);
        assertThat(arena.size()).isEqualTo((1L << 40) + 1 + Machine.LANES);
        assertThatThrownBy(() -> arena.plan(new long[] {Long.MAX_VALUE, 1}, 0))
                .isInstanceOf(LatheException.class)
                .hasMessageContaining("run.too-large");
    }
}
