package dev.lathe.backend.tensorrt;

import static dev.lathe.backend.tensorrt.NetworkTensor.UNKNOWN;
import static dev.lathe.backend.tensorrt.RuleChecks.agree;
import static dev.lathe.backend.tensorrt.RuleChecks.axis;
import static dev.lathe.backend.tensorrt.RuleChecks.broadcast;
import static dev.lathe.backend.tensorrt.RuleChecks.floating;
import static dev.lathe.backend.tensorrt.RuleChecks.in;
import static dev.lathe.backend.tensorrt.RuleChecks.like;
import static dev.lathe.backend.tensorrt.RuleChecks.require;
import static dev.lathe.backend.tensorrt.RuleChecks.same;
import static dev.lathe.backend.tensorrt.RuleChecks.scalar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What TensorRT's reference of operators demands of each layer, and the types of what it makes: element types, ranks,
 * dimensions that must agree or broadcast. A layer that breaks a rule is a {@link LayerException}.
 */
final class LayerRules {
    /** {@code Dims::MAX_DIMS}. */
    private static final int MAX_RANK = 8;

    private static final long MAX_VOLUME = Integer.MAX_VALUE;
    /** The most elements that TopK finds. */
    static final long MAX_K = 3840;

    /** TopK finds elements along one of so many last axes. */
    static final int TOP_K_AXES = 4;

    /** What NonZero reads. */
    static final Set<DataType> MARKS = Set.of(DataType.FLOAT, DataType.HALF, DataType.INT32, DataType.BOOL);

    private LayerRules() {}

    /** The type and dimensions of a tensor that has no number yet. */
    record Form(DataType type, List<Long> dims) {
        Form(DataType type, Long... dims) {
            this(type, List.of(dims));
        }
    }

    /** What a layer makes. */
    static List<Form> infer(Layer layer) {
        List<Form> made = forms(layer);
        for (Form f : made) {
            checkSize(f);
        }
        return made;
    }

    /** The limits of every tensor. */
    static void checkSize(Form f) {
        require(
                f.dims.size() <= MAX_RANK,
                "a tensor of rank %s, where TensorRT has at most %s",
                f.dims.size(),
                MAX_RANK);
        long volume = 1;
        for (long d : f.dims) {
            require(d >= UNKNOWN, "a dimension of %s", d);
            volume = d == UNKNOWN ? volume : Math.min(volume * Math.max(d, 1), MAX_VOLUME + 1);
        }
        require(volume <= MAX_VOLUME, "a tensor of %s, where TensorRT has at most 2^31-1 elements", f.dims);
    }

    private static List<Form> forms(Layer layer) {
        return switch (layer) {
            case Layer.Unary l -> one(unary(l));
            case Layer.ElementWise l -> one(elementWise(l));
            case Layer.Activation l -> one(like(floating(l.x(), "Activation")));
            case Layer.Select l -> {
                in(l.condition(), Set.of(DataType.BOOL), "the condition of Select");
                in(l.x(), DataType.NUMBERS_AND_BOOL, "Select");
                same(l.x(), l.y(), "Select");
                yield one(
                        new Form(l.x().type(), broadcast(broadcast(l.condition().dims(), l.x().dims()), l.y().dims())));
            }
            case Layer.Cast l -> one(cast(l));
            case Layer.MatrixMultiply l -> one(ProductRules.matrixMultiply(l));
            case Layer.Convolution l -> one(ProductRules.convolution(l));
            case Layer.Deconvolution l -> one(ProductRules.deconvolution(l));
            case Layer.Attention l -> one(ProductRules.attention(l));
            case Layer.RotaryEmbedding l -> one(ProductRules.rotaryEmbedding(l));
            case Layer.Reduce l -> {
                in(l.x(), DataType.NUMBERS, "Reduce");
                require(!l.axes().isEmpty(), "Reduce over no axes");
                require(
                        l.op() != Layer.ReduceOperation.AVG || l.x().type().isFloat(),
                        "Reduce AVG of %s",
                        l.x().type());
                yield one(new Form(l.x().type(), reduced(l.x(), l.axes(), l.keep())));
            }
            case Layer.Pooling l -> one(pooling(l));
            case Layer.SoftMax l -> {
                axis(l.axis(), l.x());
                yield one(like(floating(l.x(), "SoftMax")));
            }
            case Layer.Normalization l -> {
                floating(l.x(), "Normalization");
                for (NetworkTensor t : List.of(l.scale(), l.bias())) {
                    same(l.x(), t, "Normalization");
                    require(
                            t.rank() == l.x().rank()
                                    && broadcast(l.x().dims(), t.dims()).equals(l.x().dims()),
                            "a scale or bias %s that does not broadcast to %s",
                            t.typeText(),
                            l.x().typeText());
                }
                require(l.scale().dims().equals(l.bias().dims()), "a scale and a bias of different shapes");
                l.axes().forEach(a -> axis(a, l.x()));
                yield one(like(l.x()));
            }
            case Layer.Cumulative l -> {
                in(l.x(), DataType.NUMBERS, "Cumulative");
                axis(l.axis(), l.x());
                yield one(like(l.x()));
            }
            case Layer.Constant l -> {
                require(l.type() != DataType.BOOL, "a Constant of BOOL");
                yield one(new Form(
                        l.type(), Arrays.stream(l.value().dims()).boxed().toList()));
            }
            case Layer.Shape l -> one(new Form(DataType.INT64, (long) l.x().rank()));
            case Layer.Shuffle l -> one(MovementRules.shuffle(l));
            case Layer.Squeeze l -> {
                for (int a : l.axes()) {
                    axis(a, l.x());
                    agree(l.x().dims().get(a), 1, "a squeezed axis");
                }
                yield one(new Form(l.x().type(), reduced(l.x(), l.axes(), false)));
            }
            case Layer.Unsqueeze l -> {
                List<Long> dims = new ArrayList<>(l.x().dims());
                for (int a : l.axes().stream().sorted().toList()) {
                    require(a >= 0 && a <= dims.size(), "axis %s in a tensor of rank %s", a, dims.size());
                    dims.add(a, 1L);
                }
                yield one(new Form(l.x().type(), dims));
            }
            case Layer.Concatenation l -> one(MovementRules.concatenation(l));
            case Layer.Slice l -> one(MovementRules.slice(l));
            case Layer.Resize l -> one(MovementRules.resize(l));
            case Layer.Gather l -> one(IndexRules.gather(l));
            case Layer.Scatter l -> one(IndexRules.scatter(l));
            case Layer.NonZero l -> {
                in(l.x(), MARKS, "NonZero");
                require(l.x().rank() > 0, "NonZero of a scalar");
                yield one(new Form(DataType.INT64, (long) l.x().rank(), UNKNOWN));
            }
            case Layer.TopK l -> IndexRules.topK(l);
            case Layer.NonMaxSuppression l -> IndexRules.nonMaxSuppression(l);
            case Layer.GridSample l -> one(IndexRules.gridSample(l));
            case Layer.Fill l -> one(fill(l));
            case Layer.Quantize l -> {
                floating(l.x(), "Quantize");
                require(DataType.QUANTIZED.contains(l.to()), "Quantize to %s", l.to());
                scale(l.x(), l.scale(), l.axis(), l.to());
                require(
                        l.scale().type() == DataType.FLOAT || l.scale().type() == l.x().type(),
                        "a scale of %s for %s",
                        l.scale().type(),
                        l.x().type());
                yield one(new Form(l.to(), l.x().dims()));
            }
            case Layer.Dequantize l -> {
                in(l.x(), DataType.QUANTIZED, "Dequantize");
                require(l.to().isFloat(), "Dequantize to %s", l.to());
                scale(l.x(), l.scale(), l.axis(), l.x().type());
                yield one(new Form(l.to(), l.x().dims()));
            }
            case Layer.Assertion l -> {
                scalar(l.condition(), Set.of(DataType.BOOL), "what an Assertion demands");
                yield List.of();
            }
            case Layer.Conditional l -> {
                scalar(l.condition(), Set.of(DataType.BOOL), "the condition of an If");
                yield List.of();
            }
            case Layer.ConditionalInput l -> one(like(l.x()));
            case Layer.ConditionalOutput l -> one(conditionalOutput(l));
            case Layer.Loop _ -> List.of();
            case Layer.TripLimit l -> {
                scalar(
                        l.limit(),
                        l.kind() == Layer.TripLimitKind.WHILE ? Set.of(DataType.BOOL) : DataType.INTEGERS,
                        "the limit of a Loop");
                yield List.of();
            }
            case Layer.Recurrence l -> one(like(l.initial()));
            case Layer.RecurrenceNext l -> {
                same(l.recurrence(), l.next(), "a value that a Loop carries");
                require(l.recurrence().rank() == l.next().rank(), "a Loop carries values of different ranks");
                for (int i = 0; i < l.next().rank(); i++) {
                    agree(l.recurrence().dims().get(i), l.next().dims().get(i), "a value that a Loop carries");
                }
                yield List.of();
            }
            case Layer.LastValue l -> one(like(l.recurrence()));
            case Layer.Collected l -> {
                scalar(l.length(), DataType.INTEGERS, "the length of what a Loop collects");
                List<Long> dims = new ArrayList<>(l.x().dims());
                dims.addFirst(UNKNOWN);
                yield one(new Form(l.x().type(), dims));
            }
        };
    }

    private static List<Form> one(Form f) {
        return List.of(f);
    }

    // Elementwise.

    private static Form unary(Layer.Unary l) {
        Set<DataType> types = switch (l.op()) {
            case NOT -> Set.of(DataType.BOOL);
            case ABS, NEG, SIGN -> DataType.NUMBERS;
            default -> DataType.FLOATS;
        };
        in(l.x(), types, "Unary " + l.op());
        return new Form(l.op() == Layer.UnaryOperation.ISNAN ? DataType.BOOL : l.x().type(), l.x().dims());
    }

    private static Form elementWise(Layer.ElementWise l) {
        same(l.x(), l.y(), "ElementWise " + l.op());
        Set<DataType> types = switch (l.op()) {
            case AND, OR, XOR -> Set.of(DataType.BOOL);
            case POW -> DataType.FLOATS;
            default -> DataType.NUMBERS;
        };
        in(l.x(), types, "ElementWise " + l.op());
        DataType made = switch (l.op()) {
            case EQUAL, GREATER, LESS -> DataType.BOOL;
            default -> l.x().type();
        };
        return new Form(made, broadcast(l.x().dims(), l.y().dims()));
    }

    private static Form cast(Layer.Cast l) {
        DataType from = l.x().type();
        require(
                !DataType.QUANTIZED.contains(from) && !DataType.QUANTIZED.contains(l.to()),
                "a Cast from %s to %s, where Quantize and Dequantize are for quantized types",
                from,
                l.to());
        if (from == DataType.UINT8 || l.to() == DataType.UINT8) {
            DataType other = from == DataType.UINT8 ? l.to() : from;
            require(
                    other == DataType.FLOAT || other == DataType.HALF,
                    "a Cast from %s to %s, where UINT8 goes to and from FLOAT and HALF alone",
                    from,
                    l.to());
        }
        return new Form(l.to(), l.x().dims());
    }

    // Reductions.

    private static List<Long> reduced(NetworkTensor x, Collection<Integer> axes, boolean keep) {
        axes.forEach(a -> axis(a, x));
        List<Long> dims = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            if (!axes.contains(i)) {
                dims.add(x.dims().get(i));
            } else if (keep) {
                dims.add(1L);
            }
        }
        return dims;
    }

    private static Form pooling(Layer.Pooling l) {
        floating(l.x(), "Pooling");
        int rank = l.x().rank();
        require(rank == 4 || rank == 5, "Pooling of rank %s, where TensorRT has 2D and 3D", rank);
        List<Long> dims = new ArrayList<>(l.x().dims().subList(0, 2));
        for (int i = 0; i < rank - 2; i++) {
            long n = l.x().dims().get(i + 2);
            require(
                    l.before().get(i) < l.window().get(i)
                            && l.after().get(i) < l.window().get(i),
                    "Pooling with padding that is not smaller than its window");
            long room = n + l.before().get(i) + l.after().get(i) - l.window().get(i);
            require(
                    n == UNKNOWN || room >= 0 || l.roundUp(),
                    "Pooling of %s with a window of %s",
                    l.x().typeText(),
                    l.window());
            long steps = l.roundUp()
                    ? Math.ceilDiv(room, l.stride().get(i))
                    : room / l.stride().get(i);
            dims.add(n == UNKNOWN ? UNKNOWN : steps + 1);
        }
        return new Form(l.x().type(), dims);
    }

    private static Form fill(Layer.Fill l) {
        boolean linear = l.op() == Layer.FillOperation.LINSPACE;
        Set<DataType> types = linear ? Set.of(DataType.FLOAT, DataType.INT32, DataType.INT64) : Set.of(DataType.FLOAT);
        scalar(l.alpha(), types, "the start of Fill");
        same(l.alpha(), l.beta(), "Fill");
        int rank = l.size().known().size();
        if (linear) {
            require(rank == 1 && l.beta().dims().equals(List.of(1L)), "Fill LINSPACE of rank %s", rank);
        } else {
            scalar(l.beta(), types, "the end of Fill");
        }
        return new Form(l.alpha().type(), l.size().known());
    }

    // Quantized numbers.

    private static void scale(NetworkTensor x, NetworkTensor scale, int axis, DataType quantized) {
        in(scale, DataType.FLOATS, "a scale");
        require(x.rank() > 0, "quantized numbers that are a scalar");
        switch (scale.rank()) {
            case 0 -> {}
            case 1 -> {
                axis(axis, x);
                agree(scale.dims().getFirst(), x.dims().get(axis), "the scales of an axis");
            }
            default -> {
                require(scale.rank() == x.rank() && scale.rank() == 2, "blocks of scales of rank %s", scale.rank());
                require(quantized != DataType.INT8, "blocks of scales of INT8");
            }
        }
    }

    // Control flow.

    private static Form conditionalOutput(Layer.ConditionalOutput l) {
        same(l.whenTrue(), l.whenFalse(), "the branches of an If");
        require(
                l.whenTrue().rank() == l.whenFalse().rank(),
                "an If whose branches give ranks %s and %s",
                l.whenTrue().rank(),
                l.whenFalse().rank());
        List<Long> a = l.whenTrue().dims();
        List<Long> b = l.whenFalse().dims();
        return new Form(
                l.whenTrue().type(),
                IntStream.range(0, a.size())
                        .mapToObj(i -> a.get(i).equals(b.get(i)) ? a.get(i) : (Long) UNKNOWN)
                        .toList());
    }
}
