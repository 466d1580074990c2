package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ContractionEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * Grouped, strided, dilated convolution (cross-correlation) of {@code x} in {@code layout} with {@code weights}
 * {@code [out, in/groups, kernel…]}; {@code pads} are all the begins, then all the ends. There is no bias: add it. ONNX
 * Conv.
 */
public record Conv(Value x, Value weights, Window window, long groups, ChannelLayout layout)
        implements Contraction, Windowed {
    @Override
    public List<Type> infer(Check check) {
        check.numeric(x).sameElement(x, weights).rankAtLeast(x, 2);
        TensorType t = x.tensorType();
        Shape w = weights.tensorType().shape();
        int spatial = t.rank() - 2;
        check.rank(weights, t.rank());
        check.that(groups > 0, "groups must be positive");
        List<Long> kernel = kernel(check);
        window.check(check, spatial, kernel);
        check.same(t.dim(layout.channelAxis(t.rank())), w.dim(1).times(groups), "input channels and weights");
        check.that(
                !w.dim(0).isConstant() || w.dim(0).constant() % groups == 0,
                "output channels %s are not a multiple of groups %s",
                w.dim(0),
                groups);
        List<Dim> positions = window.positions(t, layout, kernel, false);
        return check.one(t.element(), Windows.result(t.dim(0), w.dim(0), positions, layout));
    }

    @Override
    public Cost cost() {
        return new Cost(((TensorType) infer(Check.INSTANCE).getFirst())
                .shape()
                .elements()
                .times(weights.tensorType().shape().without(0).elements())
                .times(2));
    }

    @Override
    public Tolerance tolerance() {
        return Tolerance.ACCUMULATING;
    }

    private List<Long> kernel(Check check) {
        Shape w = weights.tensorType().shape();
        return w.slice(2, w.rank()).dims().stream()
                .map(d -> {
                    check.that(d.isConstant(), "the kernel's size %s must be a constant", d);
                    return d.constant();
                })
                .toList();
    }

    /** The kernel's size along each spatial axis. */
    public List<Long> kernel() {
        return kernel(Check.INSTANCE);
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ContractionEvaluation.conv(
                e.tensor(x), e.tensor(weights), window, e.dims(pads()), groups, layout, e.resultDims(this)));
    }
}
