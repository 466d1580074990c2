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
 * What generated models extend. Each concurrent call has an {@link Execution} of its own, which is kept for the next.
 * There are never more than {@link #maxConcurrentCalls(int)} of them, and those that were not needed for some seconds
 * are dropped, but one.
 */
public abstract class CompiledModel implements Executable {
    private static final int IDLE_SECONDS = 5;

    private static boolean told;

    private final List<Port> inputs;
    private final List<Port> outputs;
    private final int workers;
    /** The last that was used is the first to be used again. */
    private final ArrayDeque<Execution> idle = new ArrayDeque<>();
    /** The fewest that have been idle since {@link #dropUnneeded} looked last. */
    private int leastIdle;

    private boolean dropsLater;
    private volatile Semaphore places = new Semaphore(defaultCalls());
    private volatile boolean closed;

    /** {@code threads} is 0 for as many as there are processors. */
    protected CompiledModel(List<Port> inputs, List<Port> outputs, int threads) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.workers = threads == 0
                ? WorkerPool.shared().size()
                : Math.min(threads, WorkerPool.shared().size());
        tellIfScalar();
    }

    private static synchronized void tellIfScalar() {
        if (!Machine.VECTOR && !told && !Boolean.getBoolean(Machine.SCALAR_PROPERTY)) {
            told = true;
            // Looked up only here: the first logger takes longer than all else that loading a small model does.
            System.getLogger("dev.lathe")
                    .log(
                            System.Logger.Level.WARNING,
                            "running without vectors, several times slower: start Java with " + Machine.VECTOR_OPTION);
        }
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
    public final CompiledModel maxConcurrentCalls(int most) {
        if (most < 0) {
            throw new IllegalArgumentException("maxConcurrentCalls cannot be " + most);
        }
        places = new Semaphore(most == 0 ? defaultCalls() : most);
        return this;
    }

    /** A new execution of this model. */
    protected abstract Execution execution();

    @Override
    public final List<Port> inputs() {
        return inputs;
    }

    @Override
    public final List<Port> outputs() {
        return outputs;
    }

    /** How many threads a call uses at most. */
    protected final int workers() {
        return workers;
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

    private Execution take() {
        if (closed) {
            throw InputCheck.closed();
        }
        synchronized (idle) {
            Execution e = idle.poll();
            leastIdle = Math.min(leastIdle, idle.size());
            if (e != null) {
                return e;
            }
        }
        return execution();
    }

    private void giveBack(Execution e) {
        synchronized (idle) {
            if (!closed) {
                idle.push(e);
                if (idle.size() > 1 && !dropsLater) {
                    dropLater();
                }
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
                idle.removeLast();
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
            Execution e = take();
            try {
                Datum[] results = e.call(given, targets, deadline);
                for (int i = 0; named != null && i < results.length; i++) {
                    named.put(outputs.get(i).name(), results[i]);
                }
            } finally {
                if (e.isIntact()) { // else its state is unknown
                    giveBack(e);
                }
            }
        } finally {
            mine.release();
        }
    }

    /** The inputs by name, for the typed methods of generated models. */
    @SafeVarargs
    protected final <D extends Datum> Map<String, D> named(D... given) {
        Map<String, D> map = new LinkedHashMap<>();
        for (int i = 0; i < given.length; i++) {
            map.put(inputs.get(i).name(), given[i]);
        }
        return map;
    }

    @Override
    public void close() {
        closed = true;
        synchronized (idle) {
            idle.clear();
        }
    }
}
