package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.DeformEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;
import java.util.Optional;

/**
 * A convolution that reads {@code x}, {@code [N, C, …]}, at positions moved by {@code offset},
 * {@code [N, offsetGroups * taps * spatial, …]}, and weighs each tap by {@code mask},
 * {@code [N, offsetGroups * taps, …]}, if that is there. Between elements it interpolates, outside it reads zero. ONNX
 * DeformConv, without bias.
 */
public record DeformConv(
        Value x, Value weights, Value offset, Optional<Value> mask, Window window, long groups, long offsetGroups)
        implements Sampling, Windowed {
    @Override
    public List<Type> infer(Check check) {
        check.floating(x).sameElement(x, weights).sameElement(x, offset).rankAtLeast(x, 3);
        int rank = x.tensorType().rank();
        check.rank(weights, rank).rank(offset, rank);
        mask.ifPresent(m -> check.sameElement(x, m).rank(m, rank));
        check.that(
                strides().size() == rank - 2
                        && pads().size() == 2 * (rank - 2)
                        && dilations().size() == rank - 2,
                "strides %s, pads %s, dilations %s for %s",
                strides(),
                pads(),
                dilations(),
                x.type());
        Shape o = offset.tensorType().shape();
        return check.one(
                x.tensorType().element(),
                Shape.of(x.tensorType().dim(0), weights.tensorType().dim(0)).concat(o.slice(2, rank)));
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.ACCUMULATING;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(DeformEvaluation.conv(
                e.tensor(x),
                e.tensor(weights),
                e.tensor(offset),
                mask.map(e::tensor),
                window,
                e.dims(pads()),
                groups,
                offsetGroups));
    }
}
