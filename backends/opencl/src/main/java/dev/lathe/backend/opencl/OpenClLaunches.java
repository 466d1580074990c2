package dev.lathe.backend.opencl;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Launches;
import dev.lathe.backend.plan.Instruction;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Determinant;
import dev.lathe.ir.op.GatherNd;
import dev.lathe.ir.op.GridSample;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.op.PoolIndices;
import dev.lathe.ir.op.RoiAlign;
import dev.lathe.ir.op.TopK;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The kernels that the steps of plans launch, and the program that has them. */
final class OpenClLaunches extends Launches {
    private final Features features;
    private final ProgramText program = new ProgramText();
    private final MovementText movements;
    private final PointwiseText pointwise;
    private final ProductText products;
    private final TileText tiles;
    private final IndexText indexing = new IndexText(program);
    private final PlainProductText plain;
    private final ReductionText reductions = new ReductionText(program);
    private final ScanText scans = new ScanText(program);
    private final RowText rows;
    private final GroupRowText groupRows = new GroupRowText(program);
    private final WindowText windows = new WindowText(program);
    private final OrderText order = new OrderText(program);
    private final SamplingText sampling;
    private final AttentionText attention;

    /** Launches of kernels that count on {@code features}. */
    OpenClLaunches(Features features) {
        this.features = features;
        this.pointwise = new PointwiseText(program, features.halves(), !features.localTiles());
        this.products = new ProductText(program, pointwise);
        this.tiles = new TileText(program, pointwise, features.byteProducts());
        this.movements = new MovementText(program, !features.localTiles());
        this.rows = new RowText(program, !features.localTiles());
        this.plain = new PlainProductText(program, pointwise);
        this.sampling = new SamplingText(program, features.doubles());
        this.attention = new AttentionText(program, features.localTiles());
    }

    @Override
    protected List<Launch> launches(Instruction i) {
        return switch (i.step()) {
            case Step.Copy s when s.from().isInSlot() || s.to().isInSlot() -> List.of();
            case Step.Copy s -> List.of(movements.copy(s));
            case Step.TableCopy s -> List.of(movements.tableCopy(s));
            case Step.GatherSlices s -> List.of(indexing.gather(s));
            case Step.GatherElements s -> List.of(indexing.gather(s));
            case Step.ScatterElements s -> List.of(indexing.scatter(s));
            case Step.Sequence s -> List.of(scans.sequence(s));
            case Step.StoreDims s -> scans.sizes(s);
            case Step.Pointwise s -> List.of(pointwise.launch(s));
            case Step.BatchedProduct s when s.to().type().element() != ElementType.F32 -> List.of(plain.batched(s));
            case Step.BatchedProduct s -> List.of(features.localTiles() ? tiles.batched(s) : products.batched(s));
            case Step.MatrixProduct s ->
                List.of(
                        features.localTiles()
                                ? tiles.matrix(s)
                                : products.matrix(s, features.tiles().of(MeasuredTiles.name(s), s.rows())));
            case Step.Convolution s ->
                List.of(
                        features.localTiles()
                                ? tiles.convolution(s)
                                : products.convolution(s, features.tiles().of(MeasuredTiles.name(s), pixels(s))));
            case Step.ComputedConvolution s -> List.of(plain.convolution(s));
            case Step.Pooling s -> List.of(rows.pool(s));
            case Step.ReduceRows s
            when features.localTiles()
                    && s.inner().isConstant(1)
                    && s.x().type().element() == ElementType.F32 ->
                IntStream.range(0, s.functions().size())
                        .mapToObj(k -> groupRows.reduce(s.functions().get(k), s, k))
                        .toList();
            case Step.ReduceRows s -> reductions.reduce(s);
            case Step.ArgRows s -> List.of(scans.arg(s));
            case Step.CumulateRows s -> List.of(scans.cumulate(s));
            case Step.SoftmaxRows s -> List.of(features.localTiles() ? groupRows.softmax(s) : rows.softmax(s));
            case Step.LayerNormRows s -> List.of(features.localTiles() ? groupRows.layerNorm(s) : rows.layerNorm(s));
            case Step.Attention s -> List.of(attention.launch(s));
            case Step.PerElement s -> List.of(perElement(s.op(), s.operands(), s.results()));
            case Step.ScatterSlices s -> List.of(indexing.scatter(s));
            case Step.Resample s -> List.of(sampling.resample(s));
            case Step.BatchedMatrices _, Step.FourierLines _ ->
                throw new IllegalStateException("the table of kernels has none of these");
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

    private static Dim pixels(Step.Convolution s) {
        return s.to().shape().slice(0, 3).elements();
    }

    /** Whether a step is a product that is cut into {@link RegisterTile}s. */
    static boolean hasTiles(Step step) {
        return step instanceof Step.MatrixProduct
                || step instanceof Step.Convolution c && c.form() == Step.Convolution.Form.GROUPED;
    }

    /** The name of the product that a step is, if its tiles can be measured: its sizes are known. */
    static Optional<String> product(Step step) {
        return switch (step) {
            case Step.MatrixProduct s -> MeasuredTiles.name(s);
            case Step.Convolution s -> MeasuredTiles.name(s);
            default -> Optional.empty();
        };
    }

    private Launch perElement(CoreOp op, List<View> from, List<View> to) {
        View x = from.getFirst();
        View y = to.getFirst();
        return switch (op) {
            case Conv c -> windows.convolution(c, x, from.get(1), y);
            case ConvTranspose c -> windows.transposed(c, x, from.get(1), y);
            case Pool p -> windows.pool(p, x, y);
            case PoolIndices p -> windows.indices(p, x, y);
            case GridSample g -> sampling.grid(g, x, from.get(1), y);
            case RoiAlign r -> sampling.roiAlign(r, x, from.get(1), from.get(2), y);
            case GatherNd g -> indexing.gather(g, x, from.get(1), y);
            case TopK t -> order.topK(t, x, y, to.get(1));
            case Determinant _ -> plain.determinant(x, y);
            default -> throw new IllegalStateException("the table of kernels has none of " + op.mnemonic());
        };
    }

    @Override
    protected void note(String kernel, String origin) {
        program.note(kernel, origin);
    }

    /** The program as OpenCL C. */
    String source() {
        return program.toString();
    }
}
