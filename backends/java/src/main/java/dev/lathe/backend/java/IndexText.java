package dev.lathe.backend.java;

import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.op.ArgFunction;
import dev.lathe.ir.op.CumulativeFunction;
import dev.lathe.ir.op.GatherNd;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;

/** Steps that go over indices and along axes. */
final class IndexText {
    private final StepPrinter e;

    IndexText(StepPrinter e) {
        this.e = e;
    }

    private static String type(View v) {
        return "ElementType." + v.type().element();
    }

    private String sizes(Shape shape) {
        return JavaText.array(e.p.symbols, shape.dims());
    }

    private String joins(View to, ScatterReduction reduction) {
        return type(to) + ", ScatterReduction." + reduction;
    }

    void gather(Step.GatherElements s) {
        String k = e.p.kernel("ElementsAlongAxis", joins(s.to(), ScatterReduction.NONE));
        e.p.prepare(k + ".prepare(" + sizes(s.from().shape()) + ", "
                + sizes(s.indices().shape()) + ", " + s.axis() + ");");
        e.p.where();
        e.p.step(k + ".gather(" + e.ref(s.from()) + ", " + e.ref(s.indices()) + ", " + e.ref(s.to()) + ");");
    }

    void scatter(Step.ScatterElements s) {
        String k = e.p.kernel("ElementsAlongAxis", joins(s.to(), s.reduction()));
        e.p.prepare(k + ".prepare(" + sizes(s.to().shape()) + ", "
                + sizes(s.indices().shape()) + ", " + s.axis() + ");");
        e.p.where();
        e.p.step(k + ".scatter(" + e.ref(s.indices()) + ", " + e.ref(s.updates()) + ", " + e.ref(s.to()) + ");");
    }

    void scatter(Step.ScatterSlices s) {
        Shape to = s.to().shape();
        Shape indices = s.indices().shape();
        int tuple = (int) indices.dim(-1).constant();
        String k = e.p.kernel("SlicesAtPlaces", joins(s.to(), s.reduction()));
        e.p.prepare(k + ".prepare(1, "
                + e.dim(indices.slice(0, indices.rank() - 1).elements()) + ", " + sizes(to.slice(0, tuple)) + ", "
                + e.dim(to.slice(tuple, to.rank()).elements()) + ");");
        e.p.where();
        e.p.step(k + ".scatter(" + e.ref(s.indices()) + ", " + e.ref(s.updates()) + ", " + e.ref(s.to()) + ");");
    }

    void gather(GatherNd g, View x, View indices, View to) {
        Shape from = x.shape();
        int rank = indices.shape().rank();
        int first = g.batchDims();
        int end = first + (int) indices.shape().dim(-1).constant();
        String k = e.p.kernel("SlicesAtPlaces", joins(to, ScatterReduction.NONE));
        e.p.prepare(k + ".prepare(" + e.dim(from.slice(0, first).elements()) + ", "
                + e.dim(indices.shape().slice(first, rank - 1).elements()) + ", " + sizes(from.slice(first, end)) + ", "
                + e.dim(from.slice(end, from.rank()).elements()) + ");");
        e.p.where();
        e.p.step(k + ".gather(" + e.ref(x) + ", " + e.ref(indices) + ", " + e.ref(to) + ");");
    }

    void sequence(Step.Sequence s) {
        String k = e.p.kernel("Sequence", type(s.to()));
        e.p.prepare(k + ".prepare(" + e.dim(s.to().shape().elements()) + ");");
        e.p.step(k + ".run(" + e.ref(s.start()) + ", " + e.ref(s.delta()) + ", " + e.ref(s.to()) + ");");
    }

    private String axis(Dim outer, Dim length, Dim inner) {
        return ".prepare(" + e.dim(outer) + ", " + e.dim(length) + ", " + e.dim(inner) + ", workers);";
    }

    void arg(Step.ArgRows s) {
        String k = e.p.kernel(
                "ArgRows", type(s.x()) + ", " + (s.function() == ArgFunction.ARG_MAX) + ", " + s.selectLast());
        e.p.prepare(k + axis(s.outer(), s.length(), s.inner()));
        e.p.step(k + ".run(" + e.ref(s.x()) + ", " + e.ref(s.to()) + ");");
    }

    void cumulate(Step.CumulateRows s) {
        String k = e.p.kernel(
                "CumulateRows",
                type(s.x()) + ", " + (s.function() == CumulativeFunction.CUM_SUM) + ", " + s.exclusive() + ", "
                        + s.reverse());
        e.p.prepare(k + axis(s.outer(), s.length(), s.inner()));
        e.p.step(k + ".run(" + e.ref(s.x()) + ", " + e.ref(s.to()) + ");");
    }

    void topK(TopK t, View x, View values, View indices) {
        Shape shape = x.shape();
        String k = e.p.kernel("TopKRows", type(x) + ", " + t.largest());
        e.p.prepare(k
                + axis(
                        shape.slice(0, t.axis()).elements(),
                        shape.dim(t.axis()),
                        shape.slice(t.axis() + 1, shape.rank()).elements()));
        e.p.prepare(k + ".prepare(" + e.dim(t.k()) + ");");
        e.p.step(k + ".run(" + e.ref(x) + ", " + e.ref(values) + ", " + e.ref(indices) + ");");
    }
}
