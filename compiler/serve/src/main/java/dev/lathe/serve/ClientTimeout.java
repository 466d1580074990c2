package dev.lathe.serve;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long a client may keep the thread of its exchange waiting. When the time is over the thread is interrupted, which
 * closes the channel that it reads from or writes to. The JDK's server has limits of its own, but as system properties
 * of the whole process.
 */
final class ClientTimeout {
    private final Thread thread;
    private final ScheduledExecutorService timer;
    private final Duration patience;
    private @Nullable Future<?> alarm;
    private boolean over;

    ClientTimeout(Thread thread, ScheduledExecutorService timer, Duration patience) {
        this.thread = thread;
        this.timer = timer;
        this.patience = patience;
    }

    /** From now on the thread waits for the client. */
    synchronized void begin() {
        cancel();
        alarm = timer.schedule(this::end, patience.toNanos(), TimeUnit.NANOSECONDS);
    }

    private synchronized void end() {
        if (alarm != null) {
            over = true;
            thread.interrupt();
        }
    }

    /** The thread no longer waits for the client. */
    synchronized void cancel() {
        if (alarm != null) {
            alarm.cancel(false);
            alarm = null;
        }
    }

    /**
     * {@link #cancel}, for a thread that goes on.
     *
     * @throws IOException if the time was over
     */
    synchronized void check() throws IOException {
        cancel();
        if (over) {
            throw new IOException("the client took longer than " + patience);
        }
    }
}
