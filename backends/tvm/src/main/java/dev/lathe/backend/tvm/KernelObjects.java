package dev.lathe.backend.tvm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Kernels as objects of TVM. */
final class KernelObjects {
    /** TVM 0.18 has no rule of it for LLVM. */
    private static final String FMOD = "tir.fmod";

    private final Tvm.Scope tvm;
    /** The variables and arrays that are visible. */
    private final Map<Object, Tvm.Handle> visible = new HashMap<>();

    private final Map<String, Tvm.Handle> shared = new HashMap<>();

    KernelObjects(Tvm.Scope tvm) {
        this.tvm = tvm;
    }

    /** A module of the kernels. */
    Tvm.Handle module(List<Kernel> kernels) {
        List<Tvm.Handle> functions = new ArrayList<>();
        for (Kernel k : kernels) {
            functions.add(tvm.make("ir.GlobalVar", k.name(), null));
            functions.add(function(k));
        }
        Tvm.Handle map = tvm.make("runtime.Map", functions.toArray());
        Tvm.Handle empty = tvm.make("runtime.Map");
        return tvm.make("ir.IRModule", map, empty, null, empty);
    }

    private Tvm.Handle function(Kernel k) {
        visible.clear();
        List<Tvm.Handle> parameters = new ArrayList<>();
        List<Tvm.Handle> pointers = new ArrayList<>();
        List<Array> arrays = new ArrayList<>();
        for (Kernel.Parameter p : k.parameters()) {
            switch (p) {
                case Array a -> {
                    Tvm.Handle pointer = pointer(a);
                    parameters.add(pointer);
                    pointers.add(pointer);
                    arrays.add(a);
                }
                case Expr.Var v -> parameters.add(define(v));
            }
        }
        Tvm.Handle body = statement(k.body());
        for (int i = 0; i < pointers.size(); i++) {
            // A view starts at any element, so no vector of it is aligned to more.
            Tvm.Handle bytes = number("int32", arrays.get(i).element().bits / 8);
            body = tvm.make("tir.AttrStmt", pointers.get(i), "storage_alignment", bytes, body, null);
        }
        Tvm.Handle function =
                tvm.make("tir.PrimFunc", tvm.list(parameters), body, null, tvm.make("runtime.Map"), null, null);
        function = tvm.make("ir.BaseFuncWithAttr", function, "global_symbol", tvm.make("runtime.String", k.name()));
        return tvm.make("ir.BaseFuncWithAttr", function, "tir.noalias", true);
    }

    private Tvm.Handle number(String type, long value) {
        return shared.computeIfAbsent(type + value, _ -> tvm.make("ir.IntImm", type, value, null));
    }

    private Tvm.Handle define(Expr.Var v) {
        Tvm.Handle made = tvm.make("tir.Var", v.name(), v.type().text, null);
        visible.put(v, made);
        return made;
    }

    /** The pointer of an array, which becomes visible. */
    private Tvm.Handle pointer(Array a) {
        Tvm.Handle type = tvm.make("ir.PointerType", tvm.make("ir.PrimType", a.element().text), "global");
        Tvm.Handle pointer = tvm.make("tir.Var", a.name(), type, null);
        Tvm.Handle size = number("int64", a.size() == 0 ? Long.MAX_VALUE >> 8 : a.size());
        Tvm.Handle buffer = tvm.make(
                "tir.Buffer",
                pointer,
                a.element().text,
                tvm.list(List.of(size)),
                tvm.list(List.of()),
                null,
                a.name(),
                a.size() == 0 ? a.element().bits / 8 : 64,
                1,
                "",
                tvm.list(List.of()),
                null);
        visible.put(a, buffer);
        return pointer;
    }

    private Tvm.Handle visible(Object o) {
        return Objects.requireNonNull(visible.get(o), () -> "not visible: " + o);
    }

    private Tvm.Handle statement(Stmt s) {
        return switch (s) {
            case Stmt.Block(List<Stmt> all) -> block(all, 0);
            case Stmt.For(Expr.Var turn, Expr extent, Stmt.Kind kind, Stmt body) -> {
                Tvm.Handle many = expression(extent);
                Tvm.Handle variable = define(turn);
                yield tvm.make(
                        "tir.For",
                        variable,
                        number("int64", 0),
                        many,
                        kind.number(),
                        statement(body),
                        null,
                        tvm.make("runtime.Map"),
                        null);
            }
            case Stmt.Store(Array to, Expr index, Expr value) ->
                tvm.make(
                        "tir.BufferStore",
                        visible(to),
                        expression(value),
                        tvm.list(List.of(expression(index))),
                        null,
                        null);
            case Stmt.Prefetch(Array array, Expr index) -> prefetch(array, index);
            case Stmt.If(Expr condition, Stmt yes) ->
                tvm.make("tir.IfThenElse", expression(condition), statement(yes), null, null);
            case Stmt.Let _, Stmt.Local _ -> block(List.of(s), 0);
        };
    }

    /** The statements from {@code from} on. */
    private Tvm.Handle block(List<Stmt> all, int from) {
        List<Tvm.Handle> parts = new ArrayList<>();
        for (int i = from; i < all.size(); i++) {
            switch (all.get(i)) {
                case Stmt.Let(Expr.Var name, Expr value) -> {
                    Tvm.Handle number = expression(value);
                    Tvm.Handle variable = define(name);
                    parts.add(tvm.make("tir.LetStmt", variable, number, block(all, i + 1), null));
                    return joined(parts);
                }
                case Stmt.Local(Array a) -> {
                    Tvm.Handle size = number("int64", a.size());
                    Tvm.Handle pointer = pointer(a);
                    parts.add(tvm.make(
                            "tir.Allocate",
                            pointer,
                            a.element().text,
                            tvm.list(List.of(size)),
                            number("bool", 1),
                            block(all, i + 1),
                            tvm.make("runtime.Map"),
                            null));
                    return joined(parts);
                }
                default -> parts.add(statement(all.get(i)));
            }
        }
        return joined(parts);
    }

    private Tvm.Handle joined(List<Tvm.Handle> parts) {
        return switch (parts.size()) {
            case 0 -> tvm.make("tir.Evaluate", number("int32", 0), null);
            case 1 -> parts.getFirst();
            default -> tvm.make("tir.SeqStmt", tvm.list(parts), null);
        };
    }

    private Tvm.Handle expression(Expr e) {
        return switch (e) {
            case Expr.Var v -> visible(v);
            case Expr.Int(Dtype type, long value) -> number(type.text, value);
            case Expr.Real(Dtype type, double value) -> tvm.make("ir.FloatImm", type.text, value, null);
            case Expr.Binary(Expr.Op op, Expr a, Expr b) ->
                tvm.make("tir." + op.node, expression(a), expression(b), null);
            case Expr.Not(Expr a) -> tvm.make("tir.Not", expression(a), null);
            case Expr.Select(Expr c, Expr yes, Expr no) ->
                tvm.make("tir.Select", expression(c), expression(yes), expression(no), null);
            case Expr.Choose(Expr c, Expr yes, Expr no) ->
                call(yes.type(), "tir.if_then_else", List.of(expression(c), expression(yes), expression(no)));
            case Expr.Cast(Dtype type, Expr x) -> tvm.make("tir.Cast", type.text, expression(x), null);
            case Expr.Call(Dtype type, String intrinsic, List<Expr> arguments)
            when intrinsic.equals(FMOD) -> library(type, "fmod", arguments);
            case Expr.Call(Dtype type, String intrinsic, List<Expr> arguments) ->
                call(type, intrinsic, arguments.stream().map(this::expression).toList());
            case Expr.Load(Array array, Expr index) ->
                tvm.make("tir.BufferLoad", visible(array), tvm.list(List.of(expression(index))), null, null);
        };
    }

    /** A call of a function of C's library, by its name for doubles. */
    private Tvm.Handle library(Dtype type, String function, List<Expr> arguments) {
        List<Tvm.Handle> all = new ArrayList<>();
        all.add(tvm.make("tir.StringImm", type == Dtype.F64 ? function : function + "f", null));
        arguments.forEach(a -> all.add(expression(a)));
        return call(type, "tir.call_pure_extern", all);
    }

    /** For reading, into the nearest cache, as data. */
    private Tvm.Handle prefetch(Array array, Expr index) {
        Tvm.Handle address = call("handle", "tir.address_of", List.of(expression(array.at(index))));
        List<Tvm.Handle> how = List.of(address, number("int32", 0), number("int32", 3), number("int32", 1));
        return tvm.make("tir.Evaluate", call("int32", "tir.prefetch", how), null);
    }

    private Tvm.Handle call(Dtype type, String intrinsic, List<Tvm.Handle> arguments) {
        return call(type.text, intrinsic, arguments);
    }

    private Tvm.Handle call(String type, String intrinsic, List<Tvm.Handle> arguments) {
        Tvm.Handle op = shared.computeIfAbsent(intrinsic, name -> tvm.make("ir.GetOp", name));
        return tvm.make("tir.Call", type, op, tvm.list(arguments), null);
    }
}
