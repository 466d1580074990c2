package dev.lathe.ir.eval;

import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.InvalidOpException;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * Regular expressions in the syntax of RE2, which ONNX names, matched in time linear in the text. Found by
 * {@link ServiceLoader}: the IR needs nothing but the JDK, whose own patterns have another syntax and may take
 * exponential time.
 */
public interface PatternEngine {
    /**
     * Reads a pattern.
     *
     * @throws InvalidOpException if it cannot be read, or takes more memory than a pattern may
     */
    TextPattern compile(String pattern);

    /** A pattern that was read. */
    interface TextPattern {
        /** Whether it matches all of {@code text}. */
        boolean matches(String text);

        /**
         * The leftmost match that starts at {@code from} or later, the longest of those: where it starts, and where
         * it ends; null if there is none.
         */
        int @Nullable [] find(String text, int from);
    }

    /** The engine on the class path, if there is one. */
    static Optional<PatternEngine> found() {
        return ServiceLoader.load(PatternEngine.class, PatternEngine.class.getClassLoader())
                .findFirst();
    }

    /**
     * A pattern, to match texts with.
     *
     * @throws LatheException if there is no engine
     */
    static TextPattern pattern(String text) {
        return found().orElseThrow(() -> new LatheException(
                        LatheException.Fault.UNAVAILABLE,
                        List.of(Diagnostic.error(
                                "run.no-patterns",
                                "there is nothing to match the regular expression \"" + text + "\" with",
                                "put lathe-runtime and what it needs on the class path"))))
                .compile(text);
    }

    /**
     * Checks a pattern, where there is an engine.
     *
     * @throws InvalidOpException if it cannot be read
     */
    static void check(String text) {
        found().ifPresent(engine -> engine.compile(text));
    }
}
