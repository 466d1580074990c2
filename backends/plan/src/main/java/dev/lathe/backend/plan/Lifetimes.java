package dev.lathe.backend.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * When buffers live: from the first to the last step that uses them, counted through the whole plan, bodies before
 * the step that they belong to. What a loop uses that was there before it lives until its end, and what holds an
 * output for ever.
 */
public final class Lifetimes {
    /** The last step of what is used after all steps. */
    public static final int ALWAYS = Integer.MAX_VALUE;

    private record Use(int buffer, int time) {}

    private final int[] first;
    private final int[] last;
    /** In the order of time. */
    private final List<Use> uses = new ArrayList<>();

    private int time;

    private Lifetimes(int buffers) {
        first = new int[buffers];
        last = new int[buffers];
        Arrays.fill(first, -1);
    }

    /** The lifetimes of a plan's buffers. */
    public static Lifetimes of(Plan plan) {
        Lifetimes l = new Lifetimes(plan.buffers().size());
        l.visit(plan.steps());
        plan.results().forEach(l::use);
        for (View v : plan.results()) {
            if (v.place() instanceof Place.Buffer(int number)) {
                l.last[number] = ALWAYS;
            }
        }
        return l;
    }

    /** The first step that uses a buffer; -1 if none does. */
    public int first(int buffer) {
        return first[buffer];
    }

    /** The last step that uses a buffer. */
    public int last(int buffer) {
        return last[buffer];
    }

    private void visit(List<Instruction> list) {
        list.forEach(i -> visit(i.step()));
    }

    private void visit(Step step) {
        if (step instanceof Step.Repeat) {
            use(step); // before the first turn
            int start = ++time;
            step.bodies().forEach(this::visit);
            use(step);
            uses.reversed().stream().takeWhile(u -> u.time >= start).forEach(u -> {
                if (first[u.buffer] < start) {
                    last[u.buffer] = time;
                }
            });
        } else {
            step.bodies().forEach(this::visit);
            use(step);
        }
        time++;
    }

    private void use(Step step) {
        step.reads().forEach(this::use);
        step.writes().forEach(this::use);
    }

    private void use(View v) {
        if (v.place() instanceof Place.Buffer(int number)) {
            if (first[number] < 0) {
                first[number] = time;
            }
            last[number] = time;
            uses.add(new Use(number, time));
        }
    }
}
