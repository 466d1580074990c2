package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ContractionEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.List;

/**
 * The transpose (gradient) of {@link Conv}: {@code weights} are {@code [in, out/groups, kernel…]},
 * {@code outputPadding} adds to the end of each spatial axis. There is no bias: add it. ONNX ConvTranspose.
 */
public record ConvTranspose(Value x, Value weights, TransposedWindow window, long groups, ChannelLayout layout)
        implements Contraction {
    @Override
    public List<Type> infer(Check check) {
        check.floating(x).sameElement(x, weights).rankAtLeast(x, 2);
        TensorType t = x.tensorType();
        Shape w = weights.tensorType().shape();
        int spatial = t.rank() - 2;
        check.rank(weights, t.rank());
        check.that(groups > 0, "groups must be positive");
        List<Long> kernel = kernel(check);
        window.window().check(check, spatial, kernel);
        check.that(
                outputPadding().size() == spatial, "output padding %s does not have %s axes", outputPadding(), spatial);
        check.same(t.dim(layout.channelAxis(t.rank())), w.dim(0), "input channels and weights");
        List<Dim> positions = new ArrayList<>();
        for (int i = 0; i < spatial; i++) {
            positions.add(t.dim(layout.spatialAxis() + i)
                    .minus(1)
                    .times(strides().get(i))
                    .plus(outputPadding().get(i))
                    .plus(Windows.span(kernel.get(i), dilations().get(i)))
                    .minus(pads().get(i))
                    .minus(pads().get(spatial + i))
                    .max(Dim.ZERO));
        }
        return check.one(t.element(), Windows.result(t.dim(0), w.dim(1).times(groups), positions, layout));
    }

    @Override
    public Cost cost() {
        return new Cost(x.tensorType()
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

    public List<Long> strides() {
        return window.strides();
    }

    /** All the begins, then all the ends. */
    public List<Dim> pads() {
        return window.pads();
    }

    public List<Long> outputPadding() {
        return window.outputPadding();
    }

    public List<Long> dilations() {
        return window.dilations();
    }

    /** The kernel's size along each spatial axis. */
    public List<Long> kernel() {
        return kernel(Check.INSTANCE);
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ContractionEvaluation.convTranspose(
                e.tensor(x), e.tensor(weights), window.window(), e.dims(pads()), groups, layout, e.resultDims(this)));
    }
}
