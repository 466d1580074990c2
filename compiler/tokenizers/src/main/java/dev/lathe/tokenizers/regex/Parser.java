package dev.lathe.tokenizers.regex;

import dev.lathe.tokenizers.text.CodePoints;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Reads a regular expression in Oniguruma's syntax for Ruby. */
final class Parser {
    private static final int DEEPEST = 200;
    private static final int MOST_REPEATS = 1000;

    private final Cursor in;
    private boolean ignoresCase;
    private boolean dotTakesNewline;
    private boolean extended;
    private int depth;

    private Parser(String pattern) {
        this.in = new Cursor(pattern);
    }

    /**
     * The tree of an expression.
     *
     * @throws PatternException if it is none, or has something that is not supported
     */
    static Node parse(String pattern) {
        Parser parser = new Parser(pattern);
        Node node = parser.choice();
        if (!parser.in.isAtEnd()) {
            throw parser.in.wrong("there is no \"(\" for this \")\"");
        }
        return node;
    }

    private Node choice() {
        if (++depth > DEEPEST) {
            throw in.wrong("it is nested too deeply");
        }
        List<Node> options = new ArrayList<>();
        boolean cased = ignoresCase;
        boolean dotted = dotTakesNewline;
        boolean spaced = extended;
        do {
            options.add(sequence());
        } while (in.accept('|'));
        ignoresCase = cased;
        dotTakesNewline = dotted;
        extended = spaced;
        depth--;
        return options.size() == 1 ? options.getFirst() : new Node.Choice(options);
    }

    private Node sequence() {
        List<Node> parts = new ArrayList<>();
        while (!in.isAtEnd() && !in.sees('|') && !in.sees(')')) {
            if (extended && skipsSpace()) {
                continue;
            }
            if (in.sees('(') && in.seesAt(1, '?') && isComment()) {
                continue;
            }
            if (in.sees('(') && inlineOptions()) {
                parts.add(choice()); // to the end of the group, with the new options
                continue;
            }
            parts.add(quantified(atom()));
        }
        return parts.size() == 1 ? parts.getFirst() : new Node.Sequence(parts);
    }

    private boolean skipsSpace() {
        if (in.accept('#')) {
            while (!in.isAtEnd() && in.next() != '\n') {}
            return true;
        }
        return CodePoints.isWhitespace(in.peek()) && in.next() >= 0;
    }

    private boolean isComment() {
        if (!in.acceptAll("(?#")) {
            return false;
        }
        while (in.next() != ')') {}
        return true;
    }

    /** Options for what follows in this group, such as {@code (?i)}. */
    private boolean inlineOptions() {
        int start = in.place();
        boolean cased = ignoresCase;
        boolean dotted = dotTakesNewline;
        boolean spaced = extended;
        if (in.acceptAll("(?") && !in.sees(')')) {
            options();
            if (in.accept(')')) {
                return true;
            }
        }
        in.back(start);
        ignoresCase = cased;
        dotTakesNewline = dotted;
        extended = spaced;
        return false;
    }

    private void options() {
        boolean on = true;
        while (!in.isAtEnd()) {
            switch (in.peek()) {
                case '-' -> on = false;
                case 'i' -> ignoresCase = on;
                case 'm' -> dotTakesNewline = on;
                case 'x' -> extended = on;
                default -> {
                    return;
                }
            }
            in.next();
        }
    }

    private Node atom() {
        int c = in.next();
        return switch (c) {
            case '(' -> group();
            case '[' -> set(new ClassParser(in).read());
            case '.' -> {
                boolean newline = dotTakesNewline;
                yield new Node.Set(x -> newline || x != '\n');
            }
            case '^' -> new Node.Assertion(Node.Place.LINE_START);
            case '$' -> new Node.Assertion(Node.Place.LINE_END);
            case '\\' -> escape();
            case '*', '+', '?' -> throw in.wrong("there is nothing to repeat");
            default -> literal(c);
        };
    }

    private Node literal(int c) {
        return set(x -> x == c);
    }

    private Node set(IntPredicate members) {
        return new Node.Set(ignoresCase ? anyCase(members) : members);
    }

    private static IntPredicate anyCase(IntPredicate members) {
        return c -> {
            int upper = Character.toUpperCase(c);
            int folded = Character.toLowerCase(upper);
            return members.test(c)
                    || members.test(upper)
                    || members.test(folded)
                    || members.test(Character.toLowerCase(c))
                    || members.test(Character.toTitleCase(c));
        };
    }

    private Node escape() {
        int c = in.next();
        return switch (c) {
            case 'A' -> new Node.Assertion(Node.Place.TEXT_START);
            case 'z' -> new Node.Assertion(Node.Place.TEXT_END);
            case 'Z' -> new Node.Assertion(Node.Place.TEXT_END_OR_LAST_NEWLINE);
            case 'b' -> new Node.Assertion(Node.Place.WORD_BOUNDARY);
            case 'B' -> new Node.Assertion(Node.Place.NO_WORD_BOUNDARY);
            case 'R' ->
                new Node.Atomic(new Node.Choice(List.of(
                        new Node.Sequence(List.of(literal('\r'), literal('\n'))),
                        new Node.Set(x -> x >= 10 && x <= 13 || x == 0x85 || x == 0x2028 || x == 0x2029))));
            case 'G', 'K', 'X', 'k', 'g', 'y', 'Y', 'N', 'O', '1', '2', '3', '4', '5', '6', '7', '8', '9' ->
                throw in.wrong("\\" + (char) c + " is not supported");
            default -> {
                in.back(in.place() - 1);
                yield set(new ClassParser(in).escape(false));
            }
        };
    }

    private Node group() {
        if (!in.accept('?')) {
            return closed(choice());
        }
        int c = in.next();
        switch (c) {
            case ':' -> {
                return closed(choice());
            }
            case '=' -> {
                return new Node.Look(closed(choice()), false, false);
            }
            case '!' -> {
                return new Node.Look(closed(choice()), false, true);
            }
            case '>' -> {
                return new Node.Atomic(closed(choice()));
            }
            case '<' -> {
                if (in.accept('=')) {
                    return new Node.Look(closed(choice()), true, false);
                }
                if (in.accept('!')) {
                    return new Node.Look(closed(choice()), true, true);
                }
                while (in.next() != '>') {}
                return closed(choice());
            }
            default -> {
                in.back(in.place() - 1);
                boolean cased = ignoresCase;
                boolean dotted = dotTakesNewline;
                boolean spaced = extended;
                options();
                if (!in.accept(':')) {
                    throw in.wrong("groups of this kind are not supported");
                }
                Node body = closed(choice());
                ignoresCase = cased;
                dotTakesNewline = dotted;
                extended = spaced;
                return body;
            }
        }
    }

    private Node closed(Node body) {
        if (!in.accept(')')) {
            throw in.wrong("a \")\" is missing");
        }
        return body;
    }

    private Node quantified(Node atom) {
        Node node = atom;
        while (!in.isAtEnd()) {
            int least = 0;
            int most = Node.MANY;
            boolean counted = false;
            if (in.accept('?')) {
                most = 1;
            } else if (in.accept('+')) {
                least = 1;
            } else if (in.sees('{')) {
                int[] counts = counts();
                if (counts.length == 0) {
                    return node;
                }
                least = counts[0];
                most = counts[1];
                counted = true;
            } else if (!in.accept('*')) {
                return node;
            }
            Node.Greed greed = in.accept('?')
                    ? Node.Greed.LAZY
                    : !counted && in.accept('+') ? Node.Greed.POSSESSIVE : Node.Greed.GREEDY;
            if (++depth > DEEPEST) {
                throw in.wrong("it is nested too deeply");
            }
            node = new Node.Repeat(node, least, most, greed);
        }
        return node;
    }

    /** The bounds of {@code {2,3}}; none if the brace is only a brace. */
    private int[] counts() {
        int start = in.place();
        in.next();
        int least = number();
        int most = least;
        if (in.accept(',')) {
            most = number();
            if (most < 0) {
                most = Node.MANY;
            }
            least = Math.max(least, least < 0 && most == Node.MANY ? -1 : 0);
        }
        if (least < 0 || !in.accept('}')) {
            in.back(start);
            return new int[0];
        }
        if (least > MOST_REPEATS || most != Node.MANY && (most > MOST_REPEATS || most < least)) {
            throw in.wrong("repetitions go from 0 to " + MOST_REPEATS);
        }
        return new int[] {least, most};
    }

    private int number() {
        if (in.isAtEnd() || !isDigit(in.peek())) {
            return -1;
        }
        int n = 0;
        while (!in.isAtEnd() && isDigit(in.peek())) {
            n = Math.min(MOST_REPEATS + 1, n * 10 + in.next() - '0');
        }
        return n;
    }

    private static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }
}
