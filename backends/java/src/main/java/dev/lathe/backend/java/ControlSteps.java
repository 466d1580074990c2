package dev.lathe.backend.java;

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
import java.util.Map;
import java.util.Set;

/** Control flow: each region becomes methods, called under a condition or in a loop. */
final class ControlSteps {
    private final Emitter e;

    ControlSteps(Emitter e) {
        this.e = e;
    }

    void emit(Control op, Node n) {
        switch (op) {
            case If i -> branch(i, n);
            case Loop l -> loop(l, n);
            case Fail f -> {
                n.results().forEach(e::allocate);
                e.p.step("fail(" + JavaText.literal(f.message()) + ");");
            }
        }
    }

    private void branch(If op, Node n) {
        String condition = flag(op.condition());
        List<View> results = n.results().stream().map(e::allocate).toList();
        String yes = region(op.thenBranch(), results);
        String no = region(op.elseBranch(), results);
        results.forEach(v -> e.p.use(v.place()));
        e.p.step("if (" + condition + ") {\n            " + yes + "();\n        } else {\n            " + no
                + "();\n        }");
        bind(op.boundSymbols(), n.results());
    }

    /** Whether a bool of one element is true, as an expression. */
    private String flag(Value v) {
        View view = e.view(v);
        return view.isBoxed()
                ? "flag(" + e.generic().datum(view, true) + ")"
                : e.array(view) + "[" + e.at(view) + "] != 0";
    }

    /** Reads symbols off results. */
    private void bind(List<String> symbols, List<Value> results) {
        for (String symbol : symbols) {
            for (Value v : results) {
                int axis = OpSteps.axis(symbol, v.type());
                View view = e.view(v);
                if (axis >= 0 && view.place() instanceof Place.Box(int number)) {
                    e.p.text(e.p.symbols.field(symbol) + " = dim(box(" + number + "), " + axis + ");");
                    break;
                }
            }
        }
    }

    /** Emits a branch as a method, which leaves its results where {@code results} are; the method's name. */
    private String region(Graph g, List<View> results) {
        Map<Value, View> around = e.views();
        List<String> outer = e.p.beginPart();
        e.graph(g);
        for (int i = 0; i < results.size(); i++) {
            move(e.view(g.outputs().get(i)), results.get(i));
        }
        e.restore(around);
        return e.p.method("branch", e.p.endPart(outer));
    }

    /** Copies a value, which may be in a box, to a place, which may be one. */
    private void move(View from, View to) {
        if (to.place() instanceof Place.Box(int number)) {
            String datum = e.generic().datum(from, false);
            e.p.step("boxed[" + number + "] = " + datum + ";");
        } else if (from.isBoxed()) {
            e.p.step("unbox(" + e.generic().datum(from, true) + ", " + e.ref(to) + ");");
        } else {
            e.copy(from, to);
        }
    }

    private void loop(Loop op, Node n) {
        List<View> carried = new ArrayList<>();
        for (int i = 0; i < op.initial().size(); i++) {
            View store = e.place(op.resultTypes().get(i));
            move(e.view(op.initial().get(i)), store);
            carried.add(store);
        }
        List<String> scans = new ArrayList<>();
        for (int i = carried.size(); i < op.resultTypes().size(); i++) {
            String list = e.p.name("scanned");
            e.p.fields.put("ArrayList<Datum> " + list, "new ArrayList<>()");
            scans.add(list);
        }
        View iteration = e.scratch(TensorType.scalar(ElementType.I64));
        View go = e.scratch(TensorType.scalar(ElementType.BOOL));
        String limit = op.tripCount().map(this::number).orElse("Long.MAX_VALUE");
        String condition = op.condition().map(this::flag).orElse("true");
        String goElement = e.array(go) + "[" + e.at(go) + "]";
        String limitField = e.p.name("limit");
        e.p.fields.put("long " + limitField, "");
        e.p.step(limitField + " = " + limit + ";\n        " + goElement + " = (byte) (" + condition + " ? 1 : 0);"
                + String.join(
                        "",
                        scans.stream().map(s -> "\n        " + s + ".clear();").toList()));
        int start = e.p.time();
        String body = body(op, carried, scans, iteration, go);
        carried.forEach(v -> e.p.use(v.place()));
        String count = e.array(iteration) + "[" + e.at(iteration) + "]";
        e.p.step("for (long i = 0; i < " + limitField + " && " + goElement
                + " != 0; i++) {\n            checkDeadline();\n            " + count + " = i;\n            " + body
                + "();\n        }");
        e.p.repeatSince(start);
        for (int i = 0; i < carried.size(); i++) {
            e.put(n.results().get(i), carried.get(i));
        }
        if (!scans.isEmpty()) {
            op.boundSymbols().forEach(s -> e.p.text(e.p.symbols.field(s) + " = 0;")); // if there was no iteration
            bind(op.boundSymbols(), n.results().subList(0, carried.size()));
        }
        for (int i = 0; i < scans.size(); i++) {
            Value result = n.results().get(carried.size() + i);
            View view = e.allocate(result);
            TensorType type = (TensorType) result.type();
            String dims = type.isRanked() ? JavaText.arguments(e.p.symbols, type.shape()) : ", 0";
            String stacked = "OpStep.stacked(" + scans.get(i) + ", ElementType."
                    + type.element().name() + dims + ")";
            e.p.step(e.generic().store(stacked, view));
        }
        bind(op.boundSymbols(), n.results());
    }

    private String number(Value v) {
        View view = e.view(v);
        return view.isBoxed()
                ? "number(" + e.generic().datum(view, true) + ")"
                : e.array(view) + "[" + e.at(view) + "]";
    }

    private String body(Loop op, List<View> carried, List<String> scans, View iteration, View go) {
        Graph g = op.body();
        Map<Value, View> around = e.views();
        List<String> outer = e.p.beginPart();
        e.put(g.inputs().get(0), iteration);
        e.put(g.inputs().get(1), go);
        for (int i = 0; i < carried.size(); i++) {
            Value input = g.inputs().get(2 + i);
            e.put(input, carried.get(i));
            bindInput(input, carried.get(i), op.boundSymbols());
        }
        e.graph(g);
        // All next values are computed before the first is stored: a body may swap them.
        List<View> next = new ArrayList<>();
        for (int i = 0; i < carried.size(); i++) {
            View from = e.view(g.outputs().get(1 + i));
            View to = carried.get(i);
            if (from.equals(to) || from.place() instanceof Place.Weight) {
                next.add(from);
            } else {
                View copy = to.isBoxed() ? e.box(to.type()) : e.scratch(to.type());
                move(from, copy);
                next.add(copy);
            }
        }
        for (int i = 0; i < scans.size(); i++) {
            String datum = e.generic().datum(e.view(g.outputs().get(1 + carried.size() + i)), false);
            e.p.step(scans.get(i) + ".add(" + datum + ");");
        }
        move(e.view(g.outputs().getFirst()), go);
        for (int i = 0; i < carried.size(); i++) {
            if (!next.get(i).equals(carried.get(i))) {
                move(next.get(i), carried.get(i));
            }
        }
        e.restore(around);
        return e.p.method("iteration", e.p.endPart(outer));
    }

    private void bindInput(Value input, View view, List<String> bound) {
        Set<String> symbols = new LinkedHashSet<>(input.type().symbols());
        symbols.retainAll(bound);
        for (String symbol : symbols) {
            int axis = OpSteps.axis(symbol, input.type());
            if (axis >= 0 && view.place() instanceof Place.Box(int number)) {
                e.p.text(e.p.symbols.field(symbol) + " = dim(box(" + number + "), " + axis + ");");
            }
        }
    }
}
