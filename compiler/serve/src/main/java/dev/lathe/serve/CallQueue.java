package dev.lathe.serve;

import dev.lathe.ir.Deadline;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.runtime.input.BatchAxis;
import dev.lathe.runtime.input.Rows;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The requests that wait for a model, and the threads that call it. These are platform threads, since they compute: on
 * virtual threads they would keep others from reading and writing. A thread that is free takes the oldest request and,
 * where the model allows it, others with it that are of the same kind: those that are there, and those that come while
 * the oldest has not waited longer than it should.
 */
final class CallQueue {
    private final ServedModel model;
    private final BatchAxis batching;
    private final ServerLimits limits;
    private final ModelMetrics metrics;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Call> waiting = new ArrayDeque<>();
    private final List<Thread> threads = new ArrayList<>();
    private int running;
    private boolean stopping;

    CallQueue(ServedModel model, BatchAxis batching, ServerLimits limits, ModelMetrics metrics) {
        this.model = model;
        this.batching = batching;
        this.limits = limits;
        this.metrics = metrics;
    }

    void start() {
        for (int i = 0; i < limits.maxCalls(); i++) {
            threads.add(Thread.ofPlatform()
                    .name("lathe-serve-" + model.name() + "-" + i)
                    .daemon()
                    .start(this::work));
        }
    }

    /**
     * Calls the model when it is this request's turn.
     *
     * @param inputs values that fit the model, in the order of its inputs
     * @throws Refusal if too many wait already, or the server stops
     * @throws LatheException of the call, or {@code call.cancelled} at the deadline
     */
    Map<String, Tensor> call(Map<String, Tensor> inputs, Deadline deadline) {
        Call call = Call.of(inputs, batching.symbol().isPresent(), deadline);
        add(call);
        try {
            return call.results().get(deadline.nanosLeft(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw Deadline.over();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Deadline.interrupted();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
        } finally {
            call.results().cancel(false);
            remove(call);
        }
    }

    private void add(Call call) {
        lock.lock();
        try {
            if (stopping) {
                throw Refusal.stopping();
            }
            if (waiting.size() >= limits.maxQueued()) {
                throw new Refusal(
                        Refusal.TOO_MANY_REQUESTS,
                        Diagnostic.error(
                                "serve.queue",
                                waiting.size() + " requests wait for model " + model.name() + " already",
                                "send the request again later, or start the server with a longer queue (--queue)"));
            }
            waiting.add(call);
            metrics.queued(1);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void remove(Call call) {
        lock.lock();
        try {
            if (waiting.removeIf(c -> c == call)) {
                metrics.queued(-1);
                changed.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void work() {
        while (true) {
            List<Call> batch;
            try {
                batch = next();
            } catch (InterruptedException e) {
                return; // the server stops
            }
            if (batch.isEmpty()) {
                return;
            }
            try {
                run(batch);
            } finally {
                done();
            }
        }
    }

    /** The calls to run next; empty if there are none and the server stops. */
    private List<Call> next() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (waiting.isEmpty()) {
                if (stopping) {
                    return List.of();
                }
                changed.await();
            }
            running++;
            try {
                return batch();
            } catch (InterruptedException e) {
                running--;
                throw e;
            }
        } finally {
            lock.unlock();
        }
    }

    /** The oldest call, with those that may go with it. */
    private List<Call> batch() throws InterruptedException {
        Call first = waiting.remove();
        metrics.queued(-1);
        List<Call> batch = new ArrayList<>(List.of(first));
        long rows = first.rows();
        long until = first.arrival() + limits.batchWait().toNanos();
        while (first.rows() > 0) {
            for (Iterator<Call> calls = waiting.iterator(); calls.hasNext() && rows < limits.maxBatch(); ) {
                Call call = calls.next();
                if (call.rows() > 0
                        && call.rows() + rows <= limits.maxBatch()
                        && call.kind().equals(first.kind())) {
                    calls.remove();
                    metrics.queued(-1);
                    batch.add(call);
                    rows += call.rows();
                }
            }
            long left = until - System.nanoTime();
            if (rows >= limits.maxBatch() || left <= 0 || stopping) {
                break;
            }
            try {
                changed.awaitNanos(left);
            } catch (InterruptedException e) {
                batch.forEach(c -> c.results().completeExceptionally(Refusal.stopping()));
                throw e;
            }
        }
        return batch;
    }

    private void done() {
        lock.lock();
        try {
            running--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void run(List<Call> batch) {
        long start = System.nanoTime();
        List<Call> calls = batch.stream().filter(c -> !c.isOver()).toList();
        if (calls.isEmpty()) {
            return;
        }
        calls.forEach(c -> metrics.waited(start - c.arrival()));
        call(calls);
    }

    private void call(List<Call> calls) {
        long start = System.nanoTime();
        try {
            if (calls.size() == 1) {
                Call only = calls.getFirst();
                only.results().complete(model.executable().call(only.inputs(), only.deadline()));
            } else {
                Map<String, Tensor> joined =
                        Rows.concat(calls.stream().map(Call::inputs).toList());
                Map<String, Tensor> results = model.executable().call(joined, latest(calls));
                long at = 0;
                for (Call call : calls) {
                    call.results().complete(Rows.slice(results, at, call.rows()));
                    at += call.rows();
                }
            }
            metrics.called(
                    System.nanoTime() - start,
                    calls.stream().mapToLong(Call::rows).sum());
        } catch (RuntimeException | Error e) {
            failed(calls, e);
        }
    }

    /** What is wrong with one request must not fail those beside it: they are tried again alone. */
    private void failed(List<Call> calls, Throwable e) {
        if (calls.size() == 1 || Thread.currentThread().isInterrupted()) {
            calls.forEach(c -> c.results().completeExceptionally(e));
            return;
        }
        calls.forEach(c -> call(List.of(c)));
    }

    private static Deadline latest(List<Call> calls) {
        Deadline latest = calls.getFirst().deadline();
        for (Call call : calls) {
            if (call.deadline().nanosLeft() > latest.nanosLeft()) {
                latest = call.deadline();
            }
        }
        return latest;
    }

    /** Takes no more calls, and waits until those that are there have run; after the deadline it stops them. */
    void stop(Deadline deadline) {
        lock.lock();
        try {
            stopping = true;
            changed.signalAll();
            while (!waiting.isEmpty() || running > 0) {
                if (changed.awaitNanos(deadline.nanosLeft()) <= 0) {
                    break;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            waiting.forEach(c -> c.results().completeExceptionally(Refusal.stopping()));
            waiting.clear();
            lock.unlock();
        }
        threads.forEach(Thread::interrupt);
    }
}
