package dev.lathe.conformance.fuzz;

import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * A call that its caller stops at a random moment, before it or while it runs, by a deadline or by interrupting its
 * thread. It must end soon, with {@code call.cancelled} or with the right results.
 */
final class CancelledCall {
    /** From the moment on; a step of a model that is fuzzed takes less, on a busy machine too. */
    private static final long SOON_NANOS = 2_000_000_000L;

    private final Executable executable;
    private final Map<String, ? extends Datum> inputs;
    private final long nanos;
    private final Random random;
    private boolean wasStopped;

    /** @param nanos what a call takes that nobody stops */
    CancelledCall(Executable executable, Map<String, ? extends Datum> inputs, long nanos, Random random) {
        this.executable = executable;
        this.inputs = inputs;
        this.nanos = nanos;
        this.random = random;
    }

    /** What is wrong with how the call ends; {@code wrong} says it of results. */
    Optional<String> problem(Function<Map<String, Datum>, Optional<String>> wrong) {
        long after = random.nextInt(8) == 0 ? 0 : (long) (random.nextDouble() * 1.2 * nanos);
        return random.nextBoolean() ? stopped(after, wrong) : interrupted(after, wrong);
    }

    /** Whether it ended without results, after {@link #problem}. */
    boolean wasStopped() {
        return wasStopped;
    }

    private Optional<String> stopped(long after, Function<Map<String, Datum>, Optional<String>> wrong) {
        long moment = System.nanoTime() + after;
        return problem(Deadline.after(Duration.ofNanos(after)), moment, wrong).map(p -> p + ", with a deadline");
    }

    private Optional<String> interrupted(long after, Function<Map<String, Datum>, Optional<String>> wrong) {
        Thread caller = Thread.currentThread();
        long moment = System.nanoTime() + after;
        Thread other = Thread.ofPlatform().daemon().start(() -> {
            for (long left = after; left > 0; left = moment - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            caller.interrupt();
        });
        Optional<String> problem = problem(Deadline.NONE, moment, wrong);
        while (other.isAlive()) {
            LockSupport.parkNanos(100_000); // until it has interrupted this thread
        }
        Thread.interrupted(); // what calls next is not stopped
        return problem.map(p -> p + ", interrupted");
    }

    private Optional<String> problem(
            Deadline deadline, long moment, Function<Map<String, Datum>, Optional<String>> wrong) {
        Optional<String> problem;
        try {
            Map<String, Datum> results = executable.run(inputs, deadline);
            problem = wrong.apply(results);
        } catch (LatheException e) {
            wasStopped = true;
            boolean cancelled = e.diagnostics().getFirst().code().equals("call.cancelled");
            boolean kept = deadline != Deadline.NONE || Thread.currentThread().isInterrupted();
            problem = !cancelled
                    ? Optional.of("ends with " + e.getMessage())
                    : kept ? Optional.empty() : Optional.of("its thread is not interrupted any more");
        } catch (RuntimeException | LinkageError | AssertionError e) {
            problem = Optional.of("ends with " + Differential.trace(e));
        }
        long late = System.nanoTime() - moment;
        return problem.or(() -> late > SOON_NANOS
                        ? Optional.of("ends " + late / 1_000_000 + " ms after it was stopped")
                        : Optional.empty())
                .map(p -> "a cancelled call: " + p);
    }
}
