package dev.lathe.backend.plan;

import dev.lathe.ir.Node;
import dev.lathe.ir.analysis.GraphCost;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a step must do, whatever kernel runs it, once for each time that it runs. What is inside of a branch or a loop
 * is not counted: these are steps of their own.
 *
 * @param flops operations, a multiply-add counting as two, as the definition has them: Winograd's algorithm needs
 *     fewer. Empty if only a run tells them
 * @param bytes what it reads and writes, weights too, each element once: what a cache saves is not taken off, nor what
 *     a kernel reads twice added. Empty if only a run tells them
 * @param weightBytes those of them that are constants of the model, which no step before has put into a cache
 */
public record StepCost(Optional<Dim> flops, Optional<Dim> bytes, long weightBytes) {
    /** Greatest element, difference, exponential, sum, quotient. */
    private static final int SOFTMAX = 5;
    /** Mean, difference, square, mean, and the product with the reciprocal of the root; scale and bias are two more. */
    private static final int LAYER_NORM = 5;
    /** Of a number of a fast transform, whose size may be known in the call alone: as of one of a thousand numbers. */
    private static final int FOURIER = 25;

    /** The cost of a step. */
    public static StepCost of(Step step) {
        return new StepCost(known(() -> flops(step)), known(() -> bytes(step)), weightBytes(step));
    }

    /** An expression; empty if it becomes too long. */
    private static Optional<Dim> known(Supplier<Optional<Dim>> cost) {
        try {
            return cost.get();
        } catch (ArithmeticException e) {
            return Optional.empty();
        }
    }

    // Operations.

    private static Optional<Dim> flops(Step step) {
        return switch (step) {
            case Step.Pointwise s -> flops(s.kernel());
            case Step.BatchedProduct s ->
                with(s.epilogue(), products(s.to(), s.x().shape().dim(-1)));
            case Step.BatchedMatrices s ->
                with(s.epilogue(), products(s.to(), s.x().shape().dim(-1)));
            case Step.MatrixProduct s ->
                with(
                        s.epilogue(),
                        s.rows()
                                .times(s.matrix().depth())
                                .times(s.matrix().columns())
                                .times(2));
            case Step.Convolution s -> {
                View each = s.form() == Step.Convolution.Form.TRANSPOSED ? s.x() : s.to();
                Optional<Dim> own = with(
                        s.epilogue(),
                        products(
                                each,
                                Dim.of(s.filters().dim(1)).times(s.window().taps())));
                Optional<Dim> before = s.expansion().map(StepCost::flops).orElse(Optional.of(Dim.ZERO));
                yield sum(Stream.of(before, own));
            }
            case Step.ComputedConvolution s ->
                with(
                        s.epilogue(),
                        products(
                                s.to(),
                                s.filters().shape().dim(1).times(s.window().taps())));
            case Step.Pooling s -> elements(s.to(), s.window().taps());
            case Step.ReduceRows s -> elements(s.x(), s.functions().size());
            case Step.ArgRows s -> elements(s.x(), 1);
            case Step.CumulateRows s -> elements(s.x(), 1);
            case Step.SoftmaxRows s -> elements(s.x(), SOFTMAX);
            case Step.LayerNormRows s ->
                elements(
                        s.x(),
                        LAYER_NORM + (s.scale().isPresent() ? 1 : 0) + (s.bias().isPresent() ? 1 : 0));
            case Step.FourierLines s -> elements(s.to(), FOURIER);
            case Step.Attention s -> attention(s);
            case Step.ScatterElements s -> elements(s.updates(), 1);
            case Step.ScatterSlices s -> elements(s.updates(), 1);
            case Step.Sequence s -> elements(s.to(), 2);
            case Step.PerElement s -> GraphCost.symbolicFlops(s.op());
            case Step.Resample s -> GraphCost.symbolicFlops(s.op());
            case Step.HostOp s -> GraphCost.symbolicFlops(s.op());
            case Step.Copy _,
                    Step.TableCopy _,
                    Step.GatherSlices _,
                    Step.GatherElements _,
                    Step.StoreDims _,
                    Step.TakeInput _,
                    Step.TakeConstant _,
                    Step.Guard _,
                    Step.Fail _,
                    Step.Bind _,
                    Step.BindZero _,
                    Step.Branch _,
                    Step.Repeat _,
                    Step.Append _,
                    Step.Stack _ -> Optional.of(Dim.ZERO);
        };
    }

    private static Optional<Dim> elements(View view, long each) {
        return view.type().isRanked() ? Optional.of(view.shape().elements().times(each)) : Optional.empty();
    }

    /** For each element of {@code each} so many multiply-adds. */
    private static Dim products(View each, Dim depth) {
        return each.shape().elements().times(depth).times(2);
    }

    private static Optional<Dim> with(@Nullable ElementwiseKernel epilogue, Dim own) {
        return epilogue == null ? Optional.of(own) : flops(epilogue).map(own::plus);
    }

    private static Optional<Dim> flops(ElementwiseKernel kernel) {
        return sum(kernel.nodes().stream().map(Node::op).map(GraphCost::symbolicFlops));
    }

    private static Optional<Dim> attention(Step.Attention s) {
        Shape q = s.q().shape();
        Dim scores = q.slice(0, 3).elements().times(s.k().shape().dim(2));
        Dim products = q.dim(3).plus(s.v().shape().dim(3)).times(2);
        return Optional.of(scores.times(products.plus(SOFTMAX)));
    }

    // Bytes.

    private static Optional<Dim> bytes(Step step) {
        return switch (step) {
            case Step.GatherSlices s -> sum(Stream.of(bytes(s.indices()), bytes(s.to()), bytes(s.to())));
            case Step.GatherElements s -> sum(Stream.of(bytes(s.indices()), bytes(s.to()), bytes(s.to())));
            case Step.ScatterElements s ->
                sum(Stream.of(bytes(s.indices()), bytes(s.updates()), bytes(s.updates()), bytes(s.updates())));
            case Step.ScatterSlices s ->
                sum(Stream.of(bytes(s.indices()), bytes(s.updates()), bytes(s.updates()), bytes(s.updates())));
            case Step.TableCopy s -> sum(Stream.of(fewer(s.from(), s.to()), bytes(s.to())));
            case Step.Append s -> sum(Stream.of(bytes(s.item()), bytes(s.item())));
            case Step.Stack s -> sum(Stream.of(bytes(s.to()), bytes(s.to())));
            case Step.Guard _,
                    Step.Fail _,
                    Step.Bind _,
                    Step.BindZero _,
                    Step.TakeInput _,
                    Step.TakeConstant _,
                    Step.Branch _,
                    Step.Repeat _ -> Optional.of(Dim.ZERO);
            default -> {
                long packed = packed(step).stream().mapToLong(StepCost::bytes).sum();
                yield sum(Stream.concat(step.reads().stream(), step.writes().stream())
                                .map(StepCost::bytes))
                        .map(b -> b.plus(packed));
            }
        };
    }

    /** The weights that a step reads in a form of their own. */
    private static List<Weight> packed(Step step) {
        List<Weight> weights = new ArrayList<>();
        if (step instanceof Step.MatrixProduct s) {
            weights.add(s.matrix().weight());
            s.matrix().bias().ifPresent(weights::add);
        } else if (step instanceof Step.BatchedMatrices s) {
            weights.add(s.matrices());
        } else if (step instanceof Step.Convolution s) {
            weights.add(s.filters());
            s.bias().ifPresent(weights::add);
            s.expansion().ifPresent(product -> weights.addAll(packed(product)));
        }
        return weights;
    }

    private static long weightBytes(Step step) {
        if (step instanceof Step.GatherSlices || step instanceof Step.GatherElements) {
            return 0; // a part of them
        }
        Stream<Weight> read = step.reads().stream()
                .map(View::place)
                .filter(Place.Constant.class::isInstance)
                .map(p -> ((Place.Constant) p).weight());
        return Stream.concat(read, packed(step).stream())
                .mapToLong(StepCost::bytes)
                .sum();
    }

    private static long bytes(Weight w) {
        long own = w.element().bytes(w.size());
        return own
                + w.scaling()
                        .map(s ->
                                bytes(s.scale()) + s.zero().map(StepCost::bytes).orElse(0L))
                        .orElse(0L);
    }

    /** Bytes of the elements of a view; those that it has several times count once. */
    private static Optional<Dim> bytes(View view) {
        TensorType type = view.type();
        if (!type.isRanked() || type.element().isString()) {
            return Optional.empty();
        }
        Dim elements = Dim.ONE;
        for (int i = 0; i < type.rank(); i++) {
            if (view.isInSlot() || !view.strides().get(i).isConstant(0)) {
                elements = elements.times(view.shape().dim(i));
            }
        }
        int bits = type.element().bits();
        return Optional.of(
                bits % 8 == 0 ? elements.times(bits / 8) : elements.times(bits).ceilDiv(Dim.of(8)));
    }

    /** The bytes that a copy from one to the other reads. */
    private static Optional<Dim> fewer(View from, View to) {
        return bytes(from).flatMap(a -> bytes(to).map(a::min));
    }

    private static Optional<Dim> sum(Stream<Optional<Dim>> parts) {
        return parts.reduce(Optional.of(Dim.ZERO), (a, b) -> a.flatMap(x -> b.map(x::plus)));
    }
}
