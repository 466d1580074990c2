package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Launches;
import dev.lathe.backend.plan.Instruction;
import dev.lathe.backend.plan.Step;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import java.util.List;
import java.util.function.ToLongFunction;

/** The functions that the steps of plans call, and the program that has them. */
final class TvmLaunches extends Launches {
    private final Program program = new Program();
    private final MovementKernels movements = new MovementKernels(program);
    private final PointwiseKernels pointwise = new PointwiseKernels(program);
    private final ProductKernels products = new ProductKernels(program);
    private final ConvolutionKernels convolutions;
    private final RowKernels rows = new RowKernels(program);
    private final AttentionKernels attention = new AttentionKernels(program);

    /** @param stored the weights that the model stores, by number */
    TvmLaunches(List<Tensor> stored) {
        convolutions =
                new ConvolutionKernels(program, products, w -> w.computed() || areIntegers(stored.get(w.number())));
    }

    private static boolean areIntegers(Tensor t) {
        for (long i = 0; i < t.size(); i++) {
            float x = t.getFloat(i);
            if (x != Math.rint(x)) {
                return false;
            }
        }
        return true;
    }

    /** Whether a launch runs in a call with these sizes. */
    boolean runs(Launch launch, ToLongFunction<Dim> dim) {
        return convolutions.runs(launch, dim);
    }

    @Override
    protected List<Launch> launches(Instruction i) {
        return switch (i.step()) {
            case Step.Copy s when s.from().isInSlot() || s.to().isInSlot() -> List.of();
            case Step.Copy s -> List.of(movements.copy(s));
            case Step.TableCopy s -> List.of(movements.tableCopy(s));
            case Step.GatherSlices s -> List.of(movements.gather(s));
            case Step.GatherElements s -> List.of(movements.gather(s));
            case Step.ScatterElements s -> List.of(movements.scatter(s));
            case Step.Sequence s -> List.of(rows.sequence(s));
            case Step.StoreDims s when s.to().isInSlot() -> List.of();
            case Step.StoreDims s -> List.of(rows.sizes(s));
            case Step.Pointwise s -> List.of(pointwise.launch(s));
            case Step.BatchedProduct s -> List.of(products.batched(s));
            case Step.MatrixProduct s -> List.of(products.matrix(s));
            case Step.Convolution s -> convolutions.launches(s);
            case Step.ComputedConvolution s -> List.of(convolutions.computed(s));
            case Step.Pooling s -> List.of(rows.pool(s));
            case Step.ReduceRows s -> rows.reduce(s);
            case Step.ArgRows s -> List.of(rows.arg(s));
            case Step.CumulateRows s -> List.of(rows.cumulate(s));
            case Step.SoftmaxRows s -> List.of(rows.softmax(s));
            case Step.LayerNormRows s -> List.of(rows.layerNorm(s));
            case Step.Attention s -> List.of(attention.launch(s));
            case Step.BatchedMatrices _,
                    Step.PerElement _,
                    Step.ScatterSlices _,
                    Step.FourierLines _,
                    Step.Resample _ -> throw new IllegalStateException("the table of kernels has none of these");
            case Step.HostOp _,
                    Step.TakeInput _,
                    Step.TakeConstant _,
                    Step.Guard _,
                    Step.Fail _,
                    Step.Bind _,
                    Step.BindZero _,
                    Step.Branch _,
                    Step.Repeat _,
                    Step.Append _,
                    Step.Stack _ -> List.of();
        };
    }

    @Override
    protected void note(String kernel, String origin) {
        program.note(kernel, origin);
    }

    Program program() {
        return program;
    }
}
