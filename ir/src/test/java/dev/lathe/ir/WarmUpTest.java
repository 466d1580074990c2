package dev.lathe.ir;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WarmUpTest {
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger calls = new AtomicInteger();

    /** Calls that take so many milliseconds, or the last of these. */
    private Runnable taking(int... millis) {
        return () -> nanos.addAndGet(1_000_000L * millis[Math.min(calls.getAndIncrement(), millis.length - 1)]);
    }

    private int run(Runnable call, long seconds) {
        return WarmUp.run(call, Duration.ofSeconds(seconds), nanos::get);
    }

    @Test
    void endsOnceCallsGetNoFaster() {
        int n = run(taking(900, 700, 500, 300, 200, 100, 50), 60);
        assertThat(n).isEqualTo(calls.get()).isBetween(7, 30);
    }

    @Test
    void keepsItsBudget() {
        assertThat(run(taking(900), 2)).isEqualTo(3);
        assertThat(nanos.get()).isEqualTo(2_700_000_000L);
    }

    @Test
    void callsOnceWithoutABudget() {
        assertThat(run(taking(10), 0)).isEqualTo(1);
    }
}
