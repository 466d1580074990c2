package dev.lathe.backend.java;

import dev.lathe.backend.plan.AxisTable;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.type.Shape;
import java.util.stream.Collectors;

/** Steps that move elements. */
final class MovementText {
    private final StepPrinter e;

    MovementText(StepPrinter e) {
        this.e = e;
    }

    void tableCopy(Step.TableCopy s) {
        String tables = s.tables().stream().map(this::table).collect(Collectors.joining(", "));
        String k = e.p.kernel("TableCopy", "");
        e.p.prepare(k + ".prepare("
                + JavaText.array(e.p.symbols, s.from().shape().dims()) + ", new int[][] {" + tables + "}, workers);");
        e.p.step(k + ".run(" + e.ref(s.from()) + ", " + JavaText.literal(s.fill()) + ", " + e.ref(s.to()) + ");");
    }

    private String table(AxisTable table) {
        return switch (table) {
            case AxisTable.Padded t ->
                "MovementEvaluation.padTable(PadMode." + t.mode().name() + ", " + e.dim(t.before()) + ", "
                        + e.dim(t.size()) + ", " + e.dim(t.after()) + ")";
            case AxisTable.Nearest t -> {
                String in = e.dim(t.in());
                String out = e.dim(t.out());
                String scale = t.scale().isEmpty()
                        ? "(double) " + out + " / Math.max(1, " + in + ")"
                        : JavaText.literal(t.scale().getAsDouble());
                yield "ResizeEvaluation.nearestTable(CoordinateMode."
                        + t.coordinates().name() + ", NearestMode." + t.mode().name() + ", " + in + ", " + out + ", "
                        + scale + ")";
            }
        };
    }

    void gather(Step.GatherSlices g) {
        Shape s = g.from().shape();
        String k = e.p.kernel("GatherSlices", "");
        e.p.prepare(k + ".prepare(" + e.dim(s.slice(0, g.axis()).elements()) + ", " + e.dim(s.dim(g.axis())) + ", "
                + e.dim(s.slice(g.axis() + 1, s.rank()).elements()) + ", "
                + e.dim(g.indices().shape().elements()) + ");");
        e.p.where();
        e.p.step(k + ".run(" + e.ref(g.from()) + ", " + e.ref(g.indices()) + ", " + e.ref(g.to()) + ");");
    }

    void store(Step.StoreDims d) {
        View out = d.to();
        StringBuilder s = new StringBuilder();
        for (int i = 0; i < d.values().size(); i++) {
            s.append(e.array(out))
                    .append("[")
                    .append(e.at(out))
                    .append(i == 0 ? "" : " + " + i)
                    .append("] = ")
                    .append(e.p.symbols.wide(d.values().get(i)))
                    .append(i < d.values().size() - 1 ? ";\n        " : ";");
        }
        e.p.step(s.isEmpty() ? ";" : s.toString());
    }
}
