package dev.lathe.profile;

import dev.lathe.backend.Roofline;
import dev.lathe.page.Html;
import dev.lathe.page.Page;
import dev.lathe.page.Scale;
import dev.lathe.report.Units;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A profile as one page: the time of each step, and its place under the roofline. */
public final class ProfilePage {
    private static final double WIDTH = 1060;
    private static final double BARS = 240;
    private static final double ROOF = 420;
    private static final double LEFT = 96;
    private static final double TOP = 12;
    private static final double BOTTOM = 40;
    private static final double RIGHT = 12;

    private ProfilePage() {}

    /** The page of a profile. */
    public static String of(Profile p) {
        Html h = new Html();
        h.add("<header><h1>%s</h1>", p.model());
        h.add(
                "<p>%s, %s; %s calls of %s</p></header>",
                p.target(),
                p.threads() == 1 ? "1 thread" : p.threads() + " threads",
                Integer.toString(p.calls()),
                p.inputs().isEmpty() ? "no input" : inputs(p));
        tiles(h, p);
        h.add(
                "<section><h2>Time of each step<small>in the order of the plan; the dark part is the least that the"
                        + " roofline allows, the light part is lost; touch a bar for its step</small></h2>%s</section>",
                bars(p));
        h.add(
                "<section><h2>Roofline<small>operations a second over operations a byte; a dot is as large as its step"
                        + " takes time; touch it for its step</small></h2>%s",
                roof(p));
        h.add("<div class=\"legend\"><span><i style=\"background:var(--after)\"></i>bound by arithmetic</span>"
                + "<span><i style=\"background:var(--good)\"></i>by a cache</span>"
                + "<span><i style=\"background:var(--bad)\"></i>by memory</span></div></section>");
        h.add("<section><h2>Kernels<small>those that lose most time stand first</small></h2>");
        kernels(h, p);
        h.add("</section><section><h2>Steps<small>those that lose most time stand first</small></h2>");
        steps(h, p);
        h.add("</section>");
        h.add("<footer>Times are medians. Operations are those of the definition, so that an algorithm with fewer may"
                + " be above the peak; bytes count each element once.</footer>");
        return Page.of(p.model() + ": profile", h);
    }

    private static String inputs(Profile p) {
        return String.join(
                ", ",
                p.inputs().entrySet().stream()
                        .map(e -> e.getKey() + ": " + e.getValue())
                        .toList());
    }

    private static void tiles(Html h, Profile p) {
        Roofline r = p.roofline();
        double rate = p.medianMs() == 0 ? 0 : p.flops() / p.medianMs() * 1e3;
        h.add("<div class=\"tiles\">");
        tile(h, "A call", Units.millis(p.medianMs()), Units.millis(p.outsideMs()) + " outside of steps");
        tile(h, "Least, by the roofline", Units.millis(p.leastMs()), percent(p.leastMs() / p.medianMs()) + " of it");
        tile(h, "Operations", Units.flops(rate) + "/s", percent(rate / r.flopsPerSecond()) + " of the peak");
        tile(h, "Peak, measured", Units.flops(r.flopsPerSecond()) + "/s", "multiply-adds of f32");
        tile(
                h,
                "Memory, measured",
                Units.bytes(r.memoryBandwidth()) + "/s",
                "nearest cache: " + Units.bytes(r.cacheBandwidth()) + "/s");
        h.add("</div>");
    }

    private static void tile(Html h, String what, String figure, String more) {
        h.add("<div class=\"tile\"><h3>%s</h3><b>%s</b><br><span>%s</span></div>", what, figure, more);
    }

    private static Html bars(Profile p) {
        double most = p.steps().stream().mapToDouble(Profile.Step::ms).max().orElse(1);
        Scale y = Scale.linear(0, Math.max(most, 1e-9) * 1.03, BARS - BOTTOM, TOP);
        Html h = svg(BARS, "time of each step");
        for (double tick : y.ticks()) {
            horizontal(h, y.at(tick), tick == 0 ? "0" : Units.millis(tick));
        }
        double room = (WIDTH - LEFT - RIGHT) / Math.max(1, p.steps().size());
        double width = Math.max(0.5, Math.min(24, room * 0.82));
        for (Profile.Step s : p.steps()) {
            double x = LEFT + room * s.number() + (room - width) / 2;
            double least = Math.min(s.ms(), s.leastMs() == null ? 0 : s.leastMs());
            h.add("<g><title>%s</title>", title(s));
            bar(h, "before", x, width, y.at(s.ms()), y.at(0));
            bar(h, "after", x, width, y.at(least), y.at(0));
            h.add("</g>");
        }
        int each = Math.max(1, (int) Math.ceil(p.steps().size() / 24.0));
        for (int i = 0; i < p.steps().size(); i += each) {
            h.add(
                    "<text class=\"soft\" x=\"%s\" y=\"%s\" text-anchor=\"middle\">%s</text>",
                    Html.px(LEFT + room * (i + 0.5)), Html.px(BARS - BOTTOM + 15), Integer.toString(i));
        }
        h.add(
                "<text class=\"soft\" x=\"%s\" y=\"%s\" text-anchor=\"middle\">number of the step</text>",
                Html.px((LEFT + WIDTH) / 2), Html.px(BARS - 6));
        return h.add("</svg>");
    }

    private static void bar(Html h, String kind, double x, double width, double top, double bottom) {
        h.add(
                "<rect class=\"%s\" x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\"/>",
                kind, Html.px(x), Html.px(top), Html.px(width), Html.px(Math.max(0, bottom - top)));
    }

    private static Html roof(Profile p) {
        List<Profile.Step> points =
                p.steps().stream().filter(ProfilePage::isPoint).toList();
        Roofline r = p.roofline();
        double peak = r.flopsPerSecond() / 1e9;
        double lowest = points.stream().mapToDouble(ProfilePage::rate).min().orElse(peak / 100);
        double highest = points.stream().mapToDouble(ProfilePage::rate).max().orElse(peak);
        double least = points.stream().mapToDouble(ProfilePage::intensity).min().orElse(0.1);
        double most = points.stream().mapToDouble(ProfilePage::intensity).max().orElse(100);
        double ridge = r.flopsPerSecond() / r.memoryBandwidth();
        Scale x = Scale.logarithmic(Math.min(least, 0.1) / 1.5, Math.max(most, 2 * ridge) * 1.5, LEFT, WIDTH - RIGHT);
        Scale y = Scale.logarithmic(
                Math.min(lowest, peak / 100) / 1.5, Math.max(highest, peak) * 1.8, ROOF - BOTTOM, TOP);
        Html h = svg(ROOF, "roofline");
        for (double tick : y.ticks()) {
            horizontal(h, y.at(tick), Units.flops(tick * 1e9) + "/s");
        }
        for (double tick : x.ticks()) {
            h.add(
                    "<line class=\"grid\" x1=\"%1$s\" x2=\"%1$s\" y1=\"%2$s\" y2=\"%3$s\"/>",
                    Html.px(x.at(tick)), Html.px(TOP), Html.px(ROOF - BOTTOM));
            h.add(
                    "<text class=\"soft\" x=\"%s\" y=\"%s\" text-anchor=\"middle\">%s</text>",
                    Html.px(x.at(tick)),
                    Html.px(ROOF - BOTTOM + 15),
                    tick >= 1 ? String.format(Locale.ROOT, "%.0f", tick) : Double.toString(tick));
        }
        h.add(
                "<text class=\"soft\" x=\"%s\" y=\"%s\" text-anchor=\"middle\">operations a byte</text>",
                Html.px((LEFT + WIDTH) / 2), Html.px(ROOF - 6));
        roofLine(h, x, y, peak, r.memoryBandwidth() / 1e9, "memory " + Units.bytes(r.memoryBandwidth()) + "/s");
        roofLine(h, x, y, peak, r.cacheBandwidth() / 1e9, "cache " + Units.bytes(r.cacheBandwidth()) + "/s");
        h.add(
                "<text x=\"%s\" y=\"%s\" text-anchor=\"end\">peak %s/s</text>",
                Html.px(WIDTH - RIGHT), Html.px(y.at(peak) - 5), Units.flops(r.flopsPerSecond()));
        for (Profile.Step s : points) {
            h.add(
                    "<circle class=\"%s\" fill-opacity=\"0.65\" cx=\"%s\" cy=\"%s\""
                            + " r=\"%s\"><title>%s</title></circle>",
                    colour(s.bound()),
                    Html.px(x.at(intensity(s))),
                    Html.px(y.at(rate(s))),
                    Html.px(2.5 + 26 * Math.sqrt(s.share())),
                    title(s));
        }
        return h.add("</svg>");
    }

    /** The line of a bandwidth up to the peak, from the lower left, and on along the peak. */
    private static void roofLine(Html h, Scale x, Scale y, double peak, double gbPerSecond, String name) {
        double ridge = peak / gbPerSecond;
        double from = Math.max(y.start(), x.start() * gbPerSecond);
        h.add(
                "<polyline class=\"front\" points=\"%s,%s %s,%s %s,%s\"/>",
                Html.px(x.at(from / gbPerSecond)),
                Html.px(y.at(from)),
                Html.px(x.at(ridge)),
                Html.px(y.at(peak)),
                Html.px(x.at(x.end())),
                Html.px(y.at(peak)));
        double middle = Math.sqrt(from * peak);
        h.add(
                "<text class=\"soft\" x=\"%s\" y=\"%s\" text-anchor=\"end\">%s</text>",
                Html.px(x.at(middle / gbPerSecond) - 6), Html.px(y.at(middle)), name);
    }

    private static boolean isPoint(Profile.Step s) {
        return s.flops() != null && s.bytes() != null && s.flops() > 0 && s.bytes() > 0 && s.gflopsPerSecond() != null;
    }

    private static double rate(Profile.Step s) {
        return s.gflopsPerSecond() == null ? 0 : s.gflopsPerSecond();
    }

    private static double intensity(Profile.Step s) {
        return s.flops() == null || s.bytes() == null ? 0 : s.flops() / s.bytes();
    }

    private static String colour(Roofline.@Nullable Bound bound) {
        return switch (bound) {
            case null -> "before";
            case ARITHMETIC -> "after";
            case CACHE -> "good";
            case MEMORY -> "bad";
        };
    }

    private static Html svg(double height, String label) {
        return new Html()
                .add(
                        "<svg viewBox=\"0 0 %s %s\" role=\"img\" aria-label=\"%s\">",
                        Html.px(WIDTH), Html.px(height), label);
    }

    private static void horizontal(Html h, double y, String text) {
        h.add(
                "<line class=\"grid\" x1=\"%s\" x2=\"%s\" y1=\"%3$s\" y2=\"%3$s\"/>",
                Html.px(LEFT), Html.px(WIDTH - RIGHT), Html.px(y));
        h.add(
                "<text class=\"soft\" x=\"%s\" y=\"%s\" text-anchor=\"end\">%s</text>",
                Html.px(LEFT - 6), Html.px(y + 4), text);
    }

    private static String title(Profile.Step s) {
        return s.number() + ": " + s.kernel() + ", " + Units.millis(s.ms())
                + (s.place().isEmpty() ? "" : ", " + s.place()) + "; " + s.value() + "; "
                + String.join(", ", s.nodes());
    }

    private static void kernels(Html h, Profile p) {
        h.add("<div class=\"scroll\"><table><tr><th>kernel</th><th class=\"n\">steps</th><th class=\"n\">time</th>"
                + "<th class=\"n\">share</th><th class=\"n\">lost</th></tr>");
        for (Profile.Kernel k : p.kernels()) {
            h.add(
                    "<tr><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
                            + "<td class=\"n\">%s</td></tr>",
                    k.kernel(),
                    Integer.toString(k.steps()),
                    Units.millis(k.ms()),
                    percent(k.share()),
                    Units.millis(k.lostMs()));
        }
        h.add("</table></div>");
    }

    private static void steps(Html h, Profile p) {
        h.add("<div class=\"scroll\"><table><tr><th class=\"n\">#</th><th>kernel</th><th>value</th>"
                + "<th class=\"n\">runs</th><th class=\"n\">time</th><th class=\"n\">share</th>"
                + "<th class=\"n\">operations</th><th class=\"n\">traffic</th><th class=\"n\">GFLOP/s</th>"
                + "<th class=\"n\">GB/s</th><th class=\"n\">place</th><th class=\"n\">lost</th><th>nodes</th></tr>");
        for (Profile.Step s : p.byLoss()) {
            h.add(
                    "<tr><td class=\"n\">%s</td><td>%s</td><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
                            + "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
                            + "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td>"
                            + "<td class=\"n\">%s</td><td class=\"name\" title=\"%13$s\"><bdi>%13$s</bdi></td></tr>",
                    Integer.toString(s.number()),
                    s.kernel(),
                    s.value(),
                    Integer.toString(s.runs()),
                    Units.millis(s.ms()),
                    percent(s.share()),
                    s.flops() == null ? "?" : Units.flops(s.flops()),
                    s.bytes() == null ? "?" : Units.bytes(s.bytes()),
                    number(s.gflopsPerSecond()),
                    number(s.gbPerSecond()),
                    s.place(),
                    Units.millis(s.lostMs()),
                    String.join(", ", s.nodes()));
        }
        h.add("</table></div>");
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private static String number(@Nullable Double x) {
        return x == null ? "" : String.format(Locale.ROOT, "%.3g", x);
    }
}
