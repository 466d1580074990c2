package dev.lathe.passes;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Configured passes in order, the stages that the graph reaches between them, and what passes are told on the way.
 * Immutable.
 */
public final class Pipeline {
    public static final Pipeline EMPTY = new Pipeline(List.of());

    /** A pass to run, a stage to be checked, or something to tell passes. */
    public sealed interface Step {}

    /** Runs a pass. */
    public record Run(Pass pass) implements Step {}

    /** States that the graph is at a stage now; {@link PassManager} checks it. */
    public record Reach(Stage stage) implements Step {}

    /** Lets the passes that follow know {@code value} under {@code key}. */
    public record Tell<T>(PassContext.Key<T> key, T value) implements Step {
        PassContext to(PassContext context) {
            return context.with(key, value);
        }
    }

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
        return then(Arrays.stream(passes).map(Run::new).toList());
    }

    public Pipeline then(Pipeline next) {
        return then(next.steps);
    }

    public Pipeline reach(Stage stage) {
        return then(List.of(new Reach(stage)));
    }

    /** Lets the passes that follow know {@code value} under {@code key}. */
    public <T> Pipeline tell(PassContext.Key<T> key, T value) {
        return then(List.of(new Tell<>(key, value)));
    }

    private Pipeline then(List<? extends Step> more) {
        List<Step> all = new ArrayList<>(steps);
        all.addAll(more);
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
