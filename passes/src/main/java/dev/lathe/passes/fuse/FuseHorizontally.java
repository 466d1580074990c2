package dev.lathe.passes.fuse;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Binary;
import dev.lathe.ir.op.BinaryFunction;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.MatMul;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.passes.Pass;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.Rebuild;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Joins matrix products of one left operand with several weights, such as queries, keys and values, into a wider one,
 * and their biases with them.
 */
public record FuseHorizontally() implements Pass {

    /** A product, and the node to replace: the bias addition if there is one. */
    private record Member(Node product, Tensor weights, Optional<Tensor> bias, Node last) {
        Value result() {
            return last.result();
        }

        Location location() {
            return product.location().and(last.location());
        }
    }

    private record Key(Value left, long depth, boolean biased) {}

    @Override
    public String name() {
        return "fuse-horizontally";
    }

    @Override
    public String description() {
        return "join matrix products of one left operand into a wider one";
    }

    @Override
    public List<After> after() {
        return List.of(Pass.after(FuseConvBatchNorm.class, "scales must be in the weights before these are joined"));
    }

    @Override
    public Graph run(Graph graph, PassContext context) {
        Map<Key, List<Member>> groups = groups(graph);
        groups.values().removeIf(g -> g.size() < 2);
        if (groups.isEmpty()) {
            return graph;
        }
        Map<Node, List<Member>> groupOf = new IdentityHashMap<>();
        groups.values().forEach(g -> g.forEach(member -> groupOf.put(member.product, g)));
        Map<Value, Value> slices = new IdentityHashMap<>();
        return Rebuild.run(graph, (node, original, b) -> {
            List<Member> group = groupOf.get(original);
            if (group != null
                    && node.op() instanceof MatMul product
                    && !slices.containsKey(group.getFirst().result())) {
                if (!context.step()) {
                    groupOf.clear();
                    return null;
                }
                context.applied(this, "join " + group.size() + " products", original);
                join(product.x(), group, slices, b);
            }
            if (original.results().size() == 1 && slices.get(original.results().getFirst()) instanceof Value slice) {
                return List.of(slice);
            }
            return null;
        });
    }

    private static Map<Key, List<Member>> groups(Graph graph) {
        Map<Value, Node> definitions = graph.definitions();
        Map<Value, Integer> uses = graph.uses();
        Map<Value, Node> additions = new IdentityHashMap<>();
        for (Node n : graph.nodes()) {
            if (n.op() instanceof Binary(BinaryFunction f, Value x, Value _)
                    && f == BinaryFunction.ADD
                    && uses.getOrDefault(x, 0) == 1) {
                additions.put(x, n);
            }
        }
        Map<Key, List<Member>> groups = new LinkedHashMap<>();
        for (Node n : graph.nodes()) {
            if (n.op() instanceof MatMul(Value x, Value y)
                    && tensor(y, definitions) instanceof Tensor w
                    && w.rank() == 2
                    && w.element() == ElementType.F32
                    && x.tensorType().rank() >= 2) {
                Member member = member(n, w, additions.get(n.result()), definitions);
                groups.computeIfAbsent(new Key(x, w.dim(0), member.bias.isPresent()), _ -> new ArrayList<>())
                        .add(member);
            }
        }
        return groups;
    }

    /** The product, with what is added to it if that is a vector of the width of the weights. */
    private static Member member(Node product, Tensor weights, @Nullable Node addition, Map<Value, Node> definitions) {
        if (addition != null
                && tensor(((Binary) addition.op()).y(), definitions) instanceof Tensor bias
                && bias.rank() == 1
                && bias.dim(0) == weights.dim(1)) {
            return new Member(product, weights, Optional.of(bias), addition);
        }
        return new Member(product, weights, Optional.empty(), product);
    }

    private static @Nullable Tensor tensor(Value v, Map<Value, Node> definitions) {
        Node n = definitions.get(v);
        return n != null && n.op() instanceof Constant(Tensor t) ? t : null;
    }

    private static void join(Value left, List<Member> group, Map<Value, Value> slices, Builder b) {
        Tensor weights = sideBySide(group.stream().map(Member::weights).toList());
        var around = b.location();
        for (Member member : group) {
            b.at(b.location().and(member.location()));
        }
        Value wide = b.matMul(left, b.constant(weights));
        List<Tensor> rows = group.stream()
                .flatMap(member -> member.bias.stream())
                .map(bias -> bias.reshape(1, bias.size()))
                .toList();
        if (!rows.isEmpty()) {
            Tensor bias = sideBySide(rows);
            wide = b.add(wide, b.constant(bias.reshape(bias.size())));
        }
        long at = 0;
        for (Member member : group) {
            long width = member.weights.dim(1);
            Value slice = b.slice(wide, wide.tensorType().rank() - 1, Dim.of(at), Dim.of(width));
            slices.put(member.result(), b.named(slice, member.result().name()));
            at += width;
        }
        b.at(around);
    }

    /** Matrices of as many rows, one beside the other. */
    private static Tensor sideBySide(List<Tensor> parts) {
        int rows = Math.toIntExact(parts.getFirst().dim(0));
        int columns = Math.toIntExact(parts.stream().mapToLong(t -> t.dim(1)).sum());
        float[] out = new float[rows * columns];
        int at = 0;
        for (Tensor t : parts) {
            float[] in = t.toFloatArray();
            int width = Math.toIntExact(t.dim(1));
            for (int r = 0; r < rows; r++) {
                System.arraycopy(in, r * width, out, r * columns + at, width);
            }
            at += width;
        }
        return Tensor.of(out, rows, columns);
    }
}
