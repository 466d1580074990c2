package dev.lathe.backend.plan;

import dev.lathe.ir.Node;
import dev.lathe.ir.op.CoreOp;
import dev.lathe.ir.tensor.Tensor;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A plan as text: a line a buffer, and a line a step with its components by name. */
final class PlanText {
    private final StringBuilder s = new StringBuilder();

    private PlanText() {}

    static String of(Plan plan) {
        PlanText t = new PlanText();
        t.s.append("plan @").append(plan.graph().name()).append('\n');
        plan.load().ifPresent(load -> {
            t.line(1, "load");
            t.body(2, load);
        });
        t.body(1, plan);
        return t.s.toString();
    }

    private void body(int depth, Plan plan) {
        Lifetimes lifetimes = Lifetimes.of(plan);
        for (int i = 0; i < plan.buffers().size(); i++) {
            Buffer b = plan.buffers().get(i);
            int last = lifetimes.last(i);
            line(
                    depth,
                    "b" + i + " = " + b.element().text() + b.shape() + " lives " + lifetimes.first(i) + ".."
                            + (last == Lifetimes.ALWAYS ? "" : last));
        }
        list(depth, "prepare", plan.prepare());
        list(depth, "run", plan.steps());
        line(depth, "return " + plan.results().stream().map(PlanText::view).collect(Collectors.joining(", ")));
    }

    private void line(int depth, String text) {
        s.append("  ".repeat(depth)).append(text).append('\n');
    }

    private void list(int depth, String name, List<Instruction> list) {
        if (!list.isEmpty()) {
            line(depth, name);
            list.forEach(i -> step(depth + 1, i.step()));
        }
    }

    private void step(int depth, Step step) {
        StringBuilder text = new StringBuilder(step.word());
        for (RecordComponent c : step.getClass().getRecordComponents()) {
            Object value = get(c, step);
            if (!isList(value, Instruction.class) && !isAbsent(value)) {
                text.append(' ').append(c.getName()).append('=').append(value(value));
            }
        }
        line(depth, text.toString());
        for (RecordComponent c : step.getClass().getRecordComponents()) {
            if (get(c, step) instanceof List<?> l && isList(l, Instruction.class)) {
                list(
                        depth + 1,
                        words(c.getName()),
                        l.stream().map(Instruction.class::cast).toList());
            }
        }
    }

    private static boolean isAbsent(@Nullable Object value) {
        return value == null
                || value instanceof Optional<?> o && o.isEmpty()
                || value instanceof Collection<?> c && c.isEmpty();
    }

    private static boolean isList(@Nullable Object value, Class<?> of) {
        return value instanceof List<?> l && !l.isEmpty() && l.stream().allMatch(of::isInstance);
    }

    private static @Nullable Object get(RecordComponent c, Object of) {
        try {
            c.getAccessor().setAccessible(true);
            return c.getAccessor().invoke(of);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String value(@Nullable Object value) {
        return switch (value) {
            case null -> "_";
            case View v -> view(v);
            case Weight w -> weight(w);
            case Tensor t -> t.elementText(0);
            case CoreOp op -> op.mnemonic();
            case ElementwiseKernel k -> kernel(k);
            case Enum<?> e -> e.name().toLowerCase(Locale.ROOT);
            case Optional<?> o -> o.map(PlanText::value).orElse("_");
            case Collection<?> c -> c.stream().map(PlanText::value).collect(Collectors.joining(", ", "[", "]"));
            case Map<?, ?> m -> value(m.values());
            case Record r -> record(r);
            default -> value.toString();
        };
    }

    private static String record(Record r) {
        StringBuilder text = new StringBuilder(words(r.getClass().getSimpleName())).append('{');
        String separator = "";
        for (RecordComponent c : r.getClass().getRecordComponents()) {
            Object value = get(c, r);
            if (!isAbsent(value)) {
                text.append(separator).append(c.getName()).append('=').append(value(value));
                separator = ", ";
            }
        }
        return text.append('}').toString();
    }

    private static String kernel(ElementwiseKernel k) {
        String ops = k.nodes().stream().map(Node::op).map(o -> o.mnemonic()).collect(Collectors.joining(" "));
        String operands = k.operands().stream()
                .map(o -> o.view() == null
                        ? "in_place"
                        : view(o.view()) + " " + o.rows().name().toLowerCase(Locale.ROOT)
                                + (o.alongColumns() ? "" : " one_column"))
                .collect(Collectors.joining("; "));
        return "{" + ops + ": " + operands + "}";
    }

    private static String view(View v) {
        String at = v.offset().isConstant(0) ? "" : "+" + v.offset();
        String strides = v.isInSlot() || v.isContiguous() ? "" : " by " + v.strides();
        return place(v.place()) + at + (v.isInSlot() ? "" : v.shape() + strides);
    }

    private static String place(Place p) {
        return switch (p) {
            case Place.Buffer(int number) -> "b" + number;
            case Place.Input(int number) -> "in" + number;
            case Place.Output(int number) -> "out" + number;
            case Place.Slot(int number) -> "slot" + number;
            case Place.Constant(Weight w) -> weight(w);
        };
    }

    private static String weight(Weight w) {
        String name = (w.computed() ? "computed" : "weight") + w.number();
        return w.scaling()
                .map(s -> "(" + name + s.zero().map(z -> " - " + weight(z)).orElse("") + ") * " + weight(s.scale()))
                .orElse(name);
    }

    /** {@code GatherSlices} as {@code gather_slices}. */
    static String words(String name) {
        return name.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toLowerCase(Locale.ROOT);
    }
}
