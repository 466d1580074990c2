package dev.lathe.compress;

import dev.lathe.page.Html;
import dev.lathe.page.Page;
import dev.lathe.passes.weights.ChangedWeight;
import dev.lathe.report.Units;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/** A report as one page that needs nothing else, in light and dark. */
public final class ReportPage {
    private static final int WORST = 20;

    private ReportPage() {}

    /** The page of a compression. */
    public static String of(Report r) {
        Html h = new Html();
        h.add("<header><h1>%s</h1>", r.model());
        h.add(
                "<p><span class=\"verdict %s\">%s</span> %s</p></header>",
                r.written() ? "good" : "bad",
                r.written() ? "Compressed." : "Not written: what was asked for does not hold.",
                r.strategies().isEmpty() ? "As it is." : String.join("; ", r.strategies()));
        tiles(h, r);
        if (r.points().size() > 1 || !r.choices().isEmpty()) {
            h.add("<div class=\"two\">");
            if (r.points().size() > 1) {
                h.add(
                        "<section><h2>What was tried<small>%s by size; touch a point for its name</small></h2>%s",
                        r.points().isEmpty() ? r.metric() : "score", Charts.points(r.points(), r.metric()));
                h.add("<div class=\"legend\"><span><i style=\"background:var(--after)\"></i>chosen</span>"
                        + "<span><i style=\"background:var(--good)\"></i>holds the budget</span>"
                        + "<span><i style=\"background:var(--before)\"></i>does not</span>"
                        + "<span>the line joins what no other one beats</span></div></section>");
            }
            if (!r.choices().isEmpty()) {
                h.add("<section><h2>What was decided, and why</h2><ol class=\"steps\">");
                r.choices()
                        .forEach(c ->
                                h.add("<li><i>%s</i><div>%s<small>%s</small></div></li>", c.step(), c.what(), c.why()));
                h.add("</ol></section>");
            }
            h.add("</div>");
        }
        Sensitivity s = r.sensitivity();
        if (s != null) {
            heat(h, s);
        }
        weights(h, r.weights());
        h.add(
                "<footer>Energy is %s. Times are medians of calls in turns with the original.</footer>",
                r.after().energy().how());
        return Page.of(r.model() + " compressed", h);
    }

    /** The page of a look at each weight. */
    public static String of(String model, Sensitivity s) {
        Html h = new Html();
        h.add("<header><h1>%s</h1><p>What the outputs lose if one weight alone is changed.</p></header>", model);
        heat(h, s);
        return Page.of(model + ": sensitivity", h);
    }

    private static void heat(Html h, Sensitivity s) {
        h.add(
                "<section><h2>Sensitivity<small>signal to noise of the outputs in dB, if this weight alone is changed;"
                        + " %s calls; 20 dB is an error of 10 %%, 40 dB of 1 %%</small></h2>%s</section>",
                Integer.toString(s.calls()), Charts.heat(s));
    }

    private static void tiles(Html h, Report r) {
        Measure b = r.before();
        Measure a = r.after();
        h.add("<div class=\"tiles\">");
        tile(h, "Weights", b.weightBytes(), a.weightBytes(), Units::bytes);
        tile(h, "A call", b.millis(), a.millis(), Units::millis);
        tile(h, "Memory", b.memoryBytes(), a.memoryBytes(), Units::bytes);
        tile(h, "Operations", b.flops(), a.flops(), Units::flops);
        tile(h, "Parameters", b.parameters(), a.parameters(), Units::count);
        tile(
                h,
                a.energy().measured() ? "Energy, measured" : "Energy, estimated",
                b.energy().joules(),
                a.energy().joules(),
                j -> String.format(Locale.ROOT, "%.3g J", j));
        h.add(
                "<div class=\"tile\"><span class=\"change %s\">%s</span><h3>%s</h3><b>%s</b> <span>from"
                        + " %s</span>%s</div>",
                r.score().loss() > 0.05 ? "worse" : "better",
                String.format(Locale.ROOT, "loss %.3g %%", 100 * r.score().loss()),
                r.metric(),
                Charts.number(r.score().after()),
                Charts.number(r.score().before()),
                Charts.bars(
                        Math.max(0, r.score().before()), Math.max(0, r.score().after())));
        h.add(
                "<div class=\"tile\"><h3>Cosine to the original</h3><b>%s</b> <span>least %s</span>%s</div>",
                Charts.number(r.fidelity().meanCosine()),
                Charts.number(r.fidelity().leastCosine()),
                Charts.bars(1, Math.max(0, r.fidelity().meanCosine())));
        h.add("</div>");
    }

    private static void tile(Html h, String what, double before, double after, DoubleFunction<String> text) {
        double change = before == 0 ? 0 : after / before - 1;
        h.add(
                "<div class=\"tile\"><span class=\"change %s\">%s</span><h3>%s</h3><b>%s</b> <span>from"
                        + " %s</span>%s</div>",
                change <= 0.005 ? "better" : "worse",
                before == 0 ? "" : String.format(Locale.ROOT, "%+.0f %%", 100 * change),
                what,
                text.apply(after),
                text.apply(before),
                Charts.bars(before, after));
    }

    private static void weights(Html h, List<ChangedWeight> weights) {
        if (weights.isEmpty()) {
            return;
        }
        List<ChangedWeight> worst = weights.stream()
                .sorted(Comparator.comparingDouble(ChangedWeight::sqnr))
                .toList();
        h.add(
                "<section><h2>Weights<small>%s were changed; those that changed most stand first</small></h2>",
                Integer.toString(weights.size()));
        table(h, worst.subList(0, Math.min(WORST, worst.size())));
        if (worst.size() > WORST) {
            h.add("<details><summary>all others</summary>");
            table(h, worst.subList(WORST, worst.size()));
            h.add("</details>");
        }
        h.add("</section>");
    }

    private static void table(Html h, List<ChangedWeight> weights) {
        h.add("<div class=\"scroll\"><table><tr><th>weight</th><th>use</th><th class=\"n\">elements</th>"
                + "<th class=\"n\">bits</th><th class=\"n\">zeros</th><th class=\"n\">signal to noise</th></tr>");
        for (ChangedWeight w : weights) {
            h.add(
                    "<tr><td class=\"name\" title=\"%1$s\"><bdi>%1$s</bdi></td><td>%2$s</td><td class=\"n\">%3$s</td>"
                            + "<td class=\"n\">%4$s</td><td class=\"n\">%5$s</td><td class=\"n\">%6$s</td></tr>",
                    w.name(),
                    w.use(),
                    Units.count(w.elements()),
                    Integer.toString(w.bits()),
                    w.zeros() == 0 ? "" : String.format(Locale.ROOT, "%.0f %%", 100 * w.zeros()),
                    Double.isInfinite(w.sqnr()) ? "same" : String.format(Locale.ROOT, "%.1f dB", w.sqnr()));
        }
        h.add("</table></div>");
    }
}
