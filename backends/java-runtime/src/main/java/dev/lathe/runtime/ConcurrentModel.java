package dev.lathe.runtime;

import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.eval.InputCheck;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A model whose concurrent calls each have a {@link Call} of their own, with its memory, which is kept for the next.
 * There are never more than {@link #maxConcurrentCalls(int)} of them, and those that were not needed for some seconds
 * are dropped, but one.
 */
public abstract class ConcurrentModel implements Executable {
    private static final int IDLE_SECONDS = 5;

    /** What one call at a time needs. */
    public interface Call {
        /**
         * Runs the model.
         *
         * @param targets where the results go; null to make new tensors
         * @return the results in order: {@code targets}, filled, or new tensors
         */
        @Nullable
        Datum[] call(Map<String, ? extends Datum> given, @Nullable Map<String, Tensor> targets, Deadline deadline);

        /** Whether another call may use this: the last one ended, or had not begun to compute. */
        boolean isIntact();

        /** Gives back what the garbage collector does not; no call comes after this. */
        default void drop() {}
    }

    private final List<Port> inputs;
    private final List<Port> outputs;
    /** The last that was used is the first to be used again. */
    private final ArrayDeque<Call> idle = new ArrayDeque<>();
    /** The fewest that have been idle since {@link #dropUnneeded} looked last. */
    private int leastIdle;

    private boolean dropsLater;
    private volatile Semaphore places = new Semaphore(defaultCalls());
    private volatile boolean closed;

    protected ConcurrentModel(List<Port> inputs, List<Port> outputs) {
        this.inputs = inputs;
        this.outputs = outputs;
    }

    private static int defaultCalls() {
        return Math.max(2, Machine.processors());
    }

    /**
     * Sets how many calls run at a time, each in memory of its own; further callers wait. More than there are
     * processors make no sense for calls that compute, and so many are allowed if nothing is said, but at least two.
     * Counts for calls that start after this one.
     *
     * @param most at least 1; 0 for the default
     * @return this model
     */
    public ConcurrentModel maxConcurrentCalls(int most) {
        if (most < 0) {
            throw new IllegalArgumentException("maxConcurrentCalls cannot be " + most);
        }
        places = new Semaphore(most == 0 ? defaultCalls() : most);
        return this;
    }

    /** What a further concurrent call needs. */
    protected abstract Call execution();

    /** What calls run on, in a few words: threads and vectors, or a device. */
    protected abstract String runsOn();

    /** The option that a JVM needs to run this well, such as {@code --add-modules}; empty if none. */
    protected String jvmOption() {
        return "";
    }

    @Override
    public final List<Port> inputs() {
        return inputs;
    }

    @Override
    public final List<Port> outputs() {
        return outputs;
    }

    /** Waits for a place among the calls that run. */
    private static void await(Semaphore places, Deadline deadline) {
        if (places.tryAcquire()) {
            return;
        }
        try {
            if (!places.tryAcquire(deadline.nanosLeft(), TimeUnit.NANOSECONDS)) {
                throw Deadline.over();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Deadline.interrupted();
        }
    }

    private Call take() {
        if (closed) {
            throw InputCheck.closed();
        }
        synchronized (idle) {
            Call e = idle.poll();
            leastIdle = Math.min(leastIdle, idle.size());
            if (e != null) {
                return e;
            }
        }
        return execution();
    }

    private void giveBack(Call e) {
        synchronized (idle) {
            if (closed) {
                e.drop();
                return;
            }
            idle.push(e);
            if (idle.size() > 1 && !dropsLater) {
                dropLater();
            }
        }
    }

    private void dropLater() {
        dropsLater = true;
        leastIdle = idle.size();
        CompletableFuture.delayedExecutor(IDLE_SECONDS, TimeUnit.SECONDS).execute(this::dropUnneeded);
    }

    /**
     * Drops executions that were idle all the time since this was looked at last, but one, and looks again as long as
     * there are more.
     */
    private void dropUnneeded() {
        synchronized (idle) {
            for (int n = Math.min(leastIdle, idle.size() - 1); n > 0; n--) {
                idle.removeLast().drop();
            }
            dropsLater = false;
            if (idle.size() > 1) {
                dropLater();
            }
        }
    }

    /** How many executions wait for a call. */
    final int idleExecutions() {
        synchronized (idle) {
            return idle.size();
        }
    }

    @Override
    public final Map<String, Datum> run(Map<String, ? extends Datum> given, Deadline deadline) {
        Map<String, Datum> named = new LinkedHashMap<>();
        call(given, null, deadline, named);
        return named;
    }

    @Override
    public final void callInto(Map<String, Tensor> given, Map<String, Tensor> results, Deadline deadline) {
        Objects.requireNonNull(results, "outputs");
        call(given, results, deadline, null);
    }

    /** Runs; the results are put into {@code named} if the caller gives no {@code targets}. */
    private void call(
            Map<String, ? extends Datum> given,
            @Nullable Map<String, Tensor> targets,
            Deadline deadline,
            @Nullable Map<String, Datum> named) {
        Objects.requireNonNull(given, "inputs");
        Objects.requireNonNull(deadline, "deadline");
        deadline.check();
        Semaphore mine = places;
        await(mine, deadline);
        try {
            Call e = take();
            Deadline around = WorkerPool.limit(deadline);
            try {
                @Nullable Datum[] results = e.call(given, targets, deadline);
                for (int i = 0; named != null && i < results.length; i++) {
                    named.put(
                            outputs.get(i).name(),
                            Objects.requireNonNull(results[i], "a result that no step has made"));
                }
            } finally {
                WorkerPool.limit(around);
                if (e.isIntact()) {
                    giveBack(e);
                } else {
                    e.drop(); // its state is unknown
                }
            }
        } finally {
            mine.release();
        }
    }

    @Override
    public void close() {
        closed = true;
        drop().run();
    }

    /**
     * Drops the executions that wait for a call. The action does not hold the model, for those who free what nobody
     * closed; it may run twice.
     */
    protected final Runnable drop() {
        ArrayDeque<Call> waiting = idle;
        return () -> {
            synchronized (waiting) {
                waiting.forEach(Call::drop);
                waiting.clear();
            }
        };
    }
}
