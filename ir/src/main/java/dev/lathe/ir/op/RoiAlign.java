package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.SamplingEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * For each region of {@code rois}, {@code [R, 4]} as x1, y1, x2, y2 times {@code spatialScale}, in image
 * {@code batchIndices[r]} of {@code x}, {@code [N, C, H, W]}: the mean or the largest of interpolated samples in
 * each of {@code height} by {@code width} bins. A {@code samplingRatio} of 0 chooses the number of samples by the
 * size of the bins. With {@code halfPixel}, coordinates are shifted by half an element. ONNX RoiAlign.
 */
public record RoiAlign(
        Value x,
        Value rois,
        Value batchIndices,
        long height,
        long width,
        long samplingRatio,
        double spatialScale,
        boolean halfPixel,
        boolean max)
        implements Sampling {
    /** The most samples along an axis of each result that a model may ask for. */
    private static final long MAX_SAMPLING_RATIO = 1 << 10;

    @Override
    public List<Type> infer(Check check) {
        check.that(
                samplingRatio <= MAX_SAMPLING_RATIO,
                "a sampling ratio of %s, where up to %s is possible",
                samplingRatio,
                MAX_SAMPLING_RATIO);
        check.floating(x).rank(x, 4).rank(rois, 2).rank(batchIndices, 1).integer(batchIndices);
        check.same(rois.tensorType().dim(1), Dim.of(4), "the coordinates of a region");
        check.same(rois.tensorType().dim(0), batchIndices.tensorType().dim(0), "the number of regions");
        Shape s = Shape.of(rois.tensorType().dim(0), x.tensorType().dim(1), Dim.of(height), Dim.of(width));
        return check.one(x.tensorType().element(), s);
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.ACCUMULATING;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(SamplingEvaluation.roiAlign(
                new SamplingEvaluation.RoiRule(height, width, samplingRatio, spatialScale, halfPixel, max),
                e.tensor(x),
                e.tensor(rois),
                e.tensor(batchIndices)));
    }
}
