package dev.lathe.backend.java;

import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.OpSchema;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Ops without a kernel: the op is made again in the generated code, with dimensions as numbers, and run by its
 * reference meaning.
 */
final class OpSteps {
    private final Emitter e;

    OpSteps(Emitter e) {
        this.e = e;
    }

    void emit(CoreOp op, Node n) {
        e.p.byMeaning.add(n);
        List<View> results = new ArrayList<>();
        // What stays in a box must not share an arena, whose elements change.
        boolean shares = n.results().stream().allMatch(v -> e.isPlanned(v.type()));
        String made = create(op, shares);
        n.results().forEach(v -> results.add(e.allocate(v)));
        StringBuilder s = new StringBuilder(
                "{\n            OpStep op = new OpStep();\n            List<Datum> results = op.run(");
        s.append(made).append(");\n");
        for (int i = 0; i < results.size(); i++) {
            s.append("            ")
                    .append(store("results.get(" + i + ")", results.get(i)))
                    .append("\n");
        }
        for (String symbol : op.binds()) {
            s.append("            ").append(bind(symbol, n)).append("\n");
        }
        e.p.where();
        e.p.step(s.append("        }").toString());
    }

    /** A statement that puts a datum where {@code view} is. */
    String store(String datum, View view) {
        e.p.use(view.place());
        return view.place() instanceof Place.Box(int number)
                ? "boxed[" + number + "] = " + datum + ";"
                : "unbox(" + datum + ", " + e.ref(view) + ");";
    }

    private String bind(String symbol, Node n) {
        String field = e.p.symbols.field(symbol);
        for (int i = 0; i < n.results().size(); i++) {
            int axis = axis(symbol, n.results().get(i).type());
            if (axis >= 0) {
                return field + " = dim(results.get(" + i + "), " + axis + ");";
            }
        }
        return field + " = op.bound(" + JavaText.literal(symbol) + ");";
    }

    /** The axis of a type that is the bare symbol; -1 if there is none. */
    static int axis(String symbol, Type type) {
        if (type instanceof TensorType t && t.isRanked()) {
            for (int i = 0; i < t.rank(); i++) {
                if (t.dim(i).isSymbol() && t.dim(i).symbolName().equals(symbol)) {
                    return i;
                }
            }
        }
        return -1;
    }

    /** An expression for what a value holds; {@code shares} if that may be a view of an arena. */
    String datum(View view, boolean shares) {
        if (view.place() instanceof Place.Box(int number)) {
            return "box(" + number + ")";
        }
        View flat = e.flat(view);
        boolean constant = flat.place() instanceof Place.Weight;
        return (shares || constant ? "tensor(" : "copied(") + "ElementType."
                + flat.type().element().name() + ", " + e.ref(flat) + e.arguments(flat.shape()) + ")";
    }

    private String create(Op op, boolean shares) {
        // All copies run before the step that reads them, which is where their buffers and the others' must be alive.
        Map<Value, View> operands = new IdentityHashMap<>();
        for (Value v : op.operands()) {
            operands.computeIfAbsent(v, _ -> e.flat(e.view(v)));
        }
        List<String> parts = new ArrayList<>();
        for (OpSchema.Component c : OpSchema.of(op.getClass()).components()) {
            Object value = c.get(op);
            parts.add(
                    switch (c.role()) {
                        case OPERAND -> operand(operands.get(value), shares);
                        case OPTIONAL_OPERAND ->
                            ((Optional<?>) value)
                                    .map(v -> "Optional.of(" + operand(operands.get(v), shares) + ")")
                                    .orElse("Optional.empty()");
                        case OPERAND_LIST ->
                            ((List<?>) value)
                                    .stream()
                                            .map(v -> operand(operands.get(v), shares))
                                            .collect(Collectors.joining(", ", "List.of(", ")"));
                        case REGION ->
                            throw new IllegalStateException(op.mnemonic() + " has a region but is no control op");
                        case FUNCTION, ATTRIBUTE -> attribute(value);
                    });
        }
        return "new " + op.getClass().getCanonicalName() + "(" + String.join(", ", parts) + ")";
    }

    private String operand(View view, boolean shares) {
        return "op.operand(" + datum(view, shares) + ")";
    }

    /** An expression that makes an attribute, with dimensions as they are when it runs. */
    private String attribute(Object value) {
        return switch (value) {
            case Dim d -> "op.dim(" + e.p.symbols.wide(d) + ", " + bareName(d) + ")";
            case Shape s ->
                s.dims().stream()
                        .map(this::attribute)
                        .collect(Collectors.joining(", ", "Shape.of(List.<Dim>of(", "))"));
            case Type t -> JavaText.type(t);
            case Enum<?> k -> k.getDeclaringClass().getCanonicalName() + "." + k.name();
            case Boolean b -> b.toString();
            case Integer i -> i.toString();
            case Long l -> JavaText.literal(l);
            case Float f -> JavaText.literal(f);
            case Double d -> JavaText.literal(d);
            case String s -> JavaText.literal(s);
            case List<?> l -> l.stream().map(this::attribute).collect(Collectors.joining(", ", "List.of(", ")"));
            case Optional<?> o ->
                o.map(x -> "Optional.of(" + attribute(x) + ")").orElse("Optional.empty()");
            default -> throw new IllegalStateException("no source text for an attribute of " + value.getClass());
        };
    }

    private static String bareName(Dim d) {
        return d.isSymbol() ? JavaText.literal(d.symbolName()) : "\"\"";
    }
}
