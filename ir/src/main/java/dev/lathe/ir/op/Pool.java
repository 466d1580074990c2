package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReductionEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * {@code function} over sliding windows of the spatial axes; {@code pads} are all the begins, then all the ends. ONNX
 * MaxPool, AveragePool.
 */
public record Pool(
        PoolFunction function, Value x, List<Long> kernel, Window window, boolean ceilMode, ChannelLayout layout)
        implements Reduction, Windowed {
    @Override
    public List<Type> infer(Check check) {
        check.numeric(x).rankAtLeast(x, 2);
        TensorType t = x.tensorType();
        int spatial = t.rank() - 2;
        window.check(check, spatial, kernel);
        List<Dim> positions = window.positions(t, layout, kernel, ceilMode);
        return check.one(t.element(), Windows.result(t.dim(0), t.dim(layout.channelAxis(t.rank())), positions, layout));
    }

    @Override
    public Cost cost() {
        return new Cost(((TensorType) infer(Check.INSTANCE).getFirst())
                .shape()
                .elements()
                .times(kernel.stream().reduce(1L, Math::multiplyExact)));
    }

    @Override
    public Tolerance tolerance() {
        return function == PoolFunction.MAX_POOL ? Tolerance.EXACT : Tolerance.ACCUMULATING;
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ReductionEvaluation.pool(
                function, e.tensor(x), kernel, window, e.dims(pads()), layout, e.resultDims(this)));
    }
}
