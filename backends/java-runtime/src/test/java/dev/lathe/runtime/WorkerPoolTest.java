package dev.lathe.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkerPoolTest {

    /** Counts how often each task runs, and checks that no worker runs two at a time. */
    private static final class Counting implements WorkerPool.Body {
        final AtomicIntegerArray runs;
        final AtomicIntegerArray active;
        final AtomicInteger clashes = new AtomicInteger();

        Counting(int tasks, int workers) {
            runs = new AtomicIntegerArray(tasks);
            active = new AtomicIntegerArray(workers);
        }

        @Override
        public void run(int task, int worker) {
            if (active.getAndIncrement(worker) != 0) {
                clashes.incrementAndGet();
            }
            runs.incrementAndGet(task);
            active.decrementAndGet(worker);
        }

        void check(int times) {
            assertThat(clashes).hasValue(0);
            for (int i = 0; i < runs.length(); i++) {
                assertThat(runs.get(i)).as("runs of task %s", i).isEqualTo(times);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8, 40})
    void eachTaskRunsOnce(int size) {
        WorkerPool pool = new WorkerPool(size);
        assertThat(pool.size()).isEqualTo(size);
        for (int tasks : new int[] {0, 1, 2, 3, 7, 100}) {
            for (int workers : new int[] {1, 2, size, size + 5}) {
                Counting body = new Counting(tasks, Math.max(1, Math.min(workers, size)));
                for (int n = 0; n < 50; n++) {
                    pool.run(tasks, workers, body);
                }
                body.check(50);
            }
        }
    }

    @Test
    void workersTakePartAlsoAfterTheySlept() throws Exception {
        WorkerPool pool = new WorkerPool(3);
        for (int round = 0; round < 3; round++) {
            // Each of three tasks waits for the others, so that three threads must take one each.
            CountDownLatch all = new CountDownLatch(3);
            Set<Integer> workers = ConcurrentHashMap.newKeySet();
            pool.run(3, 3, (task, worker) -> {
                workers.add(worker);
                all.countDown();
                await(all);
            });
            assertThat(workers).containsExactlyInAnyOrder(0, 1, 2);
            Thread.sleep(100); // long enough to park
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("a worker did not come");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void noMoreWorkersThanAsked() {
        WorkerPool pool = new WorkerPool(4);
        Set<Integer> workers = ConcurrentHashMap.newKeySet();
        for (int n = 0; n < 300; n++) {
            pool.run(20, 4, (task, worker) -> {});
            pool.run(20, 2, (task, worker) -> workers.add(worker));
        }
        assertThat(workers).isSubsetOf(0, 1);
    }

    @Test
    void anExceptionComesOutAndThePoolGoesOn() {
        WorkerPool pool = new WorkerPool(3);
        for (int n = 0; n < 100; n++) {
            int bad = n % 10;
            assertThatThrownBy(() -> pool.run(10, 3, (task, worker) -> {
                        if (task == bad) {
                            throw new IllegalArgumentException("task " + task);
                        }
                    }))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("task " + bad);
            Counting body = new Counting(10, 3);
            pool.run(10, 3, body);
            body.check(1);
        }
        assertThatThrownBy(() -> pool.run(10, 3, (task, worker) -> {
                    throw new StackOverflowError();
                }))
                .isInstanceOf(StackOverflowError.class);
    }

    @Test
    void aLoopInsideOfALoopRuns() {
        WorkerPool pool = new WorkerPool(3);
        AtomicInteger runs = new AtomicInteger();
        for (int n = 0; n < 50; n++) {
            pool.run(8, 3, (outer, worker) -> pool.run(5, 3, (inner, other) -> runs.incrementAndGet()));
        }
        assertThat(runs).hasValue(50 * 8 * 5);
    }

    @Test
    void concurrentCallersNeitherWaitNorMix() throws Exception {
        WorkerPool pool = new WorkerPool(3);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        List<Thread> callers = new ArrayList<>();
        for (int c = 0; c < 4; c++) {
            callers.add(Thread.ofPlatform().start(() -> {
                try {
                    for (int n = 0; n < 2000; n++) {
                        int tasks = 1 + n % 17;
                        Counting body = new Counting(tasks, 3);
                        pool.run(tasks, 3, body);
                        body.check(1);
                    }
                } catch (Throwable t) {
                    failure.set(t);
                }
            }));
        }
        for (Thread t : callers) {
            t.join();
        }
        assertThat(failure.get()).isNull();
    }

    @Test
    void theNumbersOfLoopsMayStartOver() {
        WorkerPool pool = new WorkerPool(3, (1L << 32) - 100);
        Counting body = new Counting(9, 3);
        for (int n = 0; n < 300; n++) {
            pool.run(9, 3, body);
        }
        body.check(300);
    }

    @Test
    void aLoopAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        WorkerPool pool = new WorkerPool(2);
        long[] ids = new long[2];
        WorkerPool.Body body = (task, worker) -> {
            ids[worker] = Thread.currentThread().threadId();
            for (int spins = 0; spins < 20; spins++) {
                Thread.onSpinWait(); // or the caller is done before the other comes
            }
        };
        for (int n = 0; n < 20_000 || ids[1] == 0; n++) {
            pool.run(8, 2, body);
        }
        long before = threads.getThreadAllocatedBytes(ids[0]) + threads.getThreadAllocatedBytes(ids[1]);
        for (int n = 0; n < 1000; n++) {
            pool.run(8, 2, body);
        }
        long after = threads.getThreadAllocatedBytes(ids[0]) + threads.getThreadAllocatedBytes(ids[1]);
        // Asking allocates a little itself; a loop that allocated would take 16 bytes or more each time.
        assertThat(after - before).isLessThan(16 * 1000);
    }
}
