package dev.lathe.backend.java;

/** Lines of generated sources: what is longer than a line goes on in the next, further to the right. */
final class Lines {
    static final int WIDTH = 120;
    private static final String INDENT = "        ";
    /** Characters that may follow a string to the end of its statement. */
    private static final int CLOSERS = 8;

    private final StringBuilder out = new StringBuilder();

    private Lines() {}

    /** {@code source} in lines of at most {@link #WIDTH} characters. */
    static String wrapped(String source) {
        if (source.lines().allMatch(l -> l.length() <= WIDTH)) {
            return source;
        }
        Lines lines = new Lines();
        source.lines().forEach(lines::add);
        return lines.out.toString();
    }

    private void add(String line) {
        String text = line.stripLeading();
        String indent = line.substring(0, line.length() - text.length());
        if (line.length() <= WIDTH) {
            out.append(line).append('\n');
        } else if (text.startsWith("// ") || text.startsWith("* ")) {
            int start = text.indexOf(' ') + 1;
            comment(indent + text.substring(0, start), text.substring(start));
        } else if (text.startsWith("/** ") && text.endsWith(" */")) {
            out.append(indent).append("/**\n");
            comment(indent + " * ", text.substring(4, text.length() - 3));
            out.append(indent).append(" */\n");
        } else {
            int comment = new Scan(text, text.length()).comment;
            if (comment >= 0) {
                comment(indent + "// ", text.substring(comment + 2).strip());
                add(indent + text.substring(0, comment).stripTrailing());
            } else {
                code(indent, text);
            }
        }
    }

    /** Breaks at spaces. */
    private void comment(String start, String text) {
        String rest = text;
        int room = WIDTH - start.length();
        while (rest.length() > room) {
            int space = rest.lastIndexOf(' ', room);
            int end = space > 0 ? space : room;
            out.append(start).append(rest, 0, end).append('\n');
            rest = rest.substring(end).strip();
        }
        out.append(start).append(rest).append('\n');
    }

    /**
     * Breaks outside as many brackets as possible, and there as late as possible; else within a string, else behind
     * the first bracket.
     */
    private void code(String indent, String text) {
        String rest = text;
        String start = indent;
        while (start.length() + rest.length() > WIDTH) {
            int room = WIDTH - start.length();
            Scan scan = new Scan(rest, room);
            if (scan.best > 0 || scan.inString == 0 && scan.open > 0) {
                int end = scan.best > 0 ? scan.best : scan.open;
                out.append(start).append(rest.substring(0, end).stripTrailing());
                rest = rest.substring(end).stripLeading();
            } else if (scan.inString > 0) {
                out.append(start).append(rest, 0, scan.inString).append('"');
                rest = "+ \"" + rest.substring(scan.inString);
            } else {
                break; // a name that is longer than a line
            }
            out.append('\n');
            start = indent + INDENT;
        }
        out.append(start).append(rest).append('\n');
    }

    /** Where the first characters of a statement can be broken. */
    private static final class Scan {
        /** Where to break between tokens; 0 if nowhere. */
        int best;
        /** Where to break a string that reaches over the end; 0 if none does. */
        int inString;
        /** Behind the first bracket that opens; 0 if there is none. */
        int open;
        /** Where a comment begins; -1 if there is none. */
        int comment = -1;

        private int bestDepth = Integer.MAX_VALUE;

        Scan(String text, int room) {
            int depth = 0;
            int i = 0;
            while (i < text.length() && i < room && comment < 0) {
                char c = text.charAt(i);
                switch (c) {
                    case '"', '\'' -> i = quoted(text, i, room);
                    case '(', '[', '{' -> {
                        depth++;
                        i++;
                        open = c == '(' && open == 0 ? i : open;
                    }
                    case ')', ']', '}' -> {
                        depth--;
                        i++;
                    }
                    default -> {
                        if (c == ',' && text.startsWith(" ", i + 1)) {
                            at(i + 1, depth);
                        } else if (startsPart(text, i) || (c == '.' && i > 0 && text.charAt(i - 1) == ')')) {
                            at(i, depth);
                        } else if (text.startsWith("//", i)) {
                            comment = i;
                        }
                        i++;
                    }
                }
            }
        }

        private void at(int position, int depth) {
            if (depth <= bestDepth) {
                best = position;
                bestDepth = depth;
            }
        }

        /** Whether a binary operator, or the clause of a class, follows a space. */
        private static boolean startsPart(String text, int at) {
            return at > 0
                    && text.charAt(at - 1) == ' '
                    && (text.startsWith("&& ", at)
                            || text.startsWith("|| ", at)
                            || text.startsWith("+ ", at)
                            || text.startsWith("? ", at)
                            || text.startsWith(": ", at)
                            || text.startsWith("-> ", at)
                            || text.startsWith("extends ", at));
        }

        /** The end of a literal; notes where it can be broken if it is longer than there is room. */
        private int quoted(String text, int start, int room) {
            int i = start + 1;
            int whole = start;
            while (text.charAt(i) != text.charAt(start)) {
                if (i < room - 1) {
                    whole = i;
                }
                i += text.charAt(i) == '\\' ? escape(text, i) : 1;
            }
            boolean isAlone = !text.startsWith(".", i + 1);
            if (i + CLOSERS >= room && text.charAt(start) == '"' && whole > start + 1 && isAlone) {
                inString = whole;
            }
            return i + 1;
        }

        /** Characters of the escape sequence at {@code at}. */
        private static int escape(String text, int at) {
            char c = text.charAt(at + 1);
            return c == 'u' ? 6 : Character.isDigit(c) ? 4 : 2;
        }
    }
}
