package dev.lathe.passes.prune;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.analysis.Uses;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Cast;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Conv;
import dev.lathe.ir.op.ConvTranspose;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Statistic;
import dev.lathe.passes.statistics.Gram;
import dev.lathe.passes.statistics.Moments;
import dev.lathe.passes.weights.WeightRole;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A constant that is multiplied by, and who multiplies by it.
 *
 * @param value the constant
 * @param users the products and convolutions, more than one where layers share weights
 * @param observed those of them that data can be measured of: all that are not in regions
 */
record PrunableWeights(Value value, Tensor tensor, WeightMatrix matrix, List<Node> users, List<Op> observed) {
    private static final Set<ElementType> ELEMENTS =
            Set.of(ElementType.F16, ElementType.BF16, ElementType.F32, ElementType.F64);

    /** The weights of products and convolutions of a graph and its regions, in order. */
    static List<PrunableWeights> of(Graph graph, long least) {
        Uses uses = Uses.OF_ALL_NODES.of(graph);
        Set<Node> outside = Collections.newSetFromMap(new IdentityHashMap<>());
        outside.addAll(graph.nodes());
        List<PrunableWeights> all = new ArrayList<>();
        WeightRole.of(graph, least, ELEMENTS).forEach((value, role) -> {
            Node definition = uses.definition(value);
            if (role.kind() != WeightRole.Kind.TABLE && definition != null && definition.op() instanceof Constant c) {
                List<Node> users = users(value, uses).toList();
                WeightMatrix matrix =
                        WeightMatrix.of(c.value(), role, groups(users.getFirst().op()));
                List<Op> observed =
                        users.stream().filter(outside::contains).map(Node::op).toList();
                all.add(new PrunableWeights(value, c.value(), matrix, users, observed));
            }
        });
        return all;
    }

    private static Stream<Node> users(Value v, Uses uses) {
        return uses.users(v).stream().flatMap(n -> n.op() instanceof Cast ? users(n.result(), uses) : Stream.of(n));
    }

    private static int groups(Op op) {
        return op instanceof Conv c ? Math.toIntExact(c.groups()) : 1;
    }

    /** What they are used for. */
    String use() {
        return users.getFirst().op() instanceof MatMul ? "product" : "convolution";
    }

    /** The constant's name, or that of the first result it is used for where it has none. */
    String name() {
        return value.name().isEmpty() ? users.getFirst().result().name() : value.name();
    }

    /** What people may call them: the constant, and the nodes that use it. */
    Stream<String> names() {
        return Stream.concat(
                Stream.of(name()),
                users.stream()
                        .flatMap(n -> Stream.concat(
                                Stream.of(n.result().name()),
                                n.location().origins().stream().map(o -> o.name()))));
    }

    /** The Gram matrices of what is multiplied; none if one of them is not known. */
    List<Gram> grams() {
        List<Gram> all = observed.stream()
                .flatMap(op -> Gram.of(op).stream())
                .filter(g -> g.depth() == matrix.depth()
                        && g.patches().map(Gram.Patches::groups).orElse(1) == matrix.groups())
                .toList();
        return all.size() == users.size() ? all : List.of();
    }

    /** The moments of the channels of what is multiplied. */
    List<Moments> moments() {
        return observed.stream().flatMap(op -> moments(op).stream()).toList();
    }

    private static Optional<Moments> moments(Op op) {
        Value x = switch (op) {
            case MatMul m -> m.x();
            case Conv c -> c.x();
            case ConvTranspose c -> c.x();
            default -> throw new IllegalStateException(op.mnemonic());
        };
        int rank = x.tensorType().rank();
        int axis = switch (op) {
            case Conv c -> c.layout().channelAxis(rank);
            case ConvTranspose c -> c.layout().channelAxis(rank);
            default -> rank - 1;
        };
        return x.tensorType().dim(axis).isConstant() ? Optional.of(new Moments(x, axis)) : Optional.empty();
    }

    /** What is measured: the whole matrices where {@code whole} and where they are known, else only moments. */
    List<? extends Statistic<?>> statistics(boolean whole) {
        List<Gram> grams = whole ? grams() : List.of();
        return grams.isEmpty() ? moments() : grams;
    }

    /** The sum of the Gram matrices; null if there are none. */
    Gram.@Nullable Matrix gram(PassContext context) {
        Gram.Matrix sum = null;
        for (Gram g : grams()) {
            Gram.Matrix m = context.statistics().get(g).orElse(null);
            if (m == null) {
                return null;
            }
            sum = sum == null ? m : sum(sum, m);
        }
        return sum == null ? null : finite(sum);
    }

    /** @throws LatheException if data gave what no weights can be fitted to */
    private Gram.Matrix finite(Gram.Matrix m) {
        for (double x : m.sums()) {
            requireFinite(x);
        }
        return m;
    }

    private void requireFinite(double x) {
        if (Double.isNaN(x) || Double.isInfinite(x)) {
            throw new LatheException(Diagnostic.error(
                    "prune.not-finite",
                    "on the data, what is multiplied by the weights " + name() + " is not finite",
                    "leave out the inputs that the model has no finite results for"));
        }
    }

    private static Gram.Matrix sum(Gram.Matrix a, Gram.Matrix b) {
        double[] sums = new double[a.sums().length];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = a.sums()[i] + b.sums()[i];
        }
        return new Gram.Matrix(a.groups(), a.depth(), a.rows() + b.rows(), sums);
    }

    /**
     * The mean square of what each row of each group is multiplied by: {@code groups} × {@code depth} numbers. Where
     * nothing was measured, as in regions, they are 1.
     */
    double[] meanSquares(PassContext context) {
        double[] all = new double[matrix.groups() * matrix.depth()];
        List<Moments.Sums> measured = moments().stream()
                .flatMap(m -> context.statistics().get(m).stream())
                .filter(s -> s.count() > 0)
                .toList();
        long count = measured.stream().mapToLong(Moments.Sums::count).sum();
        for (int i = 0; i < all.length; i++) {
            double sum = 0;
            for (Moments.Sums s : measured) {
                sum += s.squares()[channel(i / matrix.depth(), i % matrix.depth(), s.squares().length)];
            }
            all[i] = count == 0 ? 1 : sum / count;
            requireFinite(all[i]);
        }
        return all;
    }

    /** The channel that a row of a group reads: groups of a convolution have their own, batches of a product not. */
    private int channel(int group, int row, int channels) {
        return channels == matrix.run() ? row % matrix.run() : group * matrix.run() + row % matrix.run();
    }
}
