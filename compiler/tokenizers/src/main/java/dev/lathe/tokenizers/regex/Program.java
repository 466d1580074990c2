package dev.lathe.tokenizers.regex;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** A regular expression as steps of a machine; each has an operation and two arguments. */
final class Program {
    /** Takes a character of set x. */
    static final int SET = 0;
    /** Goes to x, and to y if that fails; to y at once where the next character is not in set z. */
    static final int SPLIT = 1;
    /** Goes to x. */
    static final int JUMP = 2;
    /** Takes from y to z characters of set x, as many as it can, and gives back what is too much. */
    static final int LOOP = 3;
    /** Takes from y to z characters of set x, as many as it can, and gives nothing back. */
    static final int POSSESSIVE_LOOP = 4;
    /** Asks whether the place in the text is what place x of the list says. */
    static final int ASSERT = 5;
    /** Runs program x from here; y is 1 if it must not match. */
    static final int LOOK = 6;
    /** Runs program x from z characters before; y is 1 if it must not match. */
    static final int LOOK_BEHIND = 7;
    /** Runs program x, and goes on where its first match ends. */
    static final int ATOMIC = 8;
    /** The match is complete. */
    static final int MATCH = 9;

    private static final int MOST_STEPS = 20_000;

    private int size;
    int[] operation = new int[16];
    int[] x = new int[16];
    int[] y = new int[16];
    int[] z = new int[16];
    final List<CodePointSet> sets = new ArrayList<>();
    final List<Program> programs = new ArrayList<>();
    final List<Node.Place> places = new ArrayList<>();
    /** What a match may start with; null if it may be empty. */
    final @Nullable CodePointSet first;
    /** Whether something that may be empty is repeated without end. */
    private boolean mayRepeatNothing;

    private Program(Node node) {
        this.first = node.isNullable() ? null : new CodePointSet(node.first());
        write(node);
        add(MATCH, 0, 0, 0);
    }

    static Program of(Node node) {
        return new Program(node);
    }

    boolean mayRepeatNothing() {
        return mayRepeatNothing;
    }

    private int add(int op, int ax, int ay, int az) {
        if (size == MOST_STEPS) {
            throw new PatternException("the pattern is too large");
        }
        if (size == operation.length) {
            operation = Arrays.copyOf(operation, 2 * size);
            x = Arrays.copyOf(x, 2 * size);
            y = Arrays.copyOf(y, 2 * size);
            z = Arrays.copyOf(z, 2 * size);
        }
        operation[size] = op;
        x[size] = ax;
        y[size] = ay;
        z[size] = az;
        return size++;
    }

    private int set(IntPredicate members) {
        sets.add(new CodePointSet(members));
        return sets.size() - 1;
    }

    private int program(Node body) {
        programs.add(new Program(body));
        return programs.size() - 1;
    }

    private void write(Node node) {
        switch (node) {
            case Node.Set s -> add(SET, set(s.members()), 0, 0);
            case Node.Sequence s -> s.parts().forEach(this::write);
            case Node.Choice c -> choice(c.options());
            case Node.Repeat r -> repeat(r);
            case Node.Look l -> look(l);
            case Node.Atomic a -> add(ATOMIC, program(a.body()), 0, 0);
            case Node.Assertion a -> {
                places.add(a.place());
                add(ASSERT, places.size() - 1, 0, 0);
            }
        }
    }

    /** A split whose first way is {@code way}; its arguments are filled in by the caller. */
    private int split(Node way) {
        return add(SPLIT, 0, 0, way.isNullable() ? -1 : set(way.first()));
    }

    private void choice(List<Node> options) {
        List<Integer> ends = new ArrayList<>();
        for (int i = 0; i < options.size(); i++) {
            boolean last = i == options.size() - 1;
            int split = last ? -1 : split(options.get(i));
            if (!last) {
                x[split] = size;
            }
            write(options.get(i));
            if (!last) {
                ends.add(add(JUMP, 0, 0, 0));
                y[split] = size;
            }
        }
        ends.forEach(e -> x[e] = size);
    }

    private void repeat(Node.Repeat r) {
        if (r.greed() == Node.Greed.POSSESSIVE && !(r.body() instanceof Node.Set)) {
            add(ATOMIC, program(new Node.Repeat(r.body(), r.least(), r.most(), Node.Greed.GREEDY)), 0, 0);
            return;
        }
        if (r.body() instanceof Node.Set s && r.greed() != Node.Greed.LAZY) {
            int op = r.greed() == Node.Greed.POSSESSIVE ? POSSESSIVE_LOOP : LOOP;
            add(op, set(s.members()), r.least(), r.most());
            return;
        }
        for (int i = 0; i < r.least(); i++) {
            write(r.body());
        }
        if (r.most() == Node.MANY) {
            mayRepeatNothing |= r.body().isNullable();
            int split = optional(r);
            write(r.body());
            add(JUMP, split, 0, 0);
            skip(r, split);
        } else {
            int[] splits = new int[r.most() - r.least()];
            for (int i = 0; i < splits.length; i++) {
                splits[i] = optional(r);
                write(r.body());
            }
            for (int split : splits) {
                skip(r, split);
            }
        }
    }

    private int optional(Node.Repeat r) {
        int split = r.greed() == Node.Greed.LAZY ? add(SPLIT, 0, 0, -1) : split(r.body());
        if (r.greed() == Node.Greed.LAZY) {
            y[split] = size;
        } else {
            x[split] = size;
        }
        return split;
    }

    private void skip(Node.Repeat r, int split) {
        if (r.greed() == Node.Greed.LAZY) {
            x[split] = size;
        } else {
            y[split] = size;
        }
    }

    private void look(Node.Look l) {
        if (!l.behind()) {
            add(LOOK, program(l.body()), l.negative() ? 1 : 0, 0);
            return;
        }
        List<Node> options = l.body() instanceof Node.Choice c ? c.options() : List.of(l.body());
        for (Node option : options) {
            if (option.size() < 0) {
                throw new PatternException("a look behind whose length varies is not supported");
            }
        }
        if (options.size() == 1 || l.negative()) {
            // None of several is each of them not.
            options.forEach(o -> add(LOOK_BEHIND, program(o), l.negative() ? 1 : 0, o.size()));
            return;
        }
        List<Node> each = new ArrayList<>();
        options.forEach(o -> each.add(new Node.Look(o, true, false)));
        choice(each);
    }
}
