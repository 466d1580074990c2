package dev.lathe.tokenizers.regex;

import dev.lathe.tokenizers.text.CodePoints;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** Reads sets of characters: {@code [a-z&&[^x]]}, {@code \p{L}}, {@code \s}, and single escaped characters. */
final class ClassParser {
    private static final int DEEPEST = 50;

    private final Cursor in;
    private int depth;
    /** The character that the last escape was; -1 if it was a set. */
    private int single;

    ClassParser(Cursor in) {
        this.in = in;
    }

    /** What stands behind a {@code [}. */
    IntPredicate read() {
        if (++depth > DEEPEST) {
            throw in.wrong("it is nested too deeply");
        }
        boolean negative = in.accept('^');
        IntPredicate all = null;
        IntPredicate members = null;
        boolean first = true;
        while (first || !in.sees(']')) {
            if (in.acceptAll("&&")) {
                IntPredicate part = members == null ? c -> false : members;
                all = all == null ? part : all.and(part);
                members = null;
            } else {
                IntPredicate next = member();
                members = members == null ? next : members.or(next);
            }
            first = false;
        }
        in.next();
        depth--;
        IntPredicate last = members == null ? c -> false : members;
        IntPredicate set = all == null ? last : all.and(last);
        return negative ? set.negate() : set;
    }

    private IntPredicate member() {
        if (in.sees('[')) {
            IntPredicate posix = posix();
            if (posix != null) {
                return posix;
            }
            in.next();
            return read();
        }
        IntPredicate one;
        if (in.accept('\\')) {
            one = escape(true);
            if (single < 0) {
                return one;
            }
        } else {
            single = in.next();
        }
        int from = single;
        if (!in.sees('-') || in.seesAt(1, ']') || in.seesAt(1, '[')) {
            return c -> c == from;
        }
        in.next();
        if (in.accept('\\')) {
            one = escape(true);
            if (single < 0) {
                IntPredicate set = one;
                return c -> c == from || c == '-' || set.test(c);
            }
        } else {
            single = in.next();
        }
        int to = single;
        if (to < from) {
            throw in.wrong("the range is empty");
        }
        return c -> c >= from && c <= to;
    }

    private @Nullable IntPredicate posix() {
        int start = in.place();
        if (!in.acceptAll("[:")) {
            return null;
        }
        boolean negative = in.accept('^');
        StringBuilder name = new StringBuilder();
        while (!in.isAtEnd() && Character.isLetter(in.peek())) {
            name.appendCodePoint(in.next());
        }
        IntPredicate set = in.acceptAll(":]") ? Properties.named(name.toString()) : null;
        if (set == null) {
            in.back(start);
            return null;
        }
        return negative ? set.negate() : set;
    }

    /** What stands behind a backslash, inside a class or outside. */
    IntPredicate escape(boolean inClass) {
        single = -1;
        int c = in.next();
        switch (c) {
            case 's' -> {
                return CodePoints::isWhitespace;
            }
            case 'S' -> {
                return x -> !CodePoints.isWhitespace(x);
            }
            case 'd' -> {
                return Character::isDigit;
            }
            case 'D' -> {
                return x -> !Character.isDigit(x);
            }
            case 'w' -> {
                return Properties::isWord;
            }
            case 'W' -> {
                return x -> !Properties.isWord(x);
            }
            case 'h' -> {
                return x -> x < 128 && Character.digit(x, 16) >= 0;
            }
            case 'H' -> {
                return x -> x >= 128 || Character.digit(x, 16) < 0;
            }
            case 'p' -> {
                return property(false);
            }
            case 'P' -> {
                return property(true);
            }
            default -> single = character(c, inClass);
        }
        int only = single;
        return x -> x == only;
    }

    private int character(int c, boolean inClass) {
        return switch (c) {
            case 't' -> '\t';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 'f' -> '\f';
            case 'v' -> 0x0b;
            case 'a' -> 7;
            case 'e' -> 0x1b;
            case 'b' -> {
                if (inClass) {
                    yield '\b';
                }
                throw in.wrong("\\b cannot stand here");
            }
            case 'x' -> {
                if (in.accept('{')) {
                    int code = hexadecimal(1, 8);
                    if (!in.accept('}')) {
                        throw in.wrong("a \"}\" is missing");
                    }
                    yield code;
                }
                yield hexadecimal(1, 2);
            }
            case 'u' -> hexadecimal(4, 4);
            case '0' -> {
                int code = 0;
                for (int i = 0; i < 2 && !in.isAtEnd() && in.peek() >= '0' && in.peek() <= '7'; i++) {
                    code = code * 8 + in.next() - '0';
                }
                yield code;
            }
            default -> {
                if (c < 128 && Character.isLetterOrDigit(c)) {
                    throw in.wrong("\\" + (char) c + " is not supported");
                }
                yield c;
            }
        };
    }

    private int hexadecimal(int least, int most) {
        long code = 0;
        int digits = 0;
        while (digits < most && !in.isAtEnd() && Character.digit(in.peek(), 16) >= 0) {
            code = code * 16 + Character.digit(in.next(), 16);
            digits++;
        }
        if (digits < least || code > Character.MAX_CODE_POINT) {
            throw in.wrong("this is no character in hexadecimal digits");
        }
        return (int) code;
    }

    private IntPredicate property(boolean negative) {
        StringBuilder name = new StringBuilder();
        boolean inverted = false;
        if (in.accept('{')) {
            inverted = in.accept('^');
            while (!in.sees('}')) {
                name.appendCodePoint(in.next());
            }
            in.next();
        } else {
            name.appendCodePoint(in.next());
        }
        IntPredicate set = Properties.named(name.toString());
        if (set == null) {
            throw in.wrong("the property \"" + name + "\" is not known");
        }
        return negative == inverted ? set : set.negate();
    }
}
