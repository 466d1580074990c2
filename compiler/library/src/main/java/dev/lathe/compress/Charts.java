package dev.lathe.compress;

import dev.lathe.page.Html;
import dev.lathe.page.Scale;
import dev.lathe.report.Units;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Charts of a page, as SVG and tables. */
final class Charts {
    private static final double WIDTH = 520;
    private static final double HEIGHT = 300;
    private static final double LEFT = 56;
    private static final double TOP = 12;
    private static final double BOTTOM = 38;

    /** Decibels at which an error is plain to see (10 %), and at which nobody sees it (0.1 %). */
    private static final double POOR = 10;

    private static final double FINE = 60;

    private Charts() {}

    /** Two bars, one above the other. */
    static Html bars(double before, double after) {
        double most = Math.max(Math.max(before, after), 1e-300);
        Html h = new Html();
        h.add("<svg viewBox=\"0 0 200 16\" role=\"img\" aria-hidden=\"true\">");
        h.add(
                "<rect class=\"before\" x=\"0\" y=\"1\" width=\"%s\" height=\"5\" rx=\"2\"/>",
                Html.px(200 * before / most));
        h.add(
                "<rect class=\"after\" x=\"0\" y=\"9\" width=\"%s\" height=\"5\" rx=\"2\"/>",
                Html.px(200 * after / most));
        return h.add("</svg>");
    }

    /** The points that were tried, by size and score; a line joins those that no other one beats. */
    static Html points(List<Point> points, String metric) {
        double mostBytes = points.stream().mapToLong(Point::sizeBytes).max().orElse(1);
        double least = points.stream().mapToDouble(Point::score).min().orElse(0);
        double most = Math.max(points.stream().mapToDouble(Point::score).max().orElse(1), least + 1e-6);
        double margin = (most - least) * 0.08;
        Scale x = Scale.linear(0, mostBytes * 1.05, LEFT, WIDTH - 12);
        Scale y = Scale.linear(least - margin, most + margin, HEIGHT - BOTTOM, TOP);
        Html h = new Html();
        h.add(
                "<svg viewBox=\"0 0 %s %s\" role=\"img\" aria-label=\"%s by size\">",
                Html.px(WIDTH), Html.px(HEIGHT), metric);
        for (double tick : x.ticks()) {
            h.add(
                    "<line class=\"grid\" x1=\"%1$s\" x2=\"%1$s\" y1=\"%2$s\" y2=\"%3$s\"/>",
                    Html.px(x.at(tick)), Html.px(TOP), Html.px(HEIGHT - BOTTOM));
            h.add(
                    "<text class=\"soft\" x=\"%s\" y=\"%s\" text-anchor=\"middle\">%s</text>",
                    Html.px(x.at(tick)), Html.px(HEIGHT - BOTTOM + 15), Units.bytes(tick));
        }
        for (double tick : y.ticks()) {
            h.add(
                    "<line class=\"grid\" x1=\"%s\" x2=\"%s\" y1=\"%3$s\" y2=\"%3$s\"/>",
                    Html.px(LEFT), Html.px(WIDTH - 12), Html.px(y.at(tick)));
            h.add(
                    "<text class=\"soft\" x=\"%s\" y=\"%s\" text-anchor=\"end\">%s</text>",
                    Html.px(LEFT - 6), Html.px(y.at(tick) + 4), number(tick));
        }
        h.add(
                "<text class=\"soft\" x=\"%s\" y=\"%s\" text-anchor=\"middle\">size of the file</text>",
                Html.px((LEFT + WIDTH) / 2), Html.px(HEIGHT - 6));
        h.add("<polyline class=\"front\" points=\"%s\"/>", front(points, x, y));
        for (Point p : points) {
            h.add(
                    "<circle class=\"point%s%s\" cx=\"%s\" cy=\"%s\" r=\"%s\"><title>%s: %s, %s %s</title></circle>",
                    p.holds() ? " holds" : "",
                    p.chosen() ? " chosen" : "",
                    Html.px(x.at(p.sizeBytes())),
                    Html.px(y.at(p.score())),
                    p.chosen() ? "7" : "5",
                    p.name(),
                    Units.bytes(p.sizeBytes()),
                    metric,
                    number(p.score()));
        }
        points.stream().filter(p -> p.chosen() || p == points.getFirst()).forEach(p -> {
            boolean right = x.at(p.sizeBytes()) < WIDTH / 2;
            h.add(
                    "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>",
                    Html.px(x.at(p.sizeBytes()) + (right ? 11 : -11)),
                    Html.px(y.at(p.score()) + 4),
                    right ? "start" : "end",
                    p.name());
        });
        return h.add("</svg>");
    }

    private static String front(List<Point> points, Scale x, Scale y) {
        List<String> line = new ArrayList<>();
        double best = Double.NEGATIVE_INFINITY;
        for (Point p : points.stream()
                .sorted(Comparator.comparingLong(Point::sizeBytes))
                .toList()) {
            if (p.score() > best) {
                best = p.score();
                line.add(Html.px(x.at(p.sizeBytes())) + "," + Html.px(y.at(p.score())));
            }
        }
        return String.join(" ", line);
    }

    /** A row for each weight, a column for each way. */
    static Html heat(Sensitivity s) {
        Html h = new Html();
        h.add("<div class=\"scroll\"><table class=\"heat\"><tr><th>weight</th><th>use</th><th class=\"n\">bytes</th>");
        s.options().forEach(o -> h.add("<th class=\"c\">%s</th>", o));
        h.add("</tr>");
        for (Sensitivity.Row row : s.rows()) {
            h.add(
                    "<tr><td class=\"name\" title=\"%1$s\"><bdi>%1$s</bdi></td><td>%2$s</td><td class=\"n\">%3$s</td>",
                    row.name(), row.use(), Units.bytes(row.bytes()));
            for (Sensitivity.Cell cell : row.cells()) {
                if (cell.changed()) {
                    h.add("<td class=\"c\" style=\"background:%s\">%s</td>", colour(cell.sqnr()), decibels(cell));
                } else {
                    h.add("<td class=\"c none\">–</td>");
                }
            }
            h.add("</tr>");
        }
        return h.add("</table></div>");
    }

    private static String decibels(Sensitivity.Cell cell) {
        return cell.noise() == 0 ? "same" : String.format(Locale.ROOT, "%.0f", cell.sqnr());
    }

    /** From red over yellow to green. */
    private static String colour(double sqnr) {
        double share = Math.clamp((sqnr - POOR) / (FINE - POOR), 0, 1);
        return String.format(Locale.ROOT, "hsl(%.0f 70%% %.0f%%)", 8 + 130 * share, 66 + 8 * share);
    }

    static String number(double x) {
        return String.format(Locale.ROOT, "%.4g", x);
    }
}
