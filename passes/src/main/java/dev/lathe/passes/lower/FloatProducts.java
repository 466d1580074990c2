package dev.lathe.passes.lower;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.IntegerRanges;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.composite.ScaledDotProductAttention;
import dev.lathe.ir.composite.Softmax;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.Pool;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.passes.Option;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import dev.lathe.passes.fuse.TargetKernels;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Computes products and convolutions of small integers as such of floats, where floats hold every sum: integers up to
 * 2²⁴ are exact in {@code f32}, in whatever order they are added. What the operands may be, their types, zero points
 * and stored weights tell. Where one sum could be larger, the depth is cut into parts whose results are added as
 * integers. Where no parts hold their sums, because only a run tells the depth, it is a product of doubles, slower,
 * which are exact up to 2⁵³. So the bits are those of the integer product, on every machine. A target that has a
 * kernel for integers ({@link TargetKernels#multipliesIntegers}) keeps computed operands that would have to be cut.
 *
 * <p>Products, convolutions, pools, attention and softmax of floats of 16 bits are computed as floats, too, and rounded
 * once at the end; {@code halves} is false for targets that compute them as they are, {@code doubles} for those without
 * them.
 */
public record FloatProducts(
        @Option("whether products of floats of 16 bits are computed as floats, too")
        boolean halves,

        @Option("whether integers whose sums only doubles hold are computed as doubles")
        boolean doubles)
        implements Pass {
    /** The largest sum of absolute values that is exact whatever the order. */
    private static final long LIMIT = 1L << 24;
    /** The same of doubles. */
    private static final long DOUBLE_LIMIT = 1L << 53;
    /** Parts of one product whose sums no stored weights tell. */
    private static final long MOST_PARTS = 32;
    /** No array has more elements than this. */
    private static final long LONGEST = Integer.MAX_VALUE;

    /** Of integers and of floats of 16 bits. */
    public FloatProducts() {
        this(true, true);
    }

    @Override
    public String name() {
        return "float-products";
    }

    @Override
    public String description() {
        return "compute products of small integers and of 16-bit floats as products of floats, integers in exact parts";
    }

    @Override
    public List<After> after() {
        return List.of(Pass.after(ExpandComposites.class, "zero points inside of composites are not seen"));
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        return new Run(this, graph, context).run(graph);
    }

    /** An integer value that is also there as a float. */
    private record Exact(Value asFloat, long magnitude) {}

    private static final class Run {
        private final FloatProducts pass;
        private final PassContext context;
        private final Uses uses;
        private final IntegerRanges ranges;
        private final boolean targetMultiplies;
        /** Products that have become floats, by the integers that stand for them now. */
        private final Map<Value, Exact> exact = new IdentityHashMap<>();

        Run(FloatProducts pass, Graph graph, PassContext context) {
            this.pass = pass;
            this.context = context;
            this.uses = context.analysis(Uses.OF_ALL_NODES, graph);
            this.ranges = context.analysis(IntegerRanges.OF_ALL_VALUES, graph);
            this.targetMultiplies =
                    context.get(TargetKernels.KEY).orElse(TargetKernels.ANY).multipliesIntegers();
        }

        Graph run(Graph graph) {
            return Rebuild.run(graph, (node, original, b) -> {
                Value made = switch (node.op()) {
                    case Op op when pass.halves && isHalf(original) -> ofFloats(op, b, original);
                    case MatMul m when original.op() instanceof MatMul old -> product(m, old, b, original);
                    case Conv c when original.op() instanceof Conv old -> convolution(c, old, b, original);
                    case Cast c when original.op() instanceof Cast old -> asFloat(c, old, b);
                    default -> null;
                };
                return made == null ? null : List.of(made);
            });
        }

        /** Whether a node gives floats of 16 bits alone. */
        private static boolean isHalf(Node n) {
            if (n.results().size() != 1 || !(n.result().type() instanceof TensorType t)) {
                return false;
            }
            return t.element() == ElementType.F16 || t.element() == ElementType.BF16;
        }

        /** A contraction, a pool or a softmax of floats of 16 bits, rounded to them at its end; null of another op. */
        private @Nullable Value ofFloats(Op op, Builder b, Node original) {
            var around = b.location();
            b.at(original.location());
            Value whole = switch (op) {
                case MatMul m -> b.matMul(floats(b, m.x()), floats(b, m.y()));
                case Conv c ->
                    b.add(new Conv(floats(b, c.x()), floats(b, c.weights()), c.window(), c.groups(), c.layout()));
                case ConvTranspose c ->
                    b.add(new ConvTranspose(
                            floats(b, c.x()), floats(b, c.weights()), c.window(), c.groups(), c.layout()));
                case Pool p ->
                    b.add(new Pool(p.function(), floats(b, p.x()), p.kernel(), p.window(), p.ceilMode(), p.layout()));
                case ScaledDotProductAttention a ->
                    b.add(new ScaledDotProductAttention(
                            floats(b, a.q()),
                            floats(b, a.k()),
                            floats(b, a.v()),
                            a.mask().map(mask -> floats(b, mask)),
                            a.scale()));
                case Softmax s -> b.add(new Softmax(floats(b, s.x()), s.axis()));
                default -> null;
            };
            Value made = whole == null || !context.step()
                    ? null
                    : b.cast(whole, original.result().tensorType().element());
            b.at(around);
            if (made != null) {
                context.applied(pass, op.mnemonic() + " of 16 bits -> of floats", original);
            }
            return made;
        }

        private static Value floats(Builder b, Value x) {
            return x.tensorType().element().isFloat() ? b.cast(x, ElementType.F32) : x;
        }

        /** The greatest absolute value in {@code x}; {@link Long#MAX_VALUE} if that is not known. */
        private long magnitude(Value x) {
            ElementType e = x.tensorType().element();
            IntegerRanges.Range range = e == ElementType.I32 || e == ElementType.I64 ? ranges.of(x) : null;
            return range == null ? Long.MAX_VALUE : range.magnitude();
        }

        private @Nullable Value product(MatMul m, MatMul old, Builder b, Node original) {
            Dim depth = old.x().tensorType().shape().dim(-1);
            StoredIntegers weights = old.y().tensorType().rank() < 2 ? null : StoredIntegers.of(old.y(), uses);
            List<Part> parts = depth.isConstant()
                    ? parts(magnitude(old.x()), magnitude(old.y()), depth.constant(), 1, weights, -2, -1)
                    : null;
            boolean isCut = parts == null || parts.size() > 1 && weights == null;
            if (isCut && targetMultiplies && original.result().tensorType().element() == ElementType.I32) {
                return null;
            }
            if (parts == null && !isExactInDoubles(old.x(), old.y(), depth) || !context.step()) {
                return null;
            }
            context.applied(pass, "integer mat_mul -> float mat_mul", original);
            if (parts == null) {
                return doubles(original, b, () -> b.matMul(wide(b, m.x()), wide(b, m.y())));
            }
            int xAxis = m.x().tensorType().rank() - 1;
            int yAxis = Math.max(0, m.y().tensorType().rank() - 2);
            return sum(
                    parts,
                    original,
                    b,
                    part -> b.matMul(slice(b, m.x(), xAxis, part, depth), slice(b, m.y(), yAxis, part, depth)));
        }

        private @Nullable Value convolution(Conv c, Conv old, Builder b, Node original) {
            Shape w = old.weights().tensorType().shape();
            Dim taps = w.slice(2, w.rank()).elements();
            Dim depth = w.dim(1);
            List<Part> parts = depth.isConstant() && taps.isConstant()
                    ? parts(
                            magnitude(old.x()),
                            magnitude(old.weights()),
                            depth.constant(),
                            taps.constant(),
                            StoredIntegers.of(old.weights(), uses),
                            1,
                            0)
                    : null;
            if (parts == null && !isExactInDoubles(old.x(), old.weights(), depth.times(taps)) || !context.step()) {
                return null;
            }
            context.applied(pass, "integer conv -> float conv", original);
            if (parts == null) {
                return doubles(
                        original,
                        b,
                        () -> b.add(
                                new Conv(wide(b, c.x()), wide(b, c.weights()), c.window(), c.groups(), c.layout())));
            }
            return sum(
                    parts,
                    original,
                    b,
                    part -> b.add(new Conv(
                            channels(b, c, part, depth),
                            slice(b, c.weights(), 1, part, depth),
                            c.window(),
                            c.groups(),
                            c.layout())));
        }

        /** A part of the channels of each group, as floats. */
        private static Value channels(Builder b, Conv c, Part part, Dim depth) {
            Shape shape = c.x().tensorType().shape();
            int axis = c.layout().channelAxis(shape.rank());
            if (c.groups() == 1 || part.from == 0 && depth.isConstant(part.to)) {
                return slice(b, c.x(), axis, part, depth);
            }
            List<Dim> split = new ArrayList<>(shape.dims());
            split.set(axis, Dim.of(c.groups()));
            split.add(axis + 1, depth);
            List<Dim> joined = new ArrayList<>(shape.dims());
            joined.set(axis, Dim.of(c.groups() * (part.to - part.from)));
            Value groups = slice(b, b.reshape(c.x(), Shape.of(split)), axis + 1, part, depth);
            return b.reshape(groups, Shape.of(joined));
        }

        private static Value wide(Builder b, Value x) {
            return b.cast(x, ElementType.F64);
        }

        /** Whether doubles hold the sums of so many products of elements. */
        private boolean isExactInDoubles(Value x, Value y, Dim products) {
            if (!pass.doubles) {
                return false;
            }
            long most = products.isConstant() ? products.constant() : LONGEST;
            long left = magnitude(x);
            long right = magnitude(y);
            return left <= Integer.MAX_VALUE
                    && right <= Integer.MAX_VALUE
                    && (most == 0 || left * right <= DOUBLE_LIMIT / most);
        }

        /** A product of doubles as integers. */
        private static Value doubles(Node original, Builder b, Supplier<Value> product) {
            var around = b.location();
            Value whole = b.at(original.location())
                    .cast(product.get(), original.result().tensorType().element());
            b.at(around);
            return whole;
        }

        /** A part of the depth, and the magnitude of its sums. */
        private record Part(long from, long to, long magnitude) {}

        /**
         * The parts of the depth whose sums floats hold; null if there are none.
         *
         * @param x the greatest magnitude of the left operand
         * @param y that of the right one
         * @param taps how many products each step along the depth has
         * @param depthAxis the axis of the weights along which the depth is
         * @param columnAxis the axis of the weights along which the columns are
         */
        private static @Nullable List<Part> parts(
                long x,
                long y,
                long depth,
                long taps,
                @Nullable StoredIntegers weights,
                int depthAxis,
                int columnAxis) {
            if (x > LIMIT || y > LIMIT) {
                return null;
            }
            long each = x * y;
            if (each == 0 || taps == 0 || depth <= LIMIT / each / taps) {
                return List.of(new Part(0, depth, each * taps * depth));
            }
            if (weights == null) {
                return even(depth, each * taps);
            }
            int rank = weights.rank();
            int along = Math.floorMod(depthAxis, rank);
            int columns = Math.floorMod(columnAxis, rank);
            List<Part> parts = new ArrayList<>();
            long[] sums = new long[Math.toIntExact(weights.dim(columns))];
            long start = 0;
            for (long i = 0; i < depth; i++) {
                long[] step = new long[sums.length];
                weights.addMagnitudes(along, i, columns, step);
                if (greatest(step) > LIMIT / x) {
                    return null;
                }
                long before = greatest(sums);
                for (int j = 0; j < sums.length; j++) {
                    sums[j] += step[j];
                }
                if (greatest(sums) > LIMIT / x) {
                    parts.add(new Part(start, i, before * x));
                    start = i;
                    sums = step;
                }
            }
            parts.add(new Part(start, depth, greatest(sums) * x));
            return parts;
        }

        /** As large parts as hold steps of this magnitude each; null if they are not even one long. */
        private static @Nullable List<Part> even(long depth, long each) {
            long length = LIMIT / each;
            if (length == 0 || depth / length > MOST_PARTS) {
                return null;
            }
            List<Part> parts = new ArrayList<>();
            for (long from = 0; from < depth; from += length) {
                long to = Math.min(depth, from + length);
                parts.add(new Part(from, to, (to - from) * each));
            }
            return parts;
        }

        private static long greatest(long[] values) {
            long greatest = 0;
            for (long v : values) {
                greatest = Math.max(greatest, v);
            }
            return greatest;
        }

        /** A part of an integer operand, as floats. */
        private static Value slice(Builder b, Value v, int axis, Part part, Dim depth) {
            boolean whole = part.from == 0 && depth.isConstant(part.to);
            Value own = whole ? v : b.slice(v, axis, Dim.of(part.from), Dim.of(part.to - part.from));
            return b.cast(own, ElementType.F32);
        }

        /** Makes the product of a part. */
        @FunctionalInterface
        private interface Product {
            Value of(Part part);
        }

        /** The sum of the products of the parts, as integers. */
        private Value sum(List<Part> parts, Node original, Builder b, Product product) {
            var around = b.location();
            b.at(original.location());
            ElementType element = original.result().tensorType().element();
            Part first = parts.getFirst();
            Value own = product.of(first);
            Value sum = b.cast(own, element);
            if (parts.size() == 1) {
                exact.put(sum, new Exact(own, first.magnitude));
            }
            for (Part part : parts.subList(1, parts.size())) {
                sum = b.add(sum, b.cast(product.of(part), element));
            }
            b.at(around);
            return sum;
        }

        /** The float that an integer was before, with an integer added to it if floats hold the sum, too. */
        private @Nullable Value asFloat(Cast c, Cast old, Builder b) {
            if (c.to() != ElementType.F32) {
                return null;
            }
            Exact before = exact.get(c.x());
            if (before != null) {
                return before.asFloat;
            }
            Binary sum = b.definition(c.x(), Binary.class).orElse(null);
            Node oldSum = uses.definition(old.x());
            if (sum == null
                    || oldSum == null
                    || !(oldSum.op() instanceof Binary oldBinary)
                    || sum.function() != BinaryFunction.ADD) {
                return null;
            }
            Value made = sum(b, sum.x(), sum.y(), oldBinary.y());
            return made != null ? made : sum(b, sum.y(), sum.x(), oldBinary.x());
        }

        private @Nullable Value sum(Builder b, Value product, Value added, Value addedBefore) {
            Exact before = exact.get(product);
            long magnitude = magnitude(addedBefore);
            return before == null || magnitude > LIMIT - before.magnitude
                    ? null
                    : b.add(before.asFloat, b.cast(added, ElementType.F32));
        }
    }
}
