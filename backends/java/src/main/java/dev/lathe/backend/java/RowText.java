package dev.lathe.backend.java;

import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.type.ElementType;
import java.util.List;

/** Reductions, pools, normalizations and attention. */
final class RowText {
    private final StepPrinter e;

    RowText(StepPrinter e) {
        this.e = e;
    }

    void pooling(Step.Pooling s) {
        String function = switch (s.function()) {
            case MAX_POOL -> "MAX";
            case AVERAGE_POOL -> "MEAN";
            case AVERAGE_POOL_PADDED -> "MEAN_WITH_PADDING";
            case SUM_POOL -> "SUM";
        };
        String window = e.window(s.window(), s.x().shape(), s.to().shape());
        String k = e.p.kernel(
                "Pooling",
                "Pooling.Function." + function + ", ElementType." + s.x().type().element() + ", " + window);
        e.p.prepare(k + ".prepare(" + e.dim(s.window().padAfter(0)) + ", "
                + e.dim(s.window().padAfter(1)) + ", workers);");
        e.p.step(k + ".run(" + e.ref(s.x()) + ", " + e.ref(s.to()) + ");");
    }

    void reduce(Step.ReduceRows s) {
        List<String> functions = s.functions().stream()
                .map(f -> "ReductionRows.Function."
                        + switch (f) {
                            case REDUCE_SUM -> "SUM";
                            case REDUCE_MEAN -> "MEAN";
                            case REDUCE_MIN -> "MIN";
                            case REDUCE_MAX -> "MAX";
                            case REDUCE_PROD -> "PROD";
                        })
                .toList();
        ElementType type = s.x().type().element();
        if (type == ElementType.F32) {
            StringBuilder to = new StringBuilder();
            for (int i = 0; i < functions.size(); i++) {
                to.append(".to(" + i + ", " + e.ref(s.to().get(i)) + ")");
            }
            reduce(s, e.p.kernel("ReductionRows", String.join(", ", functions)), to.toString());
        } else {
            for (int i = 0; i < functions.size(); i++) {
                String k = e.p.kernel("WideReduction", functions.get(i) + ", ElementType." + type);
                reduce(s, k, ".to(" + e.ref(s.to().get(i)) + ")");
            }
        }
    }

    private void reduce(Step.ReduceRows s, String k, String to) {
        e.p.prepare(k + ".prepare(" + e.dim(s.outer()) + ", " + e.dim(s.length()) + ", " + e.dim(s.inner())
                + ", workers);");
        e.p.step(k + to + ".run(" + e.ref(s.x()) + ");");
    }

    void softmax(Step.SoftmaxRows s) {
        String k = e.p.kernel("SoftmaxRows", "");
        e.p.prepare(k + ".prepare(" + e.dim(s.rows()) + ", " + e.dim(s.length()) + ", workers);");
        e.p.step(k + ".run(" + e.ref(s.x()) + ", " + e.ref(s.to()) + ");");
    }

    void layerNorm(Step.LayerNormRows s) {
        String k = e.p.kernel("LayerNormRows", JavaText.literal(s.epsilon()));
        e.p.prepare(k + ".prepare(" + e.dim(s.rows()) + ", " + e.dim(s.length()) + ", workers);");
        e.p.step(k + ".with(" + s.scale().map(e::ref).orElse(k + ".ones(), 0") + ", "
                + s.bias().map(e::ref).orElse(k + ".zeros(), 0") + ").run(" + e.ref(s.x()) + ", " + e.ref(s.to())
                + ");");
    }

    void fourier(Step.FourierLines s) {
        String k = e.p.kernel("FourierLines", "ElementType." + s.x().type().element() + ", " + s.inverse());
        e.p.prepare(k + ".prepare(" + e.dim(s.outer()) + ", " + e.dim(s.length()) + ", " + e.dim(s.bins()) + ", "
                + e.dim(s.inner()) + ", " + e.dim(s.parts()) + ", workers);");
        e.p.step(k + ".run(" + e.ref(s.x()) + ", " + e.ref(s.to()) + ");");
    }

    void attention(Step.Attention s) {
        String k = e.p.kernel("Attention", "m.tiles, workspace, " + JavaText.literal((float) s.scale()));
        layout(k + ".q", s.q());
        layout(k + ".k", s.k());
        layout(k + ".v", s.v());
        layout(k + ".y", s.to());
        s.mask().ifPresent(m -> layout(k + ".mask", m));
        var q = s.q().shape();
        e.p.prepare(k + ".prepare(" + e.dim(q.dim(0)) + ", " + e.dim(q.dim(1)) + ", " + e.dim(q.dim(2)) + ", "
                + e.dim(s.k().shape().dim(2)) + ", " + e.dim(q.dim(3)) + ", "
                + e.dim(s.to().shape().dim(3)) + ", "
                + s.mask().map(m -> e.dim(m.strides().get(3))).orElse("0") + ", workers);");
        e.p.step(k + ".run(" + e.ref(s.q()) + ", " + e.ref(s.k()) + ", " + e.ref(s.v()) + ", "
                + s.mask().map(e::ref).orElse("null, 0") + ", " + e.ref(s.to()) + ");");
    }

    private void layout(String field, View v) {
        e.p.prepare(field + ".prepare(" + e.dim(v.strides().get(0)) + ", "
                + e.dim(v.strides().get(1)) + ", " + e.dim(v.strides().get(2)) + ");");
    }
}
