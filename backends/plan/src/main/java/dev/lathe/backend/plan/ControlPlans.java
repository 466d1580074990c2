package dev.lathe.backend.plan;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Control;
import dev.lathe.ir.op.Fail;
import dev.lathe.ir.op.If;
import dev.lathe.ir.op.Loop;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

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
        List<Integer> lists = Stream.generate(p::list)
                .limit(op.resultTypes().size() - carried.size())
                .toList();
        View iteration = p.scratch(TensorType.scalar(ElementType.I64));
        View go = p.scratch(TensorType.scalar(ElementType.BOOL));
        var limit = op.tripCount().map(v -> p.flat(p.view(v)));
        var condition = op.condition().map(v -> p.flat(p.view(v)));
        List<Instruction> body = p.region(() -> body(op, carried, lists, iteration, go));
        p.add(new Step.Repeat(limit, condition, iteration, go, carried, lists, body));
        for (int i = 0; i < carried.size(); i++) {
            p.put(n.results().get(i), carried.get(i));
        }
        if (!lists.isEmpty()) {
            op.boundSymbols().forEach(s -> p.add(new Step.BindZero(s))); // if there was no turn
            bind(op.boundSymbols(), n.results().subList(0, carried.size()));
        }
        for (int i = 0; i < lists.size(); i++) {
            Value result = n.results().get(carried.size() + i);
            p.add(new Step.Stack(lists.get(i), (TensorType) result.type(), p.allocate(result)));
        }
        bind(op.boundSymbols(), n.results());
    }

    private void body(Loop op, List<View> carried, List<Integer> lists, View iteration, View go) {
        Graph g = op.body();
        p.put(g.inputs().get(0), iteration);
        p.put(g.inputs().get(1), go);
        for (int i = 0; i < carried.size(); i++) {
            Value input = g.inputs().get(2 + i);
            p.put(input, carried.get(i));
            bindInput(input, carried.get(i), op.boundSymbols());
        }
        p.graph(g);
        // All next values are computed before the first is stored: a body may swap them.
        List<View> next = new ArrayList<>();
        for (int i = 0; i < carried.size(); i++) {
            View from = p.view(g.outputs().get(1 + i));
            View to = carried.get(i);
            if (from.equals(to) || from.place() instanceof Place.Constant) {
                next.add(from);
            } else {
                View copy = to.isInSlot() ? p.slot(to.type()) : p.scratch(to.type());
                p.copy(from, copy);
                next.add(copy);
            }
        }
        for (int i = 0; i < lists.size(); i++) {
            p.add(new Step.Append(lists.get(i), p.flat(p.view(g.outputs().get(1 + carried.size() + i)))));
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
