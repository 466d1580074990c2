package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.SamplingEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * For each region of {@code rois}, {@code [R, 5]} as image, x1, y1, x2, y2 times {@code spatialScale}: the largest
 * element of {@code x} in each of {@code height} by {@code width} bins. ONNX MaxRoiPool.
 */
public record MaxRoiPool(Value x, Value rois, long height, long width, double spatialScale) implements Sampling {
    @Override
    public List<Type> infer(Check check) {
        check.floating(x).rank(x, 4).rank(rois, 2);
        check.same(rois.tensorType().dim(1), Dim.of(5), "the image and coordinates of a region");
        Shape s = Shape.of(rois.tensorType().dim(0), x.tensorType().dim(1), Dim.of(height), Dim.of(width));
        return check.one(x.tensorType().element(), s);
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(SamplingEvaluation.maxRoiPool(e.tensor(x), e.tensor(rois), height, width, spatialScale));
    }
}
