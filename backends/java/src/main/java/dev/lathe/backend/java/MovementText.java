package dev.lathe.backend.java;

import dev.lathe.backend.plan.AxisTable;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.tensor.Tensor;
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
        String k = e.p.kernel("TableCopy", array(s.fill()));
        e.p.prepare(k + ".prepare("
                + JavaText.array(e.p.symbols, s.from().shape().dims()) + ", new int[][] {" + tables + "}, workers);");
        e.p.step(k + ".run(" + e.ref(s.from()) + ", " + e.ref(s.to()) + ");");
    }

    /** A scalar as an array of one element. */
    private static String array(Tensor scalar) {
        Kind kind = Kind.of(scalar.element()).orElseThrow();
        String element = switch (kind) {
            case FLOATS -> JavaText.literal(scalar.getFloat(0));
            case DOUBLES -> JavaText.literal(scalar.getDouble(0));
            case LONGS -> JavaText.literal(scalar.getBits(0));
            case INTS, SHORTS, BYTES -> "(" + kind.java + ") " + JavaText.literal(scalar.getBits(0));
        };
        return "new " + kind.java + "[] {" + element + "}";
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
            case AxisTable.Windows t ->
                "MovementEvaluation.windowTable(" + e.dim(t.in()) + ", " + e.dim(t.before()) + ", " + t.stride() + ", "
                        + t.dilation() + ", " + t.taps() + ", " + e.dim(t.out()) + ")";
            case AxisTable.Overlaps t ->
                "MovementEvaluation.overlapTable(" + e.dim(t.in()) + ", " + e.dim(t.before()) + ", " + t.stride() + ", "
                        + t.dilation() + ", " + t.taps() + ", " + e.dim(t.out()) + ", " + t.round() + ")";
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
