package dev.lathe.cli;

import dev.lathe.report.ModelDiff;
import dev.lathe.report.ModelDiff.Change;
import java.util.List;

/** What differs between two models, as lines. */
record ModelDiffText(Terminal terminal) {
    private static final int MOST = 20;

    void print(ModelDiff diff) {
        if (diff.isEmpty()) {
            terminal.out().println("the models do not differ");
            return;
        }
        section("inputs", diff.inputs());
        section("outputs", diff.outputs());
        section("opsets", diff.opsets());
        section("operators", diff.operators());
        section("weights", diff.weights());
        section("nodes", diff.nodes());
    }

    private void section(String title, List<Change> changes) {
        if (changes.isEmpty()) {
            return;
        }
        long added = changes.stream().filter(c -> c.before().isEmpty()).count();
        long removed = changes.stream().filter(c -> c.after().isEmpty()).count();
        terminal.out()
                .println(terminal.bold(title) + ": " + added + " added, " + removed + " removed, "
                        + (changes.size() - added - removed) + " changed");
        for (Change c : changes.subList(0, Math.min(MOST, changes.size()))) {
            terminal.out()
                    .println(
                            c.before().isEmpty()
                                    ? terminal.styled("32", "  + ") + c.name() + ": " + c.after()
                                    : c.after().isEmpty()
                                            ? terminal.styled("31", "  - ") + c.name() + ": " + c.before()
                                            : terminal.styled("33", "  ~ ") + c.name() + ": " + changed(c));
        }
        if (changes.size() > MOST) {
            terminal.out().println("  and " + (changes.size() - MOST) + " more; --json has all");
        }
    }

    /** A long text stands below what it was. */
    private static String changed(Change c) {
        return c.before().length() + c.after().length() > 80
                ? c.before() + "\n     → " + c.after()
                : c.before() + " → " + c.after();
    }
}
