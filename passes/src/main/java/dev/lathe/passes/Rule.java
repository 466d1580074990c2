package dev.lathe.passes;

import dev.lathe.ir.Value;
import dev.lathe.ir.op.Op;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A rewrite of one node. Pure: it looks at the node and at what defines its operands, and gives values to use
 * instead, which it makes with the {@link Match}'s builder. A rule never makes a graph worse, and a table of rules
 * converges.
 *
 * <p>The values have the types of the node's results: the element type, the rank and every dimension are equal, as
 * expressions in normal form. A dimension that is another expression is another type, even if one of the two is
 * better known. A coarser one would lose what later nodes were built on. A finer one would claim what only
 * {@code specialize-shapes} and its like may find out, for the whole graph at once. A rule whose replacement may have
 * another type, where an operand that it drops has enlarged the result, asks {@link Match#ifSameType}; a replacement
 * of another type is an error.
 *
 * @param name what the rule says, as an equation where it is one: {@code x * 1 -> x}
 * @param root the class of the nodes it looks at
 */
public record Rule<T extends Op>(String name, Class<T> root, Rewrite<T> rewrite) {

    /** The body of a rule. */
    @FunctionalInterface
    public interface Rewrite<T extends Op> {
        /** The replacements of the results, or null if the rule does not apply. */
        @Nullable
        List<Value> apply(T op, Match m);
    }

    /** The body of a rule for nodes with one result. */
    @FunctionalInterface
    public interface RewriteOne<T extends Op> {
        @Nullable
        Value apply(T op, Match m);
    }

    /** The replacement that goes with a {@link Pattern}. */
    @FunctionalInterface
    public interface Replacement {
        @Nullable
        Value make(Match m);
    }

    public static <T extends Op> Rule<T> rule(String name, Class<T> root, RewriteOne<T> rewrite) {
        return new Rule<>(name, root, (op, m) -> {
            Value v = rewrite.apply(op, m);
            return v == null ? null : List.of(v);
        });
    }

    public static <T extends Op> Rule<T> ruleForAll(String name, Class<T> root, Rewrite<T> rewrite) {
        return new Rule<>(name, root, rewrite);
    }

    /** Replaces what {@code pattern} matches. */
    public static Rule<? extends Op> rule(String name, Pattern.Node pattern, Replacement replacement) {
        return patternRule(name, pattern.root(), pattern, replacement);
    }

    private static <T extends Op> Rule<T> patternRule(
            String name, Class<T> root, Pattern.Node pattern, Replacement replacement) {
        return new Rule<>(name, root, (op, m) -> {
            Value v = m.replace(pattern, op, replacement);
            return v == null ? null : List.of(v);
        });
    }
}
