package dev.lathe.cli;

import dev.lathe.verify.ValueDifference;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How far values are from those that are expected, as text. */
final class DifferenceTable {
    private DifferenceTable() {}

    static void print(Terminal terminal, PrintWriter to, List<ValueDifference> values) {
        Table table = new Table(terminal, "value", "type", ">max abs", "at", ">max rel", ">cosine", "verdict");
        for (ValueDifference v : values) {
            table.row(
                    v.name(),
                    v.type(),
                    number(v.maxAbsolute()),
                    v.maxAbsolute() == null || v.maxAbsolute() == 0
                            ? ""
                            : v.where().toString(),
                    number(v.maxRelative()),
                    v.cosine() == null ? "-" : String.format(Locale.ROOT, "%.7f", v.cosine()),
                    v.agrees() ? "agrees" : "DIFFERS");
        }
        table.print(to);
        values.stream()
                .filter(v -> !v.agrees())
                .forEach(v -> to.println(terminal.styled("31", "DIFFERENT") + " " + v.name() + ": " + v.reason()));
    }

    private static String number(@Nullable Double x) {
        return x == null ? "-" : x == 0 ? "0" : String.format(Locale.ROOT, "%.3g", x);
    }
}
