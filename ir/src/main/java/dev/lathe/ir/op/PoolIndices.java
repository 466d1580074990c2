package dev.lathe.ir.op;

import dev.lathe.ir.Value;
import dev.lathe.ir.eval.ReductionEvaluation;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.List;

/**
 * The i64 flat index in {@code x} of the largest element of each window, the first of equals; with {@code columnMajor}
 * the spatial axes are counted in reverse order. The second result of ONNX MaxPool.
 */
public record PoolIndices(
        Value x, List<Long> kernel, Window window, boolean ceilMode, ChannelLayout layout, boolean columnMajor)
        implements Reduction, Windowed {
    @Override
    public List<Type> infer(Check check) {
        check.numeric(x).rankAtLeast(x, 2);
        TensorType t = x.tensorType();
        int spatial = t.rank() - 2;
        window.check(check, spatial, kernel);
        List<Dim> positions = window.positions(t, layout, kernel, ceilMode);
        return check.one(
                ElementType.I64, Windows.result(t.dim(0), t.dim(layout.channelAxis(t.rank())), positions, layout));
    }

    @Override
    public List<Datum> evaluate(Evaluation e) {
        return List.of(ReductionEvaluation.poolIndices(
                e.tensor(x), kernel, window, e.dims(pads()), layout, columnMajor, e.resultDims(this)));
    }
}
