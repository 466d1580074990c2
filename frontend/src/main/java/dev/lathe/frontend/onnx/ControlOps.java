package dev.lathe.frontend.onnx;

import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Fail;
import dev.lathe.ir.op.If;
import dev.lathe.ir.op.InvalidOpException;
import dev.lathe.ir.op.Loop;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Control flow. A condition that is known chooses at once. */
final class ControlOps {
    private ControlOps() {}

    static void addTo(Operators t) {
        t.on("If").sinceAll(1, ControlOps::branch);
        t.on("Loop").sinceAll(1, ControlOps::loop);
    }

    private static List<Value> branch(OnnxNode n) {
        Value condition = n.in(0);
        Optional<Tensor> known = n.b.constant(condition);
        if (known.isPresent() && known.get().size() == 1) {
            return n.graph(known.get().getBoolean(0) ? "then_branch" : "else_branch")
                    .inline();
        }
        OnnxNode.Attempt thenAttempt = n.graph("then_branch").attempt("then");
        OnnxNode.Attempt elseAttempt = n.graph("else_branch").attempt("else");
        Graph yes = thenAttempt.region();
        Graph no = elseAttempt.region();
        if (yes == null && no == null) {
            List<Diagnostic> all = new ArrayList<>(thenAttempt.problems());
            all.addAll(elseAttempt.problems());
            throw new LatheException(LatheException.Fault.INPUT, all);
        }
        if (yes == null || no == null) {
            return oneSided(n, condition, yes, no, yes == null ? thenAttempt.problems() : elseAttempt.problems());
        }
        List<String> bound = new ArrayList<>();
        List<Type> types = new ArrayList<>();
        for (int i = 0; i < Math.min(yes.outputs().size(), no.outputs().size()); i++) {
            types.add(join(n.b, yes.outputs().get(i).type(), no.outputs().get(i).type(), bound));
        }
        return n.b.addAll(new If(n.b.reshape(condition, Shape.SCALAR), yes, no, types, bound));
    }

    /** An If one of whose branches cannot run with these shapes: that one fails when it is chosen. */
    private static List<Value> oneSided(
            OnnxNode n, Value condition, @Nullable Graph yes, @Nullable Graph no, List<Diagnostic> problems) {
        Graph good = yes == null ? Objects.requireNonNull(no) : yes;
        List<String> bound = new ArrayList<>();
        List<Type> types = good.outputs().stream()
                .map(v -> join(n.b, v.type(), v.type(), bound))
                .toList();
        Builder failing = n.b.region("unable");
        String why =
                problems.isEmpty() ? "it is not valid" : problems.getFirst().what();
        List<Value> results = failing.addAll(new Fail(
                "the model takes a branch that cannot run with the shapes it was compiled for: " + why, types));
        Graph bad = failing.build(results, good.outputNames());
        return n.b.addAll(new If(
                n.b.reshape(condition, Shape.SCALAR), yes == null ? bad : yes, no == null ? bad : no, types, bound));
    }

    /** The type of a value that is of one type or the other; dimensions in which they differ become new symbols. */
    private static Type join(Builder b, Type x, Type y, List<String> bound) {
        if (!(x instanceof TensorType p) || !(y instanceof TensorType q)) {
            if (x.equals(y)) {
                return x;
            }
            throw new InvalidOpException("the branches give " + x + " and " + y);
        }
        if (p.element() != q.element()) {
            throw new InvalidOpException("the branches give " + x + " and " + y);
        }
        if (p.rank() != q.rank()) {
            throw new InvalidOpException("the branches give " + x + " and " + y
                    + ", and which of them depends on the shapes of the inputs: fix those, for example with"
                    + " --shape input=1x576");
        }
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < p.rank(); i++) {
            boolean same = p.dim(i).equals(q.dim(i)) && knows(b, p.dim(i));
            dims.add(same ? p.dim(i) : fresh(b, bound));
        }
        return TensorType.of(p.element(), Shape.of(dims));
    }

    private static boolean knows(Builder b, Dim d) {
        Set<String> symbols = new HashSet<>();
        d.collectSymbols(symbols);
        return symbols.stream().allMatch(b::knows);
    }

    private static Dim fresh(Builder b, List<String> bound) {
        String symbol = b.freshSymbol("d" + bound.size());
        for (int k = bound.size(); bound.contains(symbol); k++) {
            symbol = b.freshSymbol("d" + k);
        }
        bound.add(symbol);
        return Dim.symbol(symbol);
    }

    /**
     * The types of carried values are those that they start with; where an iteration gives other dimensions, those dimensions become symbols, and the body is
     * read again with them.
     */
    private static List<Value> loop(OnnxNode n) {
        Optional<Value> trips = n.opt(0).map(v -> n.b.cast(n.b.reshape(v, Shape.SCALAR), ElementType.I64));
        Optional<Value> condition = n.opt(1).map(v -> n.b.reshape(v, Shape.SCALAR));
        List<Value> initial = new ArrayList<>();
        for (int i = 2; i < n.inputs.size(); i++) {
            initial.add(n.in(i));
        }
        OnnxNode.RegionImporter body = n.graph("body");
        List<Type> carried = new ArrayList<>(initial.stream().map(Value::type).toList());
        List<String> bound = new ArrayList<>();
        Graph region = region(body, carried);
        for (int attempt = 0; !agrees(region, carried) && attempt < 8; attempt++) {
            for (int i = 0; i < carried.size(); i++) {
                carried.set(
                        i, join(n.b, carried.get(i), region.outputs().get(1 + i).type(), bound));
            }
            region = region(body, carried);
        }
        if (!agrees(region, carried)) {
            throw new InvalidOpException("the types of the values that the loop carries do not settle");
        }
        List<Type> results = new ArrayList<>(carried);
        boolean runsAll = condition.isEmpty()
                || n.b.constant(condition.get()).filter(t -> t.getBoolean(0)).isPresent();
        Optional<Dim> count = runsAll && keepsCondition(region)
                ? trips.flatMap(n.b::dims).map(d -> d.getFirst().max(Dim.ZERO))
                : Optional.empty();
        for (int i = 1 + carried.size(); i < region.outputs().size(); i++) {
            TensorType t = region.outputs().get(i).tensorType();
            List<Dim> dims = new ArrayList<>();
            dims.add(count.isPresent() ? count.get() : fresh(n.b, bound));
            for (Dim d : t.shape().dims()) {
                dims.add(knows(n.b, d) ? d : fresh(n.b, bound));
            }
            results.add(TensorType.of(t.element(), Shape.of(dims)));
        }
        return n.b.addAll(new Loop(trips, condition, initial, region, results, bound));
    }

    private static Graph region(OnnxNode.RegionImporter body, List<Type> carried) {
        List<Type> inputs = new ArrayList<>();
        inputs.add(TensorType.scalar(ElementType.I64));
        inputs.add(TensorType.scalar(ElementType.BOOL));
        inputs.addAll(carried);
        return body.region("body", inputs);
    }

    /** Whether an iteration gives the condition that it got, or true. */
    private static boolean keepsCondition(Graph region) {
        Value next = region.outputs().getFirst();
        Node definition = region.definitions().get(next);
        return next == region.inputs().get(1)
                || (definition != null && definition.op() instanceof Constant(Tensor t) && t.getBoolean(0));
    }

    private static boolean agrees(Graph region, List<Type> carried) {
        for (int i = 0; i < carried.size(); i++) {
            if (!region.outputs().get(1 + i).type().equals(carried.get(i))) {
                return false;
            }
        }
        return true;
    }
}
