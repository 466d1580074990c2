package dev.lathe.serve;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;

/**
 * Runs each exchange with a client on a virtual thread, from the first byte of the request to the last of the answer:
 * so many at a time, and each with a {@link ClientTimeout}. The JDK's server closes the connection of an exchange that
 * is refused here.
 */
final class Exchanges implements Executor, AutoCloseable {
    /** The timeout of the exchange that runs on this thread. */
    static final ScopedValue<ClientTimeout> TIMEOUT = ScopedValue.newInstance();

    private final Semaphore places;
    private final ServerLimits limits;
    private final ScheduledThreadPoolExecutor timer;

    Exchanges(ServerLimits limits) {
        this.places = new Semaphore(limits.maxExchanges());
        this.limits = limits;
        this.timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().name("lathe-serve-timer").daemon().factory());
        timer.setRemoveOnCancelPolicy(true);
    }

    @Override
    public void execute(Runnable exchange) {
        if (!places.tryAcquire()) {
            throw new RejectedExecutionException("too many exchanges");
        }
        Thread.ofVirtual().name("lathe-serve-exchange").start(() -> {
            ClientTimeout timeout = new ClientTimeout(Thread.currentThread(), timer, limits.clientTimeout());
            try {
                timeout.begin(); // the server reads the head of the request before it calls a handler
                ScopedValue.where(TIMEOUT, timeout).run(exchange);
            } finally {
                timeout.cancel();
                places.release();
            }
        });
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
