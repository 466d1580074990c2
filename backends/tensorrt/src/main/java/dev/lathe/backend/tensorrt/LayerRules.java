package dev.lathe.backend.tensorrt;

import static dev.lathe.backend.tensorrt.NetworkTensor.UNKNOWN;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
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
            case Layer.MatrixMultiply l -> one(matrixMultiply(l));
            case Layer.Convolution l -> one(convolution(l));
            case Layer.Deconvolution l -> one(deconvolution(l));
            case Layer.Attention l -> one(attention(l));
            case Layer.RotaryEmbedding l -> one(rotaryEmbedding(l));
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
            case Layer.Shuffle l -> one(shuffle(l));
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
            case Layer.Concatenation l -> one(concatenation(l));
            case Layer.Slice l -> one(slice(l));
            case Layer.Resize l -> one(resize(l));
            case Layer.Gather l -> one(gather(l));
            case Layer.Scatter l -> one(scatter(l));
            case Layer.NonZero l -> {
                in(l.x(), MARKS, "NonZero");
                require(l.x().rank() > 0, "NonZero of a scalar");
                yield one(new Form(DataType.INT64, (long) l.x().rank(), UNKNOWN));
            }
            case Layer.TopK l -> topK(l);
            case Layer.NonMaxSuppression l -> nonMaxSuppression(l);
            case Layer.GridSample l -> one(gridSample(l));
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

    private static Form like(NetworkTensor x) {
        return new Form(x.type(), x.dims());
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

    // Products.

    private static Form matrixMultiply(Layer.MatrixMultiply l) {
        floating(l.x(), "MatrixMultiply");
        same(l.x(), l.y(), "MatrixMultiply");
        List<Long> x = l.x().dims();
        List<Long> y = l.y().dims();
        require(x.size() >= 2 && y.size() >= 2, "MatrixMultiply of %s and %s", x, y);
        agree(x.getLast(), y.get(y.size() - 2), "the inner dimensions of MatrixMultiply");
        List<Long> dims = new ArrayList<>(broadcast(x.subList(0, x.size() - 2), y.subList(0, y.size() - 2)));
        dims.add(x.get(x.size() - 2));
        dims.add(y.getLast());
        return new Form(l.x().type(), dims);
    }

    private static void spatial(NetworkTensor x, NetworkTensor kernel, Layer.Placement at, String what) {
        floating(x, what);
        same(x, kernel, what);
        require(x.rank() == 4 || x.rank() == 5, "%s of rank %s, where TensorRT has 2D and 3D", what, x.rank());
        require(kernel.rank() == x.rank(), "a kernel of rank %s for %s of rank %s", kernel.rank(), what, x.rank());
        for (int i = 2; i < kernel.rank(); i++) {
            known(kernel.dims().get(i), "%s with a kernel whose size only a run tells", what);
        }
        int n = x.rank() - 2;
        require(
                at.stride().size() == n
                        && at.before().size() == n
                        && at.after().size() == n
                        && at.dilation().size() == n,
                "%s with %s for %s axes",
                what,
                at,
                n);
        require(
                at.before().stream().allMatch(p -> p >= 0)
                        && at.after().stream().allMatch(p -> p >= 0),
                "%s with negative padding",
                what);
    }

    private static Form convolution(Layer.Convolution l) {
        spatial(l.x(), l.kernel(), l.at(), "Convolution");
        List<Long> k = l.kernel().dims();
        agree(
                l.x().dims().get(1),
                k.get(1) == UNKNOWN ? UNKNOWN : k.get(1) * l.groups(),
                "the channels of Convolution");
        known(k.getFirst(), "%s with a number of channels that only a run tells", "Convolution");
        List<Long> dims = new ArrayList<>(List.of(l.x().dims().getFirst(), k.getFirst()));
        for (int i = 0; i < k.size() - 2; i++) {
            long n = l.x().dims().get(i + 2);
            long span = (k.get(i + 2) - 1) * l.at().dilation().get(i) + 1;
            long room = n + l.at().before().get(i) + l.at().after().get(i) - span;
            require(n == UNKNOWN || room >= 0, "Convolution of %s with a kernel of %s", l.x().typeText(), k);
            dims.add(n == UNKNOWN ? UNKNOWN : room / l.at().stride().get(i) + 1);
        }
        return new Form(l.x().type(), dims);
    }

    private static Form deconvolution(Layer.Deconvolution l) {
        spatial(l.x(), l.kernel(), l.at(), "Deconvolution");
        List<Long> k = l.kernel().dims();
        agree(l.x().dims().get(1), k.getFirst(), "the channels of Deconvolution");
        known(k.get(1), "%s with a number of channels that only a run tells", "Deconvolution");
        List<Long> dims = new ArrayList<>(List.of(l.x().dims().getFirst(), k.get(1) * l.groups()));
        for (int i = 0; i < k.size() - 2; i++) {
            long n = l.x().dims().get(i + 2);
            long span = (k.get(i + 2) - 1) * l.at().dilation().get(i) + 1;
            long size = (n - 1) * l.at().stride().get(i)
                    + span
                    - l.at().before().get(i)
                    - l.at().after().get(i);
            require(n == UNKNOWN || size >= 0, "Deconvolution of %s with a kernel of %s", l.x().typeText(), k);
            dims.add(n == UNKNOWN ? UNKNOWN : size);
        }
        return new Form(l.x().type(), dims);
    }

    private static Form rotaryEmbedding(Layer.RotaryEmbedding l) {
        floating(l.x(), "RotaryEmbedding");
        require(l.x().rank() == 4, "RotaryEmbedding of rank %s", l.x().rank());
        long depth = l.turned() == 0 ? l.x().dims().get(3) : l.turned();
        require(depth == UNKNOWN || depth % 2 == 0, "RotaryEmbedding of an odd depth %s", depth);
        for (NetworkTensor t : List.of(l.cos(), l.sin())) {
            same(l.x(), t, "RotaryEmbedding");
            require(t.rank() == 3, "angles of rank %s", t.rank());
            agree(l.x().dims().get(0), t.dims().get(0), "the batch of RotaryEmbedding");
            agree(l.x().dims().get(2), t.dims().get(1), "the positions of RotaryEmbedding");
            agree(depth == UNKNOWN ? UNKNOWN : depth / 2, t.dims().get(2), "the angles of RotaryEmbedding");
        }
        return like(l.x());
    }

    private static Form attention(Layer.Attention l) {
        floating(l.q(), "Attention");
        same(l.q(), l.k(), "Attention");
        same(l.q(), l.v(), "Attention");
        for (NetworkTensor t : List.of(l.q(), l.k(), l.v())) {
            require(t.rank() == 4, "Attention of rank %s", t.rank());
        }
        agree(l.q().dims().get(3), l.k().dims().get(3), "the depth of Attention");
        agree(l.q().dims().get(3), l.v().dims().get(3), "the depth of Attention's values");
        agree(l.k().dims().get(2), l.v().dims().get(2), "the keys and values of Attention");
        l.mask().ifPresent(m -> {
            require(
                    m.type() == DataType.BOOL || m.type() == l.q().type(),
                    "a mask of %s for Attention of %s",
                    m.type(),
                    l.q().type());
            require(m.rank() == 4, "a mask of rank %s", m.rank());
            agree(m.dims().get(2), l.q().dims().get(2), "the mask of Attention");
            agree(m.dims().get(3), l.k().dims().get(2), "the mask of Attention");
        });
        return like(l.q());
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

    // Movements.

    private static Form shuffle(Layer.Shuffle l) {
        List<Long> dims = l.x().dims();
        if (l.transpose().isPresent()) {
            List<Integer> perm = l.transpose().get();
            require(
                    perm.size() == dims.size() && new HashSet<>(perm).size() == perm.size(),
                    "a permutation %s of %s",
                    perm,
                    dims);
            List<Long> from = dims;
            dims = perm.stream().map(from::get).toList();
        }
        if (l.reshape().isPresent()) {
            dims = reshaped(
                    dims, l.reshape().get().known(), l.reshape().get() instanceof Extents.Fixed, l.zeroIsPlaceholder());
        }
        return new Form(l.x().type(), dims);
    }

    private static List<Long> reshaped(List<Long> from, List<Long> to, boolean fixed, boolean zeroIsPlaceholder) {
        List<Long> dims = new ArrayList<>(to);
        for (int i = 0; zeroIsPlaceholder && i < dims.size(); i++) {
            if (dims.get(i) == 0) {
                require(i < from.size(), "a placeholder for axis %s of %s", i, from);
                dims.set(i, from.get(i));
            }
        }
        if (!fixed) {
            return dims;
        }
        require(to.stream().filter(d -> d == UNKNOWN).count() <= 1, "a reshape to %s, with several -1", to);
        long volume = known(from) ? product(from) : UNKNOWN;
        if (to.contains(UNKNOWN)) {
            int open = to.indexOf(UNKNOWN);
            List<Long> others = new ArrayList<>(dims);
            others.remove(open);
            long rest = known(others) ? product(others) : UNKNOWN;
            if (volume != UNKNOWN && rest > 0) {
                require(volume % rest == 0, "a reshape of %s to %s", from, to);
                dims.set(open, volume / rest);
            }
        } else if (volume != UNKNOWN && known(dims)) {
            require(volume == product(dims), "a reshape of %s to %s", from, to);
        }
        return dims;
    }

    private static Form concatenation(Layer.Concatenation l) {
        NetworkTensor first = l.inputs().getFirst();
        axis(l.axis(), first);
        require(first.type() != DataType.UINT8, "Concatenation of UINT8");
        List<Long> dims = new ArrayList<>(first.dims());
        for (NetworkTensor t : l.inputs().subList(1, l.inputs().size())) {
            same(first, t, "Concatenation");
            require(t.rank() == first.rank(), "Concatenation of ranks %s and %s", first.rank(), t.rank());
            for (int i = 0; i < dims.size(); i++) {
                long a = dims.get(i);
                long b = t.dims().get(i);
                if (i == l.axis()) {
                    dims.set(i, a == UNKNOWN || b == UNKNOWN ? UNKNOWN : a + b);
                } else {
                    agree(a, b, "the parts of Concatenation");
                    dims.set(i, a == UNKNOWN ? b : a);
                }
            }
        }
        return new Form(first.type(), dims);
    }

    private static Form slice(Layer.Slice l) {
        int rank = l.x().rank();
        require(rank > 0, "Slice of a scalar");
        require(
                l.start().known().size() == rank
                        && l.size().known().size() == rank
                        && l.stride().known().size() == rank,
                "Slice of %s with %s, %s, %s",
                l.x().typeText(),
                l.start(),
                l.size(),
                l.stride());
        require((l.mode() == Layer.SampleMode.FILL) == l.fill().isPresent(), "Slice %s with a value", l.mode());
        l.fill().ifPresent(f -> {
            same(l.x(), f, "the value of Slice");
            require(f.rank() == 0, "a value of rank %s for Slice", f.rank());
        });
        List<Long> dims = l.size().known();
        for (int i = 0; l.mode() == Layer.SampleMode.STRICT_BOUNDS && i < rank; i++) {
            long n = l.x().dims().get(i);
            long start = l.start().known().get(i);
            long size = dims.get(i);
            if (l.start() instanceof Extents.Fixed && l.stride() instanceof Extents.Fixed && n != UNKNOWN && size > 0) {
                long last = start + (size - 1) * l.stride().known().get(i);
                require(
                        Math.min(start, last) >= 0 && Math.max(start, last) < n,
                        "Slice from %s to %s of axis %s of %s",
                        start,
                        last,
                        i,
                        l.x().typeText());
            }
        }
        return new Form(l.x().type(), dims);
    }

    private static Form resize(Layer.Resize l) {
        floating(l.x(), "Resize");
        int rank = l.x().rank();
        require(l.size().known().size() == rank && rank > 0, "Resize of %s to %s", l.x().typeText(), l.size());
        int most = switch (l.mode()) {
            case NEAREST -> 8;
            case LINEAR -> 3;
            case CUBIC -> 2;
        };
        for (int i = 0; i < rank - most; i++) {
            agree(l.x().dims().get(i), l.size().known().get(i), "an outer axis of Resize " + l.mode());
        }
        return new Form(l.x().type(), l.size().known());
    }

    // Indices.

    private static Form gather(Layer.Gather l) {
        in(l.data(), DataType.MOVABLE, "Gather");
        require(l.data().type() != DataType.UINT8, "Gather of UINT8");
        require(l.data().rank() > 0, "Gather of a scalar");
        in(l.indices(), DataType.INTEGERS, "the indices of Gather");
        List<Long> data = l.data().dims();
        List<Long> indices = l.indices().dims();
        return switch (l.mode()) {
            case DEFAULT -> {
                axis(l.axis(), l.data());
                List<Long> dims = new ArrayList<>(data.subList(0, l.axis()));
                dims.addAll(indices);
                dims.addAll(data.subList(l.axis() + 1, data.size()));
                yield new Form(l.data().type(), dims);
            }
            case ELEMENT -> {
                axis(l.axis(), l.data());
                require(indices.size() == data.size(), "Gather ELEMENT of ranks %s and %s", data, indices);
                yield new Form(l.data().type(), indices);
            }
            case ND -> {
                int batch = l.elementwiseDims();
                require(batch == 0 || batch == 1, "Gather ND with %s batch axes", batch);
                require(!indices.isEmpty() && indices.getLast() != UNKNOWN, "Gather ND with tuples of any length");
                int tuple = Math.toIntExact(indices.getLast());
                require(
                        batch + tuple <= data.size(),
                        "Gather ND of %s with %s",
                        l.data().typeText(),
                        indices);
                List<Long> dims = new ArrayList<>(indices.subList(0, indices.size() - 1));
                dims.addAll(data.subList(batch + tuple, data.size()));
                yield new Form(l.data().type(), dims);
            }
        };
    }

    private static Form scatter(Layer.Scatter l) {
        in(l.data(), DataType.NUMBERS, "Scatter");
        require(l.data().rank() > 0, "Scatter into a scalar");
        same(l.data(), l.updates(), "Scatter");
        in(l.indices(), DataType.INTEGERS, "the indices of Scatter");
        int rank = l.data().rank();
        List<Long> indices = l.indices().dims();
        if (l.mode() == Layer.ScatterMode.ELEMENT) {
            axis(l.axis(), l.data());
            require(
                    indices.size() == rank && l.updates().rank() == rank,
                    "Scatter ELEMENT of ranks %s, %s, %s",
                    rank,
                    indices.size(),
                    l.updates().rank());
        } else {
            require(!indices.isEmpty() && indices.getLast() != UNKNOWN, "Scatter ND with tuples of any length");
            require(
                    l.updates().rank() == rank + indices.size() - indices.getLast() - 1,
                    "Scatter ND of ranks %s, %s, %s",
                    rank,
                    indices,
                    l.updates().rank());
        }
        return like(l.data());
    }

    private static List<Form> topK(Layer.TopK l) {
        in(l.x(), DataType.NUMBERS, "TopK");
        require(l.x().rank() >= 2, "TopK of rank %s, where TensorRT needs at least 2", l.x().rank());
        axis(l.axis(), l.x());
        require(l.axis() >= l.x().rank() - TOP_K_AXES, "TopK along another axis than the last %s", TOP_K_AXES);
        long k = l.k().known().getFirst();
        require(k <= MAX_K, "TopK of %s elements, where TensorRT finds at most %s", k, MAX_K);
        List<Long> dims = new ArrayList<>(l.x().dims());
        dims.set(l.axis(), k);
        return List.of(new Form(l.x().type(), dims), new Form(DataType.INT64, dims));
    }

    private static List<Form> nonMaxSuppression(Layer.NonMaxSuppression l) {
        in(l.boxes(), Set.of(DataType.FLOAT, DataType.HALF), "the boxes of NonMaxSuppression");
        same(l.boxes(), l.scores(), "NonMaxSuppression");
        require(l.boxes().rank() == 3 && l.scores().rank() == 3, "NonMaxSuppression of other ranks than 3");
        agree(l.boxes().dims().get(2), 4, "the coordinates of a box");
        scalar(l.maxOutput(), Set.of(DataType.INT32), "the most boxes");
        l.iouThreshold().ifPresent(t -> scalar(t, Set.of(DataType.FLOAT), "the threshold of the overlap"));
        l.scoreThreshold().ifPresent(t -> scalar(t, Set.of(DataType.FLOAT), "the threshold of the score"));
        return List.of(new Form(DataType.INT64, UNKNOWN, 3L), new Form(DataType.INT32));
    }

    private static Form gridSample(Layer.GridSample l) {
        floating(l.x(), "GridSample");
        same(l.x(), l.grid(), "GridSample");
        require(l.x().rank() == 4, "GridSample of rank %s, where TensorRT has images", l.x().rank());
        require(l.grid().rank() == 4, "a grid of rank %s", l.grid().rank());
        agree(l.grid().dims().get(3), 2, "the coordinates of a grid");
        List<Long> dims = new ArrayList<>(l.x().dims().subList(0, 2));
        dims.addAll(l.grid().dims().subList(1, 3));
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

    // What the rules are made of.

    @SuppressWarnings("AnnotateFormatMethod") // the annotation is Error Prone's, of which only the build knows
    private static void require(boolean holds, String message, Object... arguments) {
        if (!holds) {
            throw new LayerException(String.format(Locale.ROOT, message, arguments));
        }
    }

    /** A size that a layer wants when it is built. */
    private static void known(long size, String message, String what) {
        if (size == UNKNOWN) {
            throw new LayerException(
                    String.format(Locale.ROOT, message, what), "give the shapes of inputs and weights with --shape");
        }
        require(size > 0, "%s with a kernel of no elements", what);
    }

    private static void in(NetworkTensor x, Set<DataType> types, String what) {
        require(
                types.contains(x.type()),
                "%s of %s, where TensorRT has %s",
                what,
                x.type(),
                types.stream().sorted().toList());
    }

    private static NetworkTensor floating(NetworkTensor x, String what) {
        in(x, DataType.FLOATS, what);
        return x;
    }

    private static void scalar(NetworkTensor x, Set<DataType> types, String what) {
        in(x, types, what);
        require(x.rank() == 0, "%s of rank %s instead of a scalar", what, x.rank());
    }

    private static void same(NetworkTensor x, NetworkTensor y, String what) {
        require(x.type() == y.type(), "%s of %s and %s", what, x.type(), y.type());
    }

    private static void axis(int axis, NetworkTensor x) {
        require(axis >= 0 && axis < x.rank(), "axis %s of %s", axis, x.typeText());
    }

    private static void agree(long a, long b, String what) {
        require(a == b || a == UNKNOWN || b == UNKNOWN, "%s are %s and %s", what, a, b);
    }

    /** Equal ranks; along each axis equal sizes, or one of them is 1. */
    private static List<Long> broadcast(List<Long> a, List<Long> b) {
        require(a.size() == b.size(), "ranks %s and %s, which must be equal", a.size(), b.size());
        List<Long> dims = new ArrayList<>();
        for (int i = 0; i < a.size(); i++) {
            long x = a.get(i);
            long y = b.get(i);
            require(x == y || x == 1 || y == 1 || x == UNKNOWN || y == UNKNOWN, "%s does not broadcast to %s", a, b);
            dims.add(x == 1 || x == UNKNOWN && y != 1 ? y : x);
        }
        return dims;
    }

    private static boolean known(List<Long> dims) {
        return !dims.contains(UNKNOWN);
    }

    private static long product(List<Long> dims) {
        return dims.stream().reduce(1L, Math::multiplyExact);
    }
}
