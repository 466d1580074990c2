package dev.lathe.guides;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Breaks the lines of a page that is written from code. Rows of tables stay, which Markdown wants on one line. */
final class Markdown {
    static final int WIDTH = 120;

    /** What stays on one line; code is one word. */
    private static final Pattern WORD = Pattern.compile("(?:`[^`]*`|\\S)+");

    private final StringBuilder out = new StringBuilder();
    /** The lines of the paragraph or list item that is being read. */
    private final List<String> block = new ArrayList<>();

    private Markdown() {}

    static String wrapped(String page) {
        Markdown m = new Markdown();
        boolean code = false;
        for (String line : page.split("\n", -1)) {
            boolean fence = line.startsWith("```");
            if (code && !fence) {
                m.code(line);
            } else if (fence || line.isBlank() || "|#<".indexOf(line.charAt(0)) >= 0) {
                m.flush();
                m.out.append(line).append('\n');
                code ^= fence;
            } else {
                if (line.startsWith("- ")) {
                    m.flush();
                }
                m.block.add(line);
            }
        }
        m.flush();
        m.out.setLength(m.out.length() - 1); // the split gave one line more than there are
        return m.out.toString();
    }

    private void flush() {
        if (block.stream().allMatch(l -> l.length() <= WIDTH)) {
            block.forEach(l -> out.append(l).append('\n'));
        } else {
            String indent = block.getFirst().startsWith("- ") ? "  " : "";
            StringBuilder line = new StringBuilder();
            Matcher words = WORD.matcher(String.join(" ", block));
            while (words.find()) {
                String word = words.group();
                if (line.length() + 1 + word.length() > WIDTH) {
                    out.append(line).append('\n');
                    line.setLength(0);
                    line.append(indent).append(word);
                } else {
                    line.append(line.isEmpty() ? "" : " ").append(word);
                }
            }
            out.append(line).append('\n');
        }
        block.clear();
    }

    /** Breaks behind a comma, or before another choice. */
    private void code(String line) {
        String rest = line;
        while (rest.length() > WIDTH) {
            int comma = rest.lastIndexOf(", ", WIDTH - 1);
            int choice = rest.lastIndexOf(" | ", WIDTH);
            int at = comma > 4 ? comma + 1 : choice;
            if (at <= 4) {
                break;
            }
            out.append(rest, 0, at).append('\n');
            rest = "    " + rest.substring(at + 1);
        }
        out.append(rest).append('\n');
    }
}
