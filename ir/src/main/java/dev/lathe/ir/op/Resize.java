package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ResizeEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/**
 * {@code x} resampled to {@code shape}. {@code scales}, f32 of one entry an axis, are the exact factors when they are
 * given; otherwise they are the ratios of the sizes. {@code roi} is for {@code TF_CROP_AND_RESIZE}. ONNX Resize.
 */
public record Resize(
        Value x,
        Optional<Value> scales,
        Optional<Value> roi,
        Shape shape,
        ResizeMode mode,
        CoordinateMode coordinates,
        NearestMode nearest,
        double cubicCoefficient,
        boolean excludeOutside,
        double extrapolation,
        boolean antialias)
        implements Movement {
    @Override
    public List<Type> infer(Check check) {
        int rank = x.tensorType().rank();
        check.that(shape.rank() == rank, "resize of %s to %s", x.type(), shape);
        scales.ifPresent(s -> check.floating(s).rank(s, 1).same(s.tensorType().dim(0), Dim.of(rank), "scales"));
        roi.ifPresent(r -> check.floating(r).rank(r, 1).same(r.tensorType().dim(0), Dim.of(2L * rank), "a region"));
        return check.one(x.tensorType().element(), shape);
    }

    @Override
    public Tolerance tolerance() {
        return mode == ResizeMode.NEAREST ? Tolerance.EXACT : Tolerance.ACCUMULATING;
    }

    /** How positions are found and interpolated. */
    public ResizeEvaluation.Rule rule() {
        return new ResizeEvaluation.Rule(
                mode, coordinates, nearest, cubicCoefficient, excludeOutside, extrapolation, antialias);
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(
                ResizeEvaluation.resize(rule(), e.tensor(x), scales.map(e::tensor), roi.map(e::tensor), e.dims(shape)));
    }
}
