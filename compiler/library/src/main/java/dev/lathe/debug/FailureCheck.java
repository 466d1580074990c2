package dev.lathe.debug;

import dev.lathe.Lathe;
import dev.lathe.backend.CompileOptions;
import dev.lathe.ir.Executable;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.eval.ReferenceEvaluator;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.passes.PassListener;
import dev.lathe.verify.ResultComparison;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whether and how a case fails when it is compiled and run under some options; the reference tells what is right.
 *
 * @param comparison how far results may differ
 */
public record FailureCheck(CompileOptions options, ResultComparison comparison) {

    /**
     * The first failure.
     *
     * @throws LatheException if the target cannot run here, or the options are at fault
     */
    public Optional<Failure> of(Case c) {
        try (Executable run = Lathe.compile(c.graph(), options).load()) {
            for (Map<String, Datum> inputs : c.inputs()) {
                Optional<Failure> failure = of(c, inputs, run.run(inputs));
                if (failure.isPresent()) {
                    return failure;
                }
            }
            return Optional.empty();
        } catch (LatheException e) {
            if (e.fault() != LatheException.Fault.INPUT) {
                throw e;
            }
            String code =
                    e.diagnostics().isEmpty() ? "" : e.diagnostics().getFirst().code();
            return Optional.of(new Failure(Failure.Kind.EXCEPTION, code, message(e)));
        } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError e) {
            return Optional.of(new Failure(Failure.Kind.EXCEPTION, place(e), e.toString()));
        }
    }

    private static String message(LatheException e) {
        return e.diagnostics().isEmpty()
                ? String.valueOf(e.getMessage())
                : e.diagnostics().getFirst().what();
    }

    /** The class of a fault, and where it was thrown. */
    private static String place(Throwable e) {
        StackTraceElement[] trace = e.getStackTrace();
        return e.getClass().getName()
                + (trace.length == 0 ? "" : " at " + trace[0].getClassName() + "." + trace[0].getMethodName());
    }

    private Optional<Failure> of(Case c, Map<String, Datum> inputs, Map<String, Datum> results) {
        Map<String, Datum> expected = expected(c, inputs);
        if (expected != null) {
            for (Map.Entry<String, Datum> e : expected.entrySet()) {
                Datum actual = results.get(e.getKey());
                Optional<String> difference =
                        actual == null ? Optional.of("it is not there") : comparison.difference(e.getValue(), actual);
                if (difference.isPresent()) {
                    return Optional.of(new Failure(
                            Failure.Kind.DIFFERENCE, "", "output \"" + e.getKey() + "\": " + difference.get()));
                }
            }
        }
        return Finiteness.first(inputs).isPresent()
                ? Optional.empty()
                : Finiteness.first(results)
                        .map(f -> new Failure(Failure.Kind.NOT_FINITE, f.nan() ? "NaN" : "Inf", "output " + f));
    }

    /** What the reference gives; null if it cannot run. */
    static @Nullable Map<String, Datum> expected(Case c, Map<String, Datum> inputs) {
        try {
            return new ReferenceEvaluator(c.graph()).run(inputs);
        } catch (LatheException e) {
            return null;
        }
    }

    /** What the reference gives for the first inputs; nothing if it cannot run. */
    public static Map<String, Datum> expected(Case c) {
        Map<String, Datum> results = expected(c, c.inputs().getFirst());
        return results == null ? new LinkedHashMap<>() : results;
    }

    /** A check that finds the same failure alone. */
    public boolean fails(Case c, Failure failure) {
        return of(c).filter(failure::isSame).isPresent();
    }

    /** As this, with passes that stop after so many rewrites. */
    FailureCheck stoppedAfter(long rewrites, List<PassListener> listeners) {
        CompileOptions.Builder stopped = options.toBuilder().stepLimit(rewrites);
        listeners.forEach(stopped::listener);
        return new FailureCheck(stopped.build(), comparison);
    }
}
