package dev.lathe.ir.analysis.axes;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Gather;
import dev.lathe.ir.op.GatherElements;
import dev.lathe.ir.op.GatherNd;
import dev.lathe.ir.op.Indexing;
import dev.lathe.ir.op.NonZero;
import dev.lathe.ir.op.ScatterElements;
import dev.lathe.ir.op.ScatterNd;
import java.util.List;

/** Rules of {@link Indexing} ops: an axis that numbers point into is pinned. */
final class IndexingAxes {
    private IndexingAxes() {}

    static void add(AxisRules rules, Node n, Indexing op) {
        Value y = n.result();
        switch (op) {
            case Gather g -> gather(rules, g, y);
            case GatherElements g -> {
                rules.unions.pin(rules.axis(g.x(), g.axis()));
                rules.broadcast(g.indices(), y);
                beside(rules, g.x(), g.indices(), g.axis());
            }
            case GatherNd g -> gatherNd(rules, g, y);
            case ScatterElements s -> {
                rules.sameBut(s.x(), y, s.axis());
                rules.broadcast(s.indices(), s.updates());
                beside(rules, s.x(), s.indices(), s.axis());
            }
            case ScatterNd s -> scatterNd(rules, n, s);
            case NonZero _ -> rules.pinAll(n);
        }
    }

    private static void gather(AxisRules rules, Gather g, Value y) {
        List<Axis> x = rules.axes(g.x());
        List<Axis> indices = rules.axes(g.indices());
        List<Axis> out = rules.axes(y);
        for (int i = 0; i < x.size(); i++) {
            if (i == g.axis()) {
                rules.unions.pin(x.get(i));
            } else {
                rules.unions.tie(x.get(i), out.get(i < g.axis() ? i : i + indices.size() - 1));
            }
        }
        for (int i = 0; i < indices.size(); i++) {
            rules.unions.tie(indices.get(i), out.get(g.axis() + i));
        }
    }

    /** The axes beside {@code axis} have the same coordinates, as far as they are as long. */
    private static void beside(AxisRules rules, Value x, Value indices, int axis) {
        for (int i = 0; i < rules.axes(x).size(); i++) {
            if (i != axis) {
                Axis a = rules.axis(x, i);
                Axis b = rules.axis(indices, i);
                if (a.size().equals(b.size())) {
                    rules.unions.tie(a, b);
                } else {
                    rules.unions.pin(a);
                    rules.unions.pin(b);
                }
            }
        }
    }

    private static void gatherNd(AxisRules rules, GatherNd g, Value y) {
        List<Axis> x = rules.axes(g.x());
        List<Axis> indices = rules.axes(g.indices());
        List<Axis> out = rules.axes(y);
        int tuple = Math.toIntExact(indices.getLast().size().constant());
        int lead = indices.size() - 1;
        rules.unions.pin(indices.getLast());
        for (int i = 0; i < lead; i++) {
            rules.unions.tie(indices.get(i), out.get(i));
        }
        for (int i = 0; i < x.size(); i++) {
            if (i < g.batchDims()) {
                rules.unions.tie(x.get(i), out.get(i));
            } else if (i < g.batchDims() + tuple) {
                rules.unions.pin(x.get(i));
            } else {
                rules.unions.tie(x.get(i), out.get(lead + i - g.batchDims() - tuple));
            }
        }
    }

    private static void scatterNd(AxisRules rules, Node n, ScatterNd s) {
        List<Axis> x = rules.axes(s.x());
        List<Axis> indices = rules.axes(s.indices());
        List<Axis> updates = rules.axes(s.updates());
        if (!indices.getLast().size().isConstant()) {
            rules.pinAll(n);
            return;
        }
        rules.broadcast(s.x(), n.result());
        int tuple = Math.toIntExact(indices.getLast().size().constant());
        int lead = indices.size() - 1;
        rules.unions.pin(indices.getLast());
        rules.unions.pin(x.subList(0, tuple));
        for (int i = 0; i < lead; i++) {
            rules.unions.tie(indices.get(i), updates.get(i));
        }
        for (int i = tuple; i < x.size(); i++) {
            rules.unions.tie(x.get(i), updates.get(lead + i - tuple));
        }
    }
}
