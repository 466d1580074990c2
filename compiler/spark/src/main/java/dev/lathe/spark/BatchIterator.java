package dev.lathe.spark;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a partition with what is computed for them, in their order. A batch is read when its results are asked
 * for, or, where several are computed at a time, when one of these is handed on: so many are in memory, and no more.
 */
final class BatchIterator implements Iterator<Row> {
    private final BatchMapping mapping;
    private final Iterator<Row> rows;
    private final @Nullable ExecutorService threads;
    private final ArrayDeque<Future<List<Row>>> inFlight = new ArrayDeque<>();
    private Iterator<Row> ready = Collections.emptyIterator();

    private BatchIterator(BatchMapping mapping, Iterator<Row> rows, @Nullable ExecutorService threads) {
        this.mapping = mapping;
        this.rows = rows;
        this.threads = threads;
    }

    /** For a partition of the task that runs; its threads end with it. */
    static BatchIterator of(BatchMapping mapping, Iterator<Row> rows) {
        if (mapping.inFlight() == 1) {
            return new BatchIterator(mapping, rows, null);
        }
        ExecutorService threads = Executors.newFixedThreadPool(
                mapping.inFlight(),
                Thread.ofPlatform().name("lathe-spark-", 0).daemon().factory());
        TaskContext task = TaskContext.get();
        if (task != null) {
            TaskCompletionListener end = _ -> threads.shutdownNow();
            task.addTaskCompletionListener(end);
        }
        return new BatchIterator(mapping, rows, threads);
    }

    @Override
    public boolean hasNext() {
        while (!ready.hasNext()) {
            while (inFlight.size() < mapping.inFlight() && rows.hasNext()) {
                inFlight.add(started(batch()));
            }
            if (inFlight.isEmpty()) {
                if (threads != null) {
                    threads.shutdown();
                }
                return false;
            }
            ready = finished(inFlight.remove()).iterator();
        }
        return true;
    }

    @Override
    public Row next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        return ready.next();
    }

    private List<Row> batch() {
        List<Row> batch = new ArrayList<>(mapping.batch());
        while (batch.size() < mapping.batch() && rows.hasNext()) {
            batch.add(rows.next());
        }
        return batch;
    }

    private Future<List<Row>> started(List<Row> batch) {
        return threads == null ? CompletableFuture.completedFuture(joined(batch)) : threads.submit(() -> joined(batch));
    }

    private List<Row> joined(List<Row> batch) {
        List<Row> results = mapping.compute(batch);
        List<Row> all = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            Row given = batch.get(i);
            Row result = results.get(i);
            Object[] values = new Object[given.size() + result.size()];
            for (int c = 0; c < values.length; c++) {
                values[c] = c < given.size() ? given.get(c) : result.get(c - given.size());
            }
            all.add(RowFactory.create(values));
        }
        return all;
    }

    private static List<Row> finished(Future<List<Row>> batch) {
        try {
            return batch.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the task was interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
        }
    }
}
