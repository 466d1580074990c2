package dev.lathe.backend.java;

import dev.lathe.backend.plan.View;
import dev.lathe.ir.op.DeformConv;
import dev.lathe.ir.op.GridSample;
import dev.lathe.ir.op.MaxRoiPool;
import dev.lathe.ir.op.PoolIndices;
import dev.lathe.ir.op.Resize;
import dev.lathe.ir.op.RoiAlign;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Steps that read between elements. */
final class SampleText {
    private final StepPrinter e;

    SampleText(StepPrinter e) {
        this.e = e;
    }

    private static String type(View v) {
        return "ElementType." + v.type().element();
    }

    void grid(GridSample g, View x, View grid, View to) {
        String rule = "new SamplingEvaluation.GridRule(ResizeMode." + g.mode() + ", GridPadding." + g.padding() + ", "
                + g.alignCorners() + ")";
        String k = e.p.kernel("GridSampling", type(x) + ", " + type(grid) + ", " + rule);
        Shape positions = grid.shape().slice(1, grid.shape().rank() - 1);
        e.p.prepare(k + ".prepare(" + JavaText.array(e.p.symbols, x.shape().dims()) + ", " + e.dim(positions.elements())
                + ", workers);");
        e.p.step(k + ".run(" + e.ref(x) + ", " + e.ref(grid) + ", " + e.ref(to) + ");");
    }

    void roiAlign(RoiAlign r, View x, View rois, View images, View to) {
        String rule = "new SamplingEvaluation.RoiRule(" + r.height() + ", " + r.width() + ", " + r.samplingRatio()
                + ", " + JavaText.literal(r.spatialScale()) + ", " + r.halfPixel() + ", " + r.max() + ")";
        String k = e.p.kernel("RoiAlignment", type(x) + ", " + type(rois) + ", " + rule);
        Shape s = x.shape();
        e.p.prepare(k + ".prepare(" + e.dim(s.dim(0)) + ", " + e.dim(s.dim(1)) + ", " + e.dim(s.dim(2)) + ", "
                + e.dim(s.dim(3)) + ", " + e.dim(rois.shape().dim(0)) + ", workers);");
        e.p.where();
        e.p.step(k + ".run(" + e.ref(x) + ", " + e.ref(rois) + ", " + e.ref(images) + ", " + e.ref(to) + ");");
    }

    void places(PoolIndices o, View x, View to) {
        String windows = Stream.of(o.kernel(), o.strides(), o.dilations())
                .map(SampleText::axes)
                .collect(Collectors.joining(", "));
        String k = e.p.kernel("WindowPlaces", type(x) + ", " + o.columnMajor() + ", " + windows);
        Shape from = x.shape();
        int spatial = o.kernel().size();
        e.p.prepare(k + ".prepare(" + e.dim(from.slice(0, 2).elements()) + ", "
                + axes(from.dims().subList(2, 2 + spatial), Dim.ONE) + ", "
                + axes(to.shape().dims().subList(2, 2 + spatial), Dim.ONE) + ", "
                + axes(o.pads().subList(0, spatial), Dim.ZERO) + ", workers);");
        e.p.step(k + ".run(" + e.ref(x) + ", " + e.ref(to) + ");");
    }

    /** Three axes, of which the first are 1 where there are fewer. */
    private static String axes(List<Long> values) {
        return IntStream.range(0, 3)
                .mapToObj(i -> i < 3 - values.size() ? "1" : String.valueOf(values.get(i - 3 + values.size())))
                .collect(Collectors.joining(", ", "new int[] {", "}"));
    }

    private String axes(List<Dim> values, Dim otherwise) {
        List<Dim> three = new ArrayList<>(Collections.nCopies(3 - values.size(), otherwise));
        three.addAll(values);
        return JavaText.array(e.p.symbols, three);
    }

    void maxima(MaxRoiPool r, View x, View rois, View to) {
        String k = e.p.kernel(
                "RegionMaxima",
                type(x) + ", " + type(rois) + ", " + r.height() + ", " + r.width() + ", "
                        + JavaText.literal(r.spatialScale()));
        e.p.prepare(k + ".prepare(" + JavaText.list(e.p.symbols, x.shape().dims()) + ", "
                + e.dim(rois.shape().dim(0)) + ", workers);");
        e.p.where();
        e.p.step(k + ".run(" + e.ref(x) + ", " + e.ref(rois) + ", " + e.ref(to) + ");");
    }

    void deformed(DeformConv c, List<View> operands, View to) {
        View x = operands.get(0);
        View offset = operands.get(1);
        Shape w = c.weights().tensorType().shape();
        String k = e.p.kernel(
                "DeformedWindows",
                w.dim(2).constant() + ", " + w.dim(3).constant() + ", " + numbers(c.strides()) + ", "
                        + numbers(c.dilations()) + ", " + c.offsetGroups());
        e.p.prepare(k + ".prepare(" + JavaText.list(e.p.symbols, x.shape().dims()) + ", "
                + JavaText.list(e.p.symbols, c.pads().subList(0, 2)) + ", "
                + JavaText.list(e.p.symbols, offset.shape().dims().subList(2, 4)) + ", workers);");
        e.p.step(k + ".run(" + e.ref(x) + ", " + e.ref(offset) + ", "
                + (operands.size() == 3 ? e.ref(operands.get(2)) : "null, 0") + ", " + e.ref(to) + ");");
    }

    private static String numbers(List<Long> values) {
        return values.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    /** @param scales the exact factors, if there are such; {@code roi} the region */
    void resize(Resize r, Optional<Tensor> scales, Optional<Tensor> roi, View x, View to) {
        String rule = "new ResizeEvaluation.Rule(ResizeMode." + r.mode() + ", CoordinateMode." + r.coordinates()
                + ", NearestMode." + r.nearest() + ", " + JavaText.literal(r.cubicCoefficient()) + ", "
                + r.excludeOutside() + ", " + JavaText.literal(r.extrapolation()) + ", " + r.antialias() + ")";
        String k = e.p.kernel("Resampling", type(x) + ", " + JavaText.literal(r.extrapolation()));
        List<String> taps = new ArrayList<>();
        int rank = x.shape().rank();
        for (int axis = 0; axis < rank; axis++) {
            String in = e.dim(x.shape().dim(axis));
            String out = e.dim(to.shape().dim(axis));
            int at = axis;
            String scale = scales.map(s -> JavaText.literal(s.getDouble(at)))
                    .orElse("(double) " + out + " / Math.max(1, " + in + ")");
            taps.add("ResizeEvaluation.axisTaps(" + rule + ", " + in + ", " + out + ", " + scale + ", "
                    + roi.map(t -> "true, " + JavaText.literal(t.getDouble(at)) + ", "
                                    + JavaText.literal(t.getDouble(rank + at)))
                            .orElse("false, 0, 1")
                    + ")");
        }
        e.p.prepare(k + ".prepare(" + JavaText.array(e.p.symbols, x.shape().dims())
                + ", new ResizeEvaluation.AxisTaps[] {" + String.join(", ", taps) + "}, workers);");
        e.p.step(k + ".run(" + e.ref(x) + ", " + e.ref(to) + ");");
    }
}
