package dev.lathe.backend.plan;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Control;
import dev.lathe.ir.op.Fail;
import dev.lathe.ir.op.If;
import dev.lathe.ir.op.Loop;
import dev.lathe.ir.op.ScatterNd;
import dev.lathe.ir.op.ScatterReduction;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Control flow: the steps of each region are a list inside of one step. */
final class ControlPlans {
    private final Planner p;

    ControlPlans(Planner p) {
        this.p = p;
    }

    void plan(Control op, Node n) {
        switch (op) {
            case If i -> branch(i, n);
            case Loop l -> loop(l, n);
            case Fail f ->
                p.add(new Step.Fail(
                        f.message(), n.results().stream().map(p::allocate).toList()));
        }
    }

    private void branch(If op, Node n) {
        View condition = p.flat(p.view(op.condition()));
        List<View> results = n.results().stream().map(p::allocate).toList();
        List<Instruction> yes = region(op.thenBranch(), results);
        List<Instruction> no = region(op.elseBranch(), results);
        p.add(new Step.Branch(condition, yes, no, results));
        bind(op.boundSymbols(), n.results());
    }

    /** Reads symbols off results. */
    private void bind(List<String> symbols, List<Value> results) {
        for (String symbol : symbols) {
            results.stream()
                    .filter(v ->
                            HostPlans.axis(symbol, v.type()) >= 0 && p.view(v).isInSlot())
                    .findFirst()
                    .ifPresent(v -> p.add(new Step.Bind(symbol, p.view(v), HostPlans.axis(symbol, v.type()))));
        }
    }

    /** Plans a branch, which leaves its results where {@code results} are. */
    private List<Instruction> region(Graph g, List<View> results) {
        return p.region(() -> {
            p.graph(g);
            for (int i = 0; i < results.size(); i++) {
                p.copy(p.view(g.outputs().get(i)), results.get(i));
            }
        });
    }

    private void loop(Loop op, Node n) {
        List<View> carried = new ArrayList<>();
        for (int i = 0; i < op.initial().size(); i++) {
            View store = p.place(op.resultTypes().get(i));
            p.copy(p.view(op.initial().get(i)), store);
            carried.add(store);
        }
        List<Scan> scans = scans(op, n);
        List<Integer> lists =
                scans.stream().filter(s -> s.whole() == null).map(Scan::list).toList();
        View iteration = p.scratch(TensorType.scalar(ElementType.I64));
        View go = p.scratch(TensorType.scalar(ElementType.BOOL));
        var limit = op.tripCount().map(v -> p.flat(p.view(v)));
        var condition = op.condition().map(v -> p.flat(p.view(v)));
        List<Instruction> body = p.region(() -> body(op, carried, scans, iteration, go));
        List<View> left = Stream.concat(carried.stream(), scans.stream().map(Scan::whole))
                .filter(Objects::nonNull)
                .toList();
        p.add(new Step.Repeat(limit, condition, iteration, go, left, lists, body));
        for (int i = 0; i < carried.size(); i++) {
            p.put(n.results().get(i), carried.get(i));
        }
        if (!lists.isEmpty()) {
            op.boundSymbols().forEach(s -> p.add(new Step.BindZero(s))); // if there was no turn
            bind(op.boundSymbols(), n.results().subList(0, carried.size()));
        }
        for (int i = 0; i < scans.size(); i++) {
            Value result = n.results().get(carried.size() + i);
            if (scans.get(i).whole() == null) {
                p.add(new Step.Stack(scans.get(i).list(), (TensorType) result.type(), p.allocate(result)));
            }
        }
        bind(op.boundSymbols(), n.results());
    }

    /**
     * Where what turns leave is stacked.
     *
     * @param whole the result, of which each turn writes its own part; null if a list is kept and stacked in the end
     * @param list the number of the list, if there is one
     */
    private record Scan(@Nullable View whole, int list) {}

    private List<Scan> scans(Loop op, Node n) {
        Optional<Dim> turns = turns(op);
        List<Scan> scans = new ArrayList<>();
        for (int i = op.initial().size(); i < op.resultTypes().size(); i++) {
            Value result = n.results().get(i);
            boolean isKnown = turns.isPresent()
                    && p.isPlanned(result.type())
                    && op.body().outputs().get(1 + i).type() instanceof TensorType item
                    && item.isRanked()
                    && Shape.of(turns.get())
                            .concat(item.shape())
                            .equals(result.tensorType().shape());
            scans.add(isKnown ? new Scan(p.allocate(result), -1) : new Scan(null, p.list()));
        }
        return scans;
    }

    /** How many turns a loop takes, if nothing but their number ends it, and types tell it. */
    private Optional<Dim> turns(Loop op) {
        Value goes = op.body().outputs().getFirst();
        boolean counts = p.kernels().has(ScatterNd.class)
                && (goes == op.body().inputs().get(1) || isTrue(goes))
                && op.condition().stream().allMatch(this::isTrue);
        return counts ? op.tripCount().flatMap(p::size).filter(Dim::isNonNegative) : Optional.empty();
    }

    private boolean isTrue(Value v) {
        return p.tensor(v) instanceof Tensor t && t.size() == 1 && t.getBoolean(0);
    }

    private void body(Loop op, List<View> carried, List<Scan> scans, View iteration, View go) {
        Graph g = op.body();
        p.put(g.inputs().get(0), iteration);
        p.put(g.inputs().get(1), go);
        for (int i = 0; i < carried.size(); i++) {
            Value input = g.inputs().get(2 + i);
            p.put(input, carried.get(i));
            bindInput(input, carried.get(i), op.boundSymbols());
        }
        p.graph(g);
        // A next value that is a present one is kept apart, for that is stored over: a body may swap them.
        List<View> next = new ArrayList<>();
        for (int i = 0; i < carried.size(); i++) {
            View from = p.view(g.outputs().get(1 + i));
            View to = carried.get(i);
            boolean isPresent = Stream.concat(carried.stream(), Stream.of(go))
                    .anyMatch(v -> v.place().equals(from.place()));
            if (from.equals(to) || !isPresent && !from.isInSlot() && !to.isInSlot()) {
                next.add(from);
            } else {
                View copy = to.isInSlot() ? p.slot(to.type()) : p.scratch(to.type());
                p.copy(from, copy);
                next.add(copy);
            }
        }
        for (int i = 0; i < scans.size(); i++) {
            View item = p.flat(p.view(g.outputs().get(1 + carried.size() + i)));
            View whole = scans.get(i).whole();
            if (whole == null) {
                p.add(new Step.Append(scans.get(i).list(), item));
            } else {
                View turn = iteration.reshaped(Shape.of(Dim.ONE));
                p.add(new Step.ScatterSlices(turn, item, ScatterReduction.NONE, whole));
            }
        }
        p.copy(p.view(g.outputs().getFirst()), go);
        for (int i = 0; i < carried.size(); i++) {
            if (!next.get(i).equals(carried.get(i))) {
                p.copy(next.get(i), carried.get(i));
            }
        }
    }

    private void bindInput(Value input, View view, List<String> bound) {
        Set<String> symbols = new LinkedHashSet<>(input.type().symbols());
        symbols.retainAll(bound);
        for (String symbol : symbols) {
            int axis = HostPlans.axis(symbol, input.type());
            if (axis >= 0 && view.isInSlot()) {
                p.add(new Step.Bind(symbol, view, axis));
            }
        }
    }
}
