package dev.lathe.tokenizers.regex;

import java.util.List;
import java.util.function.IntPredicate;

/** A regular expression as a tree. */
sealed interface Node {
    /** One character of a set. */
    record Set(IntPredicate members) implements Node {}

    /** One after the other. */
    record Sequence(List<Node> parts) implements Node {}

    /** The first that leads to a match. */
    record Choice(List<Node> options) implements Node {}

    /** Which repetitions are tried first. */
    enum Greed {
        GREEDY,
        LAZY,
        POSSESSIVE
    }

    /** From {@code least} to {@code most} repetitions; {@link #MANY} is without end. */
    record Repeat(Node body, int least, int most, Greed greed) implements Node {}

    /** What follows, or stands before, without taking it. */
    record Look(Node body, boolean behind, boolean negative) implements Node {}

    /** The first match of the body, and no other. */
    record Atomic(Node body) implements Node {}

    /** A place between characters. */
    record Assertion(Place place) implements Node {}

    /** What a place is. */
    enum Place {
        TEXT_START,
        TEXT_END,
        TEXT_END_OR_LAST_NEWLINE,
        LINE_START,
        LINE_END,
        WORD_BOUNDARY,
        NO_WORD_BOUNDARY
    }

    int MANY = Integer.MAX_VALUE;

    /** Whether it can match the empty text. */
    default boolean isNullable() {
        return switch (this) {
            case Set s -> false;
            case Sequence s -> s.parts.stream().allMatch(Node::isNullable);
            case Choice c -> c.options.stream().anyMatch(Node::isNullable);
            case Repeat r -> r.least == 0 || r.body.isNullable();
            case Look l -> true;
            case Atomic a -> a.body.isNullable();
            case Assertion a -> true;
        };
    }

    /** The characters that a match that is not empty may start with. */
    default IntPredicate first() {
        return switch (this) {
            case Set s -> s.members;
            case Sequence s -> {
                IntPredicate all = c -> false;
                for (Node part : s.parts) {
                    all = all.or(part.first());
                    if (!part.isNullable()) {
                        break;
                    }
                }
                yield all;
            }
            case Choice c -> c.options.stream().map(Node::first).reduce(x -> false, IntPredicate::or);
            case Repeat r -> r.body.first();
            case Look l -> c -> false;
            case Atomic a -> a.body.first();
            case Assertion a -> c -> false;
        };
    }

    /** How many characters every match has; -1 if that differs. */
    default int size() {
        return switch (this) {
            case Set s -> 1;
            case Sequence s -> {
                int sum = 0;
                for (Node part : s.parts) {
                    int size = part.size();
                    if (size < 0) {
                        yield -1;
                    }
                    sum += size;
                }
                yield sum;
            }
            case Choice c -> {
                int size = c.options.getFirst().size();
                yield c.options.stream().allMatch(o -> o.size() == size) ? size : -1;
            }
            case Repeat r -> {
                int size = r.body.size();
                yield r.least == r.most && size >= 0 && (long) size * r.least < MANY ? size * r.least : -1;
            }
            case Look l -> 0;
            case Atomic a -> a.body.size();
            case Assertion a -> 0;
        };
    }
}
