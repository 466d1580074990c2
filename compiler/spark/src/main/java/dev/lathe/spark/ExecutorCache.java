package dev.lathe.spark;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * What the tasks of a JVM share, by what it was made of. Tasks come and go and have nothing in common but the JVM, so
 * this is its memory, and static. The least recently used of more than {@link #MOST} objects is forgotten; a model that
 * nobody uses any more is garbage.
 */
final class ExecutorCache {
    private static final int MOST = 8;

    private static final Map<String, FutureTask<Object>> OBJECTS = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, FutureTask<Object>> eldest) {
            return size() > MOST;
        }
    };

    private ExecutorCache() {}

    /** The object of this key, made by one thread while others that want it wait. What failed is tried again. */
    @SuppressWarnings("unchecked") // a key names what is made
    static <T> T get(String key, Supplier<T> maker) {
        FutureTask<Object> task;
        synchronized (OBJECTS) {
            task = OBJECTS.computeIfAbsent(key, _ -> new FutureTask<>(maker::get));
        }
        task.run(); // does nothing if another thread runs it, or has
        try {
            return (T) task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the task was interrupted", e);
        } catch (ExecutionException e) {
            synchronized (OBJECTS) {
                OBJECTS.remove(key, task);
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e);
        }
    }
}
