package dev.lathe.cli;

import dev.lathe.compress.Measure;
import dev.lathe.report.Units;
import java.util.Locale;
import java.util.function.DoubleFunction;

/** What a model costs before and after. */
final class ComparisonTable {
    private ComparisonTable() {}

    static void print(Terminal terminal, Measure before, Measure after) {
        Table table = new Table(terminal, "", ">before", ">after", ">after / before");
        row(table, "parameters", before.parameters(), after.parameters(), Units::count);
        row(table, "weights", before.weightBytes(), after.weightBytes(), Units::bytes);
        row(table, "operations", before.flops(), after.flops(), Units::flops);
        row(table, "ops", before.nodes(), after.nodes(), d -> Long.toString((long) d));
        row(table, "memory", before.memoryBytes(), after.memoryBytes(), Units::bytes);
        row(table, "median call", before.millis(), after.millis(), Units::millis);
        row(table, "calls a second", before.perSecond(), after.perSecond(), d -> String.format(Locale.ROOT, "%.4g", d));
        row(table, "processor time", before.cpuMillis(), after.cpuMillis(), Units::millis);
        row(
                table,
                "energy a call",
                before.energy().joules(),
                after.energy().joules(),
                d -> String.format(Locale.ROOT, "%.3g J", d));
        table.print();
        terminal.out().println(terminal.faint("energy is " + after.energy().how()));
    }

    private static void row(Table table, String what, double before, double after, DoubleFunction<String> text) {
        table.row(
                what,
                text.apply(before),
                text.apply(after),
                before == 0 ? "" : String.format(Locale.ROOT, "%.2f", after / before));
    }
}
