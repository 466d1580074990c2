package dev.lathe;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.TooLargeException;
import java.util.List;
import java.util.function.Supplier;

/**
 * What the JVM's limits become where the library is called: a diagnostic. The limits that keep a small file from
 * reaching these stand where a file is read.
 */
final class Limits {
    private Limits() {}

    /**
     * The result of {@code work}, or the fault of a model that is too large for this JVM, or whose numbers are too
     * large for any.
     */
    static <T> T guarded(Supplier<T> work) {
        try {
            return work.get();
        } catch (TooLargeException | ArithmeticException e) {
            throw fault(
                    "compile.too-large",
                    "a size or an offset in the model is out of range: " + e.getMessage(),
                    "check the sizes in the model, and those given for it",
                    e);
        } catch (StackOverflowError e) {
            throw fault(
                    "compile.too-deep",
                    "the model is nested deeper than the stack of this thread holds",
                    "give the thread more, for example -Xss16m for the main thread, or export the model with less"
                            + " nesting",
                    e);
        } catch (OutOfMemoryError e) {
            throw fault(
                    "compile.memory",
                    "the Java heap of " + (Runtime.getRuntime().maxMemory() >> 20)
                            + " MiB is too small to compile the model",
                    "give the JVM more, for example -Xmx8g (for the command line LATHE_JAVA_OPTS=-Xmx8g)",
                    e);
        }
    }

    private static LatheException fault(String code, String what, String fix, Throwable cause) {
        LatheException fault =
                new LatheException(LatheException.Fault.INPUT, List.of(Diagnostic.error(code, what, fix)));
        fault.initCause(cause);
        return fault;
    }
}
