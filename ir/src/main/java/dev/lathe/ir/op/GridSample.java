package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.SamplingEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * {@code x}, {@code [N, C, D1, …, Dr]}, at the positions of {@code grid}, {@code [N, E1, …, Er, r]}, whose entries go
 * from -1 to 1 along the last axis of {@code x} first. With {@code alignCorners} these are the centers of the
 * outermost elements, else their edges. An entry that is NaN counts as -1. ONNX GridSample.
 */
public record GridSample(Value x, Value grid, ResizeMode mode, GridPadding padding, boolean alignCorners)
        implements Sampling {
    @Override
    public List<Type> infer(Check check) {
        check.floating(grid).rankAtLeast(x, 3).rank(grid, x.tensorType().rank());
        Shape s = x.tensorType().shape();
        Shape g = grid.tensorType().shape();
        check.that(
                !g.dim(-1).isConstant() || g.dim(-1).isConstant(s.rank() - 2),
                "positions of %s coordinates in %s",
                g.dim(-1),
                x.type());
        return check.one(x.tensorType().element(), s.slice(0, 2).concat(g.slice(1, g.rank() - 1)));
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.ACCUMULATING;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(SamplingEvaluation.grid(
                new SamplingEvaluation.GridRule(mode, padding, alignCorners), e.tensor(x), e.tensor(grid)));
    }
}
