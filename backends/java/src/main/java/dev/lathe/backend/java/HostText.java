package dev.lathe.backend.java;

import dev.lathe.backend.plan.Place;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.OpSchema;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import dev.lathe.runtime.ValueStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Ops on values of any kind and size: the op is made again in the generated code, with dimensions as numbers, and run
 * by a kernel for such values, or by its reference meaning.
 */
final class HostText {
    private final StepPrinter e;

    HostText(StepPrinter e) {
        this.e = e;
    }

    void print(Step.HostOp s) {
        String step = ValueStep.takes(s.op()) ? "ValueStep" : "OpStep";
        int output = ValueStep.takes(s.op()) ? e.output(s) : -1;
        String into = output < 0 ? "" : ".into(wanted(" + output + "))";
        StringBuilder text = new StringBuilder("{\n            " + step + " op = new " + step + "()" + into
                + e.tables(s) + ";\n            List<Datum> results = op.run(");
        text.append(create(s)).append(");\n");
        for (int i = 0; i < s.results().size(); i++) {
            text.append("            ")
                    .append(store("results.get(" + i + ")", s.results().get(i)))
                    .append("\n");
        }
        for (Step.HostOp.Binding b : s.bindings()) {
            String size = b.axis() < 0
                    ? "op.bound(" + JavaText.literal(b.symbol()) + ")"
                    : "dim(results.get(" + b.result() + "), " + b.axis() + ")";
            text.append("            ")
                    .append(e.p.symbols.field(b.symbol()))
                    .append(" = ")
                    .append(size)
                    .append(";\n");
        }
        e.p.where();
        e.p.step(text.append("        }").toString());
    }

    /** A statement that puts a datum where {@code view} is. */
    String store(String datum, View view) {
        return view.isInSlot()
                ? StepPrinter.slot(view) + " = " + datum + ";"
                : "unbox(" + datum + ", " + e.ref(view) + ");";
    }

    /** An expression for what a value holds; {@code shares} if that may be a view of an arena. */
    String datum(View view, boolean shares) {
        if (view.place() instanceof Place.Slot(int number)) {
            return "box(" + number + ")";
        }
        boolean constant = view.place() instanceof Place.Constant;
        return (shares || constant ? "tensor(" : "copied(") + "ElementType."
                + view.type().element().name() + ", " + e.ref(view) + e.arguments(view.shape()) + ")";
    }

    private String create(Step.HostOp s) {
        Op op = s.op();
        List<String> parts = new ArrayList<>();
        for (OpSchema.Component c : OpSchema.of(op.getClass()).components()) {
            Object value = c.get(op);
            parts.add(
                    switch (c.role()) {
                        case OPERAND -> operand(s, value);
                        case OPTIONAL_OPERAND ->
                            ((Optional<?>) value)
                                    .map(v -> "Optional.of(" + operand(s, v) + ")")
                                    .orElse("Optional.empty()");
                        case OPERAND_LIST ->
                            ((List<?>) value)
                                    .stream()
                                            .map(v -> operand(s, v))
                                            .collect(Collectors.joining(", ", "List.of(", ")"));
                        case REGION ->
                            throw new IllegalStateException(op.mnemonic() + " has a region but is no control op");
                        case FUNCTION, ATTRIBUTE -> attribute(value);
                    });
        }
        return OpSchema.of(op.getClass()).source(parts);
    }

    @SuppressWarnings("SuspiciousMethodCalls") // a component's value is known by its role
    private String operand(Step.HostOp s, Object value) {
        View view = s.operands().get(value);
        if (view == null) {
            throw new IllegalStateException("no place for " + value);
        }
        return "op.operand(" + datum(view, s.shares()) + ")";
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
