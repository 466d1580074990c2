package dev.lathe.backend.java;

import dev.lathe.backend.plan.Place;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Control flow: the steps of a branch or a loop become a method. */
final class ControlText {
    private final StepPrinter e;
    /** The field of each list. */
    private final Map<Integer, String> lists = new HashMap<>();

    ControlText(StepPrinter e) {
        this.e = e;
    }

    void bind(Step.Bind s) {
        e.p.text(e.p.symbols.field(s.symbol()) + " = dim(" + e.host().datum(s.slot(), true) + ", " + s.axis() + ");");
    }

    void branch(Step.Branch s) {
        String condition = flag(s.condition());
        String yes = e.method("branch", s.yes());
        String no = e.method("branch", s.no());
        e.p.step("if (" + condition + ") {\n            " + yes + "();\n        } else {\n            " + no
                + "();\n        }");
    }

    void repeat(Step.Repeat s) {
        List<String> start = new ArrayList<>();
        String limit = e.p.name("limit");
        e.p.fields.put("long " + limit, "");
        start.add(limit + " = " + s.limit().map(this::number).orElse("Long.MAX_VALUE") + ";");
        String go = element(s.go());
        start.add(go + " = (byte) (" + s.condition().map(this::flag).orElse("true") + " ? 1 : 0);");
        for (int list : s.lists()) {
            String field = e.p.name("scanned");
            e.p.fields.put("ArrayList<Datum> " + field, "new ArrayList<>()");
            lists.put(list, field);
            start.add(field + ".clear();");
        }
        e.p.step(String.join("\n        ", start));
        String body = e.method("iteration", s.body());
        e.p.step("for (long i = 0; i < " + limit + " && " + go
                + " != 0; i++) {\n            checkDeadline();\n            " + element(s.iteration())
                + " = i;\n            " + body + "();\n        }");
    }

    void append(Step.Append s) {
        e.p.step(lists.get(s.list()) + ".add(" + e.host().datum(s.item(), false) + ");");
    }

    void stack(Step.Stack s) {
        String dims = s.type().isRanked() ? e.arguments(s.type().shape()) : ", 0";
        String stacked = "OpStep.stacked(" + lists.get(s.list()) + ", ElementType."
                + s.type().element().name() + dims + ")";
        e.p.step(e.host().store(stacked, s.to()));
    }

    private String element(View view) {
        return e.array(view) + "[" + e.at(view) + "]";
    }

    /** Whether a bool of one element is true, as an expression. */
    private String flag(View view) {
        return view.place() instanceof Place.Slot
                ? "flag(" + e.host().datum(view, true) + ")"
                : element(view) + " != 0";
    }

    private String number(View view) {
        return view.place() instanceof Place.Slot ? "number(" + e.host().datum(view, true) + ")" : element(view);
    }
}
