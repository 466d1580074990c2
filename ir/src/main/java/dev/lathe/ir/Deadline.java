package dev.lathe.ir;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import java.time.Duration;
import java.util.List;

/**
 * When a call must be over. It may stand for several calls, one after the other or at the same time. An interrupted
 * thread stops its call with any deadline.
 *
 * {@snippet :
 * Map<String, Tensor> results = run.call(inputs, Deadline.after(Duration.ofSeconds(2)));
 * }
 */
public final class Deadline {
    /** Never. */
    public static final Deadline NONE = new Deadline(0, false);

    private final long nanoTime;
    private final boolean limited;

    private Deadline(long nanoTime, boolean limited) {
        this.nanoTime = nanoTime;
        this.limited = limited;
    }

    /**
     * So long from now. A duration of more than 146 years is for ever.
     *
     * @throws IllegalArgumentException if {@code timeout} is negative
     */
    public static Deadline after(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("a timeout cannot be negative: " + timeout);
        }
        long nanos;
        try {
            nanos = timeout.toNanos();
        } catch (ArithmeticException e) {
            return NONE;
        }
        // Differences of times are compared, which holds for half the range.
        return nanos > Long.MAX_VALUE / 2 ? NONE : new Deadline(System.nanoTime() + nanos, true);
    }

    /**
     * So many seconds from now, which may be a fraction. More than 146 years are for ever.
     *
     * @throws LatheException {@code usage.timeout} if {@code timeout} is negative or not a number
     */
    public static Deadline afterSeconds(double timeout) {
        if (!(timeout >= 0)) {
            throw new LatheException(
                    LatheException.Fault.USAGE,
                    List.of(Diagnostic.error(
                            "usage.timeout", "a timeout cannot be " + timeout, "give seconds, such as 2.5")));
        }
        double nanos = timeout * 1e9;
        return nanos >= Long.MAX_VALUE ? NONE : after(Duration.ofNanos((long) nanos));
    }

    /** The nanoseconds that are left: 0 if none are, {@link Long#MAX_VALUE} if there is no limit. */
    public long nanosLeft() {
        return limited ? Math.max(0, nanoTime - System.nanoTime()) : Long.MAX_VALUE;
    }

    /**
     * Stops the call if its time is over or its thread is interrupted, which it stays.
     *
     * @throws LatheException {@code call.cancelled}
     */
    public void check() {
        if (Thread.currentThread().isInterrupted()) {
            throw interrupted();
        }
        if (limited && System.nanoTime() - nanoTime >= 0) {
            throw over();
        }
    }

    /** The fault of a call whose time is over. */
    public static LatheException over() {
        return new LatheException(Diagnostic.error(
                "call.cancelled", "the call was stopped at its deadline", "allow more time, or give smaller inputs"));
    }

    /** The fault of a call whose thread was interrupted. */
    public static LatheException interrupted() {
        return new LatheException(Diagnostic.error(
                "call.cancelled",
                "the call was stopped because its thread was interrupted",
                "call again from a thread that is not interrupted"));
    }
}
