package dev.lathe.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Rows in aligned columns. */
final class Table {
    private static final int WIDEST = 48;

    private final Terminal terminal;
    private final List<List<String>> rows = new ArrayList<>();
    private final List<Boolean> right = new ArrayList<>();

    /** A column whose title starts with {@code >} is aligned to the right. */
    Table(Terminal terminal, String... titles) {
        this.terminal = terminal;
        List<String> head = new ArrayList<>();
        for (String title : titles) {
            right.add(title.startsWith(">"));
            head.add(title.startsWith(">") ? title.substring(1) : title);
        }
        rows.add(head);
    }

    void row(String... cells) {
        rows.add(List.of(cells));
    }

    void print() {
        print(terminal.out());
    }

    void print(PrintWriter to) {
        int[] widths = new int[right.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                widths[i] = Math.max(widths[i], Math.min(WIDEST, row.get(i).length()));
            }
        }
        for (int r = 0; r < rows.size(); r++) {
            StringBuilder line = new StringBuilder();
            List<String> row = rows.get(r);
            for (int i = 0; i < row.size(); i++) {
                String cell = shortened(row.get(i), i == row.size() - 1 && !right.get(i));
                String space = " ".repeat(Math.max(0, widths[i] - cell.length()));
                line.append(i == 0 ? "  " : "   ").append(right.get(i) ? space + cell : cell + space);
            }
            String text = line.toString().stripTrailing();
            to.println(r == 0 ? terminal.faint(text) : text);
        }
    }

    /** The end of a long name says more than its beginning. */
    private static String shortened(String cell, boolean last) {
        return last || cell.length() <= WIDEST ? cell : "…" + cell.substring(cell.length() - WIDEST + 1);
    }
}
