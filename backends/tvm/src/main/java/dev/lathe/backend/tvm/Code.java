package dev.lathe.backend.tvm;

import dev.lathe.backend.device.Launch;
import dev.lathe.backend.device.Panels;
import dev.lathe.backend.plan.AxisTable;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.type.Dim;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A kernel in the making, with the arguments of its launch. Its first parameters are the range of items that a call of
 * it runs: workers share the items of a launch.
 */
final class Code {
    private final List<Kernel.Parameter> parameters = new ArrayList<>();
    private final List<Launch.Argument> arguments = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private List<Stmt> block = new ArrayList<>();
    /** The first item, and how many there are. */
    private final Expr.Var first = new Expr.Var("first", Dtype.I64);

    private final Expr.Var items = new Expr.Var("items", Dtype.I64);

    Code() {
        names.add(first.name());
        names.add(items.name());
        parameters.add(first);
        parameters.add(items);
    }

    private String unique(String stem) {
        String name = stem;
        for (int i = 2; !names.add(name); i++) {
            name = stem + "_" + i;
        }
        return name;
    }

    // Parameters.

    /** The elements of a view, from where it starts. */
    Array elements(String name, Dtype type, View view) {
        return array(name, type, new Launch.Elements(view));
    }

    Array panels(String name, Panels panels) {
        return array(name, Dtype.F32, new Launch.Arranged(panels));
    }

    /** Memory for so many floats, in which an item finds what the one before it in the same call left. */
    Array scratch(String name, Dim floats) {
        return array(name, Dtype.F32, new Launch.Scratch(floats));
    }

    Array tables(List<AxisTable> tables) {
        return array("tables", Dtype.I32, new Launch.Tables(tables));
    }

    private Array array(String name, Dtype type, Launch.Argument argument) {
        Array a = new Array(unique(name), type, 0);
        parameters.add(a);
        arguments.add(argument);
        return a;
    }

    /** A size: a number of the kernel's text if it is constant, else a parameter. */
    Expr size(String name, Dim value) {
        return value.isConstant() ? Expr.of(value.constant()) : parameter(name, value);
    }

    /** A size that kernels of equal text may differ in. */
    Expr parameter(String name, Dim value) {
        Expr.Var v = new Expr.Var(unique(name), Dtype.I64);
        parameters.add(v);
        arguments.add(new Launch.Size(value));
        return v;
    }

    /** Notes a fault where a condition holds: the first of a call, for whoever waits for its results. */
    void fault(Expr condition, Expr index, Expr count) {
        Array notes = faults();
        Expr.Var launch = (Expr.Var) parameters.get(parameters.indexOf(notes) + 1);
        when(condition.and(notes.at(Expr.of(0)).equalTo(0)), () -> {
            store(notes, Expr.of(0), launch);
            store(notes, Expr.of(1), index);
            store(notes, Expr.of(2), count);
        });
    }

    private Array faults() {
        for (Kernel.Parameter p : parameters) {
            if (p instanceof Array a && a.name().equals("faults")) {
                return a;
            }
        }
        Array notes = array("faults", Dtype.I64, new Launch.Fault());
        parameters.add(new Expr.Var(unique("launch"), Dtype.I64));
        return notes;
    }

    // Statements.

    /** Runs a body for each item. */
    void each(String name, Consumer<Expr> body) {
        loop(name + "_", items, turn -> body.accept(let(name, first.plus(turn))));
    }

    /** Whether no item was before this one in a call. */
    Expr isFirst(Expr item) {
        return item.equalTo(first);
    }

    void loop(String name, Expr extent, Consumer<Expr> body) {
        loop(name, extent, Stmt.Kind.SERIAL, body);
    }

    void loop(String name, Expr extent, Stmt.Kind kind, Consumer<Expr> body) {
        Expr.Var turn = new Expr.Var(unique(name), Dtype.I64);
        add(inner -> new Stmt.For(turn, extent, kind, inner), () -> body.accept(turn));
    }

    void vectorized(String name, int lanes, Consumer<Expr> body) {
        if (lanes == 1) {
            body.accept(Expr.of(0)); // TVM has no vectors of one
            return;
        }
        loop(name, Expr.of(lanes), Stmt.Kind.VECTORIZED, body);
    }

    /** Writes a body once for each of some numbers. */
    static void unrolled(int count, java.util.function.IntConsumer body) {
        for (int i = 0; i < count; i++) {
            body.accept(i);
        }
    }

    void when(Expr condition, Runnable body) {
        add(inner -> new Stmt.If(condition, inner), body);
    }

    private void add(java.util.function.Function<Stmt, Stmt> around, Runnable body) {
        List<Stmt> outer = block;
        block = new ArrayList<>();
        body.run();
        Stmt inner = new Stmt.Block(List.copyOf(block));
        block = outer;
        block.add(around.apply(inner));
    }

    Expr let(String name, Expr value) {
        if (value instanceof Expr.Var || value instanceof Expr.Int || value instanceof Expr.Real) {
            return value;
        }
        Expr.Var v = new Expr.Var(unique(name), value.type());
        block.add(new Stmt.Let(v, value));
        return v;
    }

    /** A number in a variable that TVM does not see through. */
    Expr kept(Expr value) {
        Array a = local("kept", value.type(), 1);
        store(a, Expr.of(0), value);
        return a.at(Expr.of(0));
    }

    /** A few elements in registers, or on the stack. */
    Array local(String name, Dtype type, int size) {
        Array a = new Array(unique(name), type, size);
        block.add(new Stmt.Local(a));
        return a;
    }

    void store(Array to, Expr index, Expr value) {
        block.add(new Stmt.Store(to, index, value));
    }

    void prefetch(Array array, Expr index) {
        block.add(new Stmt.Prefetch(array, index));
    }

    /** The launch of this kernel for so many items, of which a worker takes at least {@code grain}. */
    Launch launch(Program program, String stem, Dim count, long grain) {
        String name = program.define(stem, List.copyOf(parameters), new Stmt.Block(List.copyOf(block)));
        return new Launch(
                name, List.of(count), Math.toIntExact(Math.clamp(grain, 1, Integer.MAX_VALUE)), List.copyOf(arguments));
    }
}
