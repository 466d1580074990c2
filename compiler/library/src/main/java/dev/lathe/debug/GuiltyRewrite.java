package dev.lathe.debug;

import dev.lathe.ir.Node;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassListener;
import java.util.List;
import java.util.Optional;

/**
 * The rewrite with which a failure begins: without it, and those after it, the case passes.
 *
 * @param number as {@code --stop-after} counts
 * @param what the rule and the pass that made it, and where; empty where the pass does not tell
 */
public record GuiltyRewrite(long number, String what) {
    /** More rewrites than any model needs. */
    private static final long MOST = 1L << 32;

    /** The last rule that was applied. */
    private static final class Last implements PassListener {
        private String rule = "";

        @Override
        public void ruleApplied(Pass pass, String name, Node node) {
            String at = Finiteness.place(node);
            rule = "\"" + name + "\" of pass " + pass.name() + (at.isEmpty() ? "" : ", on " + at);
        }
    }

    /** The guilty rewrite, by bisection; empty if the case fails without any, or does not fail. */
    public static Optional<GuiltyRewrite> of(Case c, Failure failure, FailureCheck check) {
        if (check.stoppedAfter(0, List.of()).fails(c, failure)) {
            return Optional.empty();
        }
        long passes = 0;
        long fails = 1;
        while (!check.stoppedAfter(fails, List.of()).fails(c, failure)) {
            passes = fails;
            fails *= 4;
            if (fails > MOST) {
                return Optional.empty();
            }
        }
        while (fails - passes > 1) {
            long middle = (passes + fails) >>> 1;
            if (check.stoppedAfter(middle, List.of()).fails(c, failure)) {
                fails = middle;
            } else {
                passes = middle;
            }
        }
        Last last = new Last();
        check.stoppedAfter(fails, List.of(last)).of(c);
        return Optional.of(new GuiltyRewrite(fails, last.rule));
    }
}
