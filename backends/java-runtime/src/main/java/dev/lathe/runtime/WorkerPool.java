package dev.lathe.runtime;

import dev.lathe.ir.Deadline;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs the parallel loops of kernels: one pool per process, a few microseconds per loop, nothing allocated.
 *
 * <p>Each worker first takes its own part of the tasks, which lie side by side, and then what the others have left. So
 * a worker mostly reads what it wrote in the loop before, and finds it in its own cache: reading it from that of
 * another processor takes several times as long where the two share none.
 *
 * <p>One loop runs at a time. A caller that finds the pool busy runs its loop alone, so concurrent inferences never
 * wait for each other. The caller takes part as worker 0; the other workers are daemon threads that spin for a moment
 * after each loop and then park.
 */
public final class WorkerPool {

    /** A loop body. */
    public interface Body {
        /**
         * Runs one task.
         *
         * @param task which one, from 0
         * @param worker which worker runs it, from 0; no two tasks run at the same time with the same worker
         */
        void run(int task, int worker);
    }

    private final class Worker implements Runnable {
        private final int number;

        Worker(int number) {
            this.number = number;
        }

        @Override
        public void run() {
            work(number);
        }
    }

    /** So many elements lie between two that different workers write, as with {@link Scratch}. */
    private static final int APART = Scratch.APART / Long.BYTES;
    /** Where the number of the loop is, in the high half; the low half is {@link #CLOSED} if nobody may enter it. */
    private static final int STATE = APART;
    /** Where it says how many tasks the other workers have done, in all loops. */
    private static final int FINISHED = 2 * APART;
    /**
     * Where it says for each worker in which loop a task of its own was taken last, in the high half, and the one
     * behind it. So nobody writes there but who takes a task, mostly the worker itself.
     */
    private static final int NEXT = 3 * APART;

    private static final long CLOSED = 0xffff_ffffL;

    /** After so many loops all of {@link #NEXT} is brought up to date. Half of all numbers count as earlier ones. */
    private static final long REFRESH = 1L << 30;

    private static final int SPINS = 20_000;
    private static final WorkerPool SHARED = new WorkerPool(Runtime.getRuntime().availableProcessors());

    private final Thread[] threads;
    private final boolean[] started;
    private final AtomicBoolean busy = new AtomicBoolean();
    /** What workers tell each other, each on a line of its own. */
    private final AtomicLongArray counters;
    /** For each thread 1 from before it parks until it runs again, a line for each. */
    private final AtomicLongArray parked;

    private @Nullable Body body;
    private int tasks;
    private int limit;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /**
     * The deadline of the call that a thread runs; null if there is none. Never removed, as that would allocate, but
     * never left behind either.
     */
    private static final ThreadLocal<@Nullable Deadline> LIMIT = new ThreadLocal<>();

    /** A pool of {@code size} workers, the caller among them. */
    public WorkerPool(int size) {
        this(size, 0);
    }

    /** A pool that has already run {@code loops} loops, as far as it knows. */
    WorkerPool(int size, long loops) {
        threads = new Thread[Math.max(1, size) - 1];
        counters = new AtomicLongArray(nextAt(threads.length + 2));
        counters.set(STATE, loops << 32 | CLOSED);
        forgetOwnTasks(loops);
        started = new boolean[threads.length];
        parked = new AtomicLongArray((threads.length + 2) * APART);
        for (int i = 0; i < threads.length; i++) {
            int worker = i + 1;
            // Inherits no thread locals: a pool outlives whoever asks for it first.
            threads[i] = new Thread(null, new Worker(worker), "lathe-worker-" + worker, 0, false);
            threads[i].setDaemon(true);
        }
    }

    /** The pool of this process, sized to the processors that the JVM may use. */
    public static WorkerPool shared() {
        return SHARED;
    }

    /** How many workers there are, the caller among them. */
    public int size() {
        return threads.length + 1;
    }

    /** Lets loops that this thread runs from now on stop at {@code deadline}; what was set before. */
    static @Nullable Deadline limit(@Nullable Deadline deadline) {
        Deadline before = LIMIT.get();
        LIMIT.set(deadline == Deadline.NONE ? null : deadline);
        return before;
    }

    /** Stops the call that this thread runs, if it is over or its thread is interrupted. */
    static void check() {
        Deadline limit = LIMIT.get();
        (limit == null ? Deadline.NONE : limit).check();
    }

    /**
     * Runs tasks {@code 0 … count-1} of {@code loop} on at most {@code workers} workers and returns when all are
     * done.
     *
     * <p>The deadline and the interruption of the call are looked at before each task that the caller takes; the
     * tasks that are left are then not run.
     *
     * @throws RuntimeException or Error that a task threw first
     */
    @SuppressWarnings("ThreadPriorityCheck") // a worker without a core gets this one
    public void run(int count, int workers, Body loop) {
        Deadline own = LIMIT.get();
        Deadline deadline = own == null ? Deadline.NONE : own;
        deadline.check();
        if (count <= 1 || workers <= 1 || threads.length == 0 || !busy.compareAndSet(false, true)) {
            for (int i = 0; i < count; i++) {
                if (i > 0) {
                    deadline.check();
                }
                loop.run(i, 0);
            }
            return;
        }
        try {
            long number = (counters.get(STATE) >>> 32) + 1 & 0xffff_ffffL; // starts over after 2^32 loops, some hours
            int sharers = Math.min(workers, size());
            body = loop;
            tasks = count;
            limit = sharers;
            if (failure.get() != null) {
                failure.set(null);
            }
            if (number % REFRESH == 0) {
                forgetOwnTasks(number - 1 & 0xffff_ffffL);
            }
            long before = counters.get(FINISHED);
            counters.set(STATE, number << 32);
            wake(Math.min(sharers, count) - 1);
            int left = count - take(number, 0, loop, count, sharers, deadline);
            for (int spins = 0; counters.get(FINISHED) - before < left; spins++) {
                if (spins < SPINS) {
                    Thread.onSpinWait();
                } else {
                    Thread.yield();
                }
            }
            counters.lazySet(STATE, number << 32 | CLOSED);
            body = null;
            rethrow(failure.get());
        } finally {
            busy.set(false);
        }
    }

    /** As if all had been taken in loop {@code number}: otherwise the number of a worker that rests would look new. */
    private void forgetOwnTasks(long number) {
        for (int w = 0; w < size(); w++) {
            counters.set(nextAt(w), number << 32 | CLOSED);
        }
    }

    private static int nextAt(int worker) {
        return NEXT + worker * APART;
    }

    /** The first task of a worker's own; those of the next worker begin where they end. */
    private static long firstOf(int worker, int count, int sharers) {
        return (long) count * worker / sharers;
    }

    private static int parkedAt(int worker) {
        return worker * APART;
    }

    private void wake(int helpers) {
        for (int i = 0; i < helpers; i++) {
            if (!started[i]) {
                started[i] = true;
                threads[i].start();
            } else if (parked.get(parkedAt(i + 1)) != 0) {
                LockSupport.unpark(threads[i]);
            }
        }
    }

    private static void rethrow(@Nullable Throwable t) {
        if (t instanceof RuntimeException e) {
            throw e;
        }
        if (t instanceof Error e) {
            throw e;
        }
    }

    /**
     * Takes tasks of loop {@code number}, those of the worker first, until none is left; after a failure they count as
     * done. The caller brings its deadline.
     *
     * <p>A worker that comes late, when other loops have run, finds tasks taken in them: so nothing is taken twice.
     *
     * @return how many tasks it took
     */
    private int take(long number, int worker, Body loop, int count, int sharers, @Nullable Deadline deadline) {
        int done = 0;
        for (int i = 0; i < sharers; i++) {
            int owner = (worker + i) % sharers;
            int at = nextAt(owner);
            long first = firstOf(owner, count, sharers);
            long end = firstOf(owner + 1, count, sharers);
            while (true) {
                long s = counters.get(at);
                int later = (int) (s >>> 32) - (int) number; // numbers start over
                long task = later < 0 ? first : s & 0xffff_ffffL;
                if (later > 0 || task >= end) {
                    break;
                }
                if (counters.compareAndSet(at, s, number << 32 | task + 1)) {
                    attempt(loop, (int) task, worker, deadline);
                    done++;
                }
            }
        }
        return done;
    }

    private void attempt(Body loop, int task, int worker, @Nullable Deadline deadline) {
        try {
            if (failure.get() == null) {
                if (deadline != null) {
                    deadline.check();
                }
                loop.run(task, worker);
            }
        } catch (Throwable t) {
            failure.compareAndSet(null, t);
        }
    }

    private void work(int worker) {
        // Started for an open loop, which must not look as if it had been seen.
        long seen = (counters.get(STATE) >>> 32) - 1 & 0xffff_ffffL;
        while (true) {
            long s = awaitLoop(seen, worker);
            seen = s >>> 32;
            Body loop = body;
            int count = tasks;
            int sharers = limit;
            VarHandle.acquireFence();
            // What was read is of this loop only if it is still open.
            if (loop != null && worker < sharers && counters.get(STATE) == s) {
                int done = take(seen, worker, loop, count, sharers, null);
                if (done > 0) {
                    counters.getAndAdd(FINISHED, done);
                }
            }
        }
    }

    /** Waits for an open loop with a number other than {@code seen}. */
    private long awaitLoop(long seen, int worker) {
        for (int spins = 0; ; spins++) {
            long s = counters.get(STATE);
            if (s >>> 32 != seen && (s & CLOSED) == 0) {
                return s;
            }
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                parked.set(parkedAt(worker), 1);
                s = counters.get(STATE);
                if (s >>> 32 == seen || (s & CLOSED) != 0) {
                    LockSupport.park(this);
                }
                parked.set(parkedAt(worker), 0);
                spins = 0;
            }
        }
    }
}
