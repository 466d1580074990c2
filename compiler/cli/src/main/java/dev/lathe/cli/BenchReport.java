package dev.lathe.cli;

import dev.lathe.bench.Benchmark;
import dev.lathe.bench.Comparison;
import dev.lathe.report.Units;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What {@code lathe bench} prints. */
record BenchReport(Terminal terminal, String model) {

    /** Measurements of one set of shapes, in turns. */
    record Rows(String shapes, List<Comparison.Side> sides) {}

    void print(List<Rows> all) {
        Benchmark.Result first = all.getFirst().sides().getFirst().result();
        boolean several = all.size() > 1;
        terminal.out().println(terminal.bold(model) + " in turns, " + how(first));
        if (!several) {
            first.inputs().forEach((name, type) -> fact("input", name + ": " + type));
        }
        terminal.out().println();
        Table table = new Table(
                terminal,
                "target",
                several ? "shapes" : "",
                ">compile",
                ">load",
                ">first",
                ">best",
                ">p50",
                ">p90",
                ">p99",
                ">a second",
                ">ratio",
                ">difference",
                ">baseline");
        for (Rows rows : all) {
            for (Comparison.Side s : rows.sides()) {
                Benchmark.Result r = s.result();
                table.row(
                        r.target(),
                        several ? rows.shapes() : "",
                        Units.millis(r.compileMs()),
                        Units.millis(r.loadMs()),
                        Units.millis(r.firstMs()),
                        Units.millis(r.minMs()),
                        Units.millis(r.medianMs()),
                        Units.millis(r.p90Ms()),
                        Units.millis(r.p99Ms()),
                        String.format(Locale.ROOT, "%.4g", r.perSecond()),
                        String.format(Locale.ROOT, "%.2f", s.ratio()),
                        number(s.difference(), "%.2g"),
                        number(r.baselineRatio(), "%.3f"));
            }
        }
        table.print();
    }

    void print(Benchmark.Result r) {
        terminal.out().println(terminal.bold(model) + " on " + r.target() + ", " + how(r));
        r.inputs().forEach((name, type) -> fact("input", name + ": " + type));
        fact("compile", Units.millis(r.compileMs()));
        fact("load", Units.millis(r.loadMs()));
        fact("first", Units.millis(r.firstMs()));
        fact(
                "steady",
                Units.millis(r.medianMs()) + " p50, " + Units.millis(r.p90Ms()) + " p90, " + Units.millis(r.p99Ms())
                        + " p99, " + Units.millis(r.minMs()) + " best of " + r.runs() + " runs");
        fact("throughput", String.format(Locale.ROOT, "%.4g runs a second", r.perSecond()));
        if (r.peakRssMb() != null) {
            fact("memory", Units.bytes(r.peakRssMb() * 1e6) + " resident at the peak");
        }
        if (r.allocatedBytes() != null) {
            fact("allocation", Units.bytes(r.allocatedBytes()) + " a run");
        }
        if (r.gflops() != null && r.peakShare() != null) {
            fact(
                    "rate",
                    String.format(
                            Locale.ROOT,
                            "%.4g GFLOP/s, %.1f %% of this machine's peak of %.4g GFLOP/s",
                            r.gflops(),
                            100 * r.peakShare(),
                            r.peakGflops()));
        }
        if (r.baselineRatio() != null) {
            fact("baseline", String.format(Locale.ROOT, "%.3f times the median of before", r.baselineRatio()));
        }
    }

    private static String how(Benchmark.Result r) {
        return r.threads()
                + (r.threads() == 1 ? " thread" : " threads")
                + (r.callers() == 1 ? "" : ", " + r.callers() + " callers at a time");
    }

    private static String number(@Nullable Double x, String format) {
        return x == null ? "-" : String.format(Locale.ROOT, format, x);
    }

    private void fact(String label, String text) {
        terminal.out().println("  " + terminal.faint(String.format(Locale.ROOT, "%-11s", label)) + text);
    }
}
