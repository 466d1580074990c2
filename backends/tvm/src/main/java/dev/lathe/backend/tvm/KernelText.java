package dev.lathe.backend.tvm;

import java.util.stream.Collectors;

/** Kernels as text, in the words of TVM's script. */
final class KernelText {
    private static final String STEP = "    ";

    private final StringBuilder text = new StringBuilder();

    private KernelText() {}

    static String of(Kernel k) {
        return "def " + k.name() + of(k.parameters(), k.body());
    }

    /** The parameters and the body, which are what makes two kernels equal. */
    static String of(java.util.List<Kernel.Parameter> parameters, Stmt body) {
        KernelText t = new KernelText();
        t.text.append(parameters.stream()
                .map(p -> switch (p) {
                    case Array a -> a.name() + ": T.handle(\"" + a.element().text + "\")";
                    case Expr.Var v -> v.name() + ": T." + v.type().text;
                })
                .collect(Collectors.joining(", ", "(", "):\n")));
        t.add(body, STEP);
        return t.text.toString();
    }

    private void add(Stmt s, String indent) {
        switch (s) {
            case Stmt.Block(var all) -> {
                all.forEach(one -> add(one, indent));
                if (all.isEmpty()) {
                    text.append(indent).append("pass\n");
                }
            }
            case Stmt.For(Expr.Var turn, Expr extent, Stmt.Kind kind, Stmt body) -> {
                line(indent, "for " + turn.name() + " in " + kind.text + "(" + of(extent) + "):");
                add(body, indent + STEP);
            }
            case Stmt.If(Expr condition, Stmt yes) -> {
                line(indent, "if " + of(condition) + ":");
                add(yes, indent + STEP);
            }
            case Stmt.Store(Array to, Expr index, Expr value) ->
                line(indent, to.name() + "[" + of(index) + "] = " + of(value));
            case Stmt.Prefetch(Array a, Expr index) ->
                line(indent, "T.prefetch(T.address_of(" + a.name() + "[" + of(index) + "]), 0, 3, 1)");
            case Stmt.Let(Expr.Var name, Expr value) ->
                line(indent, name.name() + ": T." + name.type().text + " = " + of(value));
            case Stmt.Local(Array a) ->
                line(indent, a.name() + " = T.alloc(" + a.size() + ", \"" + a.element().text + "\")");
        }
    }

    private void line(String indent, String words) {
        text.append(indent).append(words).append('\n');
    }

    private static String of(Expr e) {
        return switch (e) {
            case Expr.Var(String name, Dtype _) -> name;
            case Expr.Int(Dtype t, long value) ->
                t == Dtype.I64 || t == Dtype.I32 || t == Dtype.BOOL
                        ? Long.toString(value)
                        : "T." + t.text + "(" + value + ")";
            case Expr.Real(Dtype t, double value) ->
                "T." + t.text + "(" + (t == Dtype.F64 ? Double.toString(value) : Float.toString((float) value)) + ")";
            case Expr.Binary(Expr.Op op, Expr a, Expr b) ->
                op == Expr.Op.MIN || op == Expr.Op.MAX
                        ? "T." + op.symbol + "(" + of(a) + ", " + of(b) + ")"
                        : inner(a) + " " + op.symbol + " " + inner(b);
            case Expr.Not(Expr a) -> "not " + inner(a);
            case Expr.Select(Expr c, Expr yes, Expr no) -> "T.Select(" + of(c) + ", " + of(yes) + ", " + of(no) + ")";
            case Expr.Choose(Expr c, Expr yes, Expr no) ->
                "T.if_then_else(" + of(c) + ", " + of(yes) + ", " + of(no) + ")";
            case Expr.Cast(Dtype to, Expr x) -> "T." + to.text + "(" + of(x) + ")";
            case Expr.Call(Dtype type, String intrinsic, var arguments) ->
                "T." + intrinsic.substring(intrinsic.indexOf('.') + 1) + "("
                        + (intrinsic.equals("tir.reinterpret") ? "\"" + type.text + "\", " : "")
                        + arguments.stream().map(KernelText::of).collect(Collectors.joining(", ")) + ")";
            case Expr.Load(Array a, Expr index) -> a.name() + "[" + of(index) + "]";
        };
    }

    private static String inner(Expr e) {
        boolean binary = e instanceof Expr.Binary(Expr.Op op, Expr _, Expr _) && op != Expr.Op.MIN && op != Expr.Op.MAX;
        return binary || e instanceof Expr.Not ? "(" + of(e) + ")" : of(e);
    }
}
