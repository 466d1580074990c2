package dev.lathe.passes;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Configured passes in order, and the stages that the graph reaches between them. Immutable. */
public final class Pipeline {
    public static final Pipeline EMPTY = new Pipeline(List.of());

    /** A pass to run, or a stage to be checked. */
    public sealed interface Step {}

    /** Runs a pass. */
    public record Run(Pass pass) implements Step {}

    /** States that the graph is at a stage now; {@link PassManager} checks it. */
    public record Reach(Stage stage) implements Step {}

    private final List<Step> steps;

    private Pipeline(List<Step> steps) {
        this.steps = List.copyOf(steps);
    }

    public static Pipeline of(Pass... passes) {
        return EMPTY.then(passes);
    }

    /** The passes that a text names, looked up and configured. */
    public static Pipeline of(List<PassSpec> specs, PassRegistry registry) {
        return of(specs.stream().map(registry::create).toArray(Pass[]::new));
    }

    public Pipeline then(Pass... passes) {
        List<Step> all = new ArrayList<>(steps);
        for (Pass p : passes) {
            all.add(new Run(p));
        }
        return new Pipeline(all);
    }

    public Pipeline then(Pipeline next) {
        List<Step> all = new ArrayList<>(steps);
        all.addAll(next.steps);
        return new Pipeline(all);
    }

    public Pipeline reach(Stage stage) {
        List<Step> all = new ArrayList<>(steps);
        all.add(new Reach(stage));
        return new Pipeline(all);
    }

    /** This pipeline without the passes of that name. */
    public Pipeline without(String passName) {
        return new Pipeline(steps.stream()
                .filter(s -> !(s instanceof Run(Pass p) && p.name().equals(passName)))
                .toList());
    }

    public List<Step> steps() {
        return steps;
    }

    public List<Pass> passes() {
        return steps.stream()
                .filter(Run.class::isInstance)
                .map(s -> ((Run) s).pass())
                .toList();
    }

    /** The order constraints that this pipeline breaks, as sentences; empty when it is well ordered. */
    public List<String> orderViolations() {
        List<Pass> passes = passes();
        List<String> violations = new ArrayList<>();
        for (int i = 0; i < passes.size(); i++) {
            for (Pass.After constraint : passes.get(i).after()) {
                boolean before = passes.subList(0, i).stream().anyMatch(constraint.pass()::isInstance);
                boolean later = passes.subList(i + 1, passes.size()).stream().anyMatch(constraint.pass()::isInstance);
                if (later && !before) {
                    violations.add(passes.get(i).name() + " must run after " + PassRegistry.nameOf(constraint.pass())
                            + ": " + constraint.reason());
                }
            }
        }
        return violations;
    }

    /** The text that parses to these passes; stages are not part of it. */
    @Override
    public String toString() {
        return passes().stream().map(p -> Options.spec(p).toString()).collect(Collectors.joining(","));
    }
}
