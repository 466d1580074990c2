package dev.lathe.compress;

import dev.lathe.backend.CompileOptions;
import dev.lathe.compress.Budget.Bound;
import dev.lathe.compress.Budget.Quantity;
import dev.lathe.ir.Executable;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.passes.PassContext;
import dev.lathe.passes.prune.PruneMeasure;
import dev.lathe.report.Units;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks for the least change that meets a budget, in the four steps of practice: it profiles the model, chooses a
 * precision for each weight by what that does to the outputs, applies and verifies, and goes on from what failed. Every
 * step says why.
 *
 * <p>While it chooses, one model is compiled, whose weights change from try to try. What it returns was compiled,
 * measured and compared on all data as it is.
 */
public final class Search {
    /** Precisions of single weights, from the best. */
    public static final List<Quantization> PRECISIONS = List.of(
            Quantization.F16,
            new Quantization(Quantization.Mode.WEIGHTS, 8, 32),
            Quantization.WEIGHTS,
            new Quantization(Quantization.Mode.WEIGHTS, 4, 32));

    /** Weights of 8 bits with one scale for a layer: shows what scales for channels are worth. */
    public static final Strategy PER_TENSOR = new PerTensor();

    /** Of the weights, at most this share is left in float. */
    private static final int LEFT_IN_FLOAT = 4;

    /** Of operations, what is removed for time, from the least. */
    private static final List<Double> SHARES = List.of(0.3, 0.5, 0.7);

    /** What is removed beyond the share that is asked for: channels come in whole numbers. */
    private static final double MARGIN = 0.01;

    private static final double MOST_REMOVED = 0.95;

    /** The code of what a pass says that cannot remove as much as was asked for. */
    private static final String TOO_LITTLE_TO_REMOVE = "pass.prune";

    /** How often a size is corrected by what a file has besides weights. */
    private static final int CORRECTIONS = 4;

    private final Compressor start;
    private final Budget budget;
    private final CompileOptions options;
    private final PassContext context;
    private final Dataset data;
    private final Metric metric;
    private final List<Metric> metrics;
    private final List<List<Strategy>> firsts;
    private final List<? extends Strategy> precisions;
    private final long originalBytes;
    private final Consumer<Report.Choice> hearer;
    private final List<Report.Choice> choices = new ArrayList<>();
    private final List<Tried> tried = new ArrayList<>();
    private @Nullable Sensitivity sensitivity;

    /** A compressed model that was verified, and its point. */
    private record Tried(Compressed result, Baseline.Outcome outcome, Point point, double excess) {}

    /**
     * What was found.
     *
     * @param best the result that holds the budget; empty if none does
     * @param report of the best, or of the nearest one
     */
    public record Found(Optional<Compressed> best, Report report) {
        /** The tried points that are nearest to the budget, none of which another one beats in everything. */
        public List<Point> nearest() {
            return report.points().stream()
                    .filter(p -> report.points().stream().noneMatch(q -> dominates(q, p)))
                    .sorted(Comparator.comparingLong(Point::sizeBytes))
                    .toList();
        }

        private static boolean dominates(Point q, Point p) {
            boolean better = q.sizeBytes() < p.sizeBytes() || q.score() > p.score();
            return better && q.sizeBytes() <= p.sizeBytes() && q.score() >= p.score();
        }
    }

    /**
     * @param start the model, its data and its metric
     * @param firsts what may be done before precisions are chosen, such as pruning: each is tried in turn, from none
     * @param precisions what each weight may become
     * @param hearer hears each decision when it is made
     */
    Search(
            Compressor start,
            Budget budget,
            List<? extends List<? extends Strategy>> firsts,
            List<? extends Strategy> precisions,
            Consumer<Report.Choice> hearer) {
        // A score is what people look at, unless a loss is said by another metric.
        Metric own = budget.of(Quantity.LOSS).isPresent()
                ? start.metric()
                : budget.bounds().stream()
                        .map(Bound::metric)
                        .filter(m -> m != null)
                        .findFirst()
                        .orElse(start.metric());
        this.start = start.metric(own);
        this.precisions = List.copyOf(precisions);
        this.originalBytes = start.fileBytes();
        this.budget = budget;
        this.options = start.plain();
        this.context = start.context(_ -> {});
        this.data = start.calls();
        this.metric = own;
        Set<Metric> all = new LinkedHashSet<>(List.of(metric));
        budget.bounds().stream().map(Bound::metric).filter(m -> m != null).forEach(all::add);
        this.metrics = List.copyOf(all);
        List<List<Strategy>> ways = new ArrayList<>(List.of(List.of()));
        firsts.forEach(f -> ways.add(List.copyOf(f)));
        this.firsts = ways;
        this.hearer = hearer;
    }

    Found run(String name) {
        try (Baseline baseline = start.baseline()) {
            profile();
            List<StructuredPruning> demanded = demanded(baseline);
            for (List<Strategy> first : firsts) {
                List<Strategy> way = new ArrayList<>(demanded);
                way.addAll(first);
                Optional<Tried> found = after(way, baseline);
                if (found.isPresent()) {
                    return found(name, found.get(), true);
                }
            }
            for (StructuredPruning pruning : demanded.isEmpty() ? smaller() : List.<StructuredPruning>of()) {
                Optional<Tried> found = after(List.of(pruning), baseline);
                if (found.isPresent()) {
                    return found(name, found.get(), true);
                }
            }
        }
        Tried nearest =
                tried.stream().min(Comparator.comparingDouble(Tried::excess)).orElseThrow();
        say(
                "verify",
                "nothing holds the budget " + budget,
                "the nearest is " + nearest.point().name());
        return found(name, nearest, false);
    }

    /** What no precision changes must be removed: of parameters or of operations, whichever is bounded by more. */
    private List<StructuredPruning> demanded(Baseline baseline) {
        double most = 0;
        @Nullable StructuredPruning pruning = null;
        for (Quantity q : List.of(Quantity.PARAMETERS, Quantity.FLOPS)) {
            Bound bound = budget.of(q).orElse(null);
            if (bound != null) {
                Measure whole = tried(start, baseline).result().before();
                double before = q == Quantity.PARAMETERS ? whole.parameters() : whole.flops();
                double share = 1 - bound.limit(before) / before;
                if (share > most) {
                    most = share;
                    pruning = pruning(share, q == Quantity.PARAMETERS ? PruneMeasure.PARAMETERS : PruneMeasure.FLOPS);
                }
            }
        }
        if (pruning == null) {
            return List.of();
        }
        say("choose", pruning.words(), "the budget needs fewer channels, whatever the precisions");
        return List.of(pruning);
    }

    /** Channels that may be removed where the smallest precisions cost too much; none where only a loss is too much. */
    private List<StructuredPruning> smaller() {
        List<StructuredPruning> all = new ArrayList<>();
        Tried smallest = tried.stream()
                .min(Comparator.comparingLong(t -> t.point().sizeBytes()))
                .orElseThrow();
        budget.of(Quantity.SIZE).ifPresent(bound -> {
            double share = 1 - bound.limit(originalBytes) / smallest.point().sizeBytes();
            if (share > 0) {
                all.add(pruning(share, PruneMeasure.PARAMETERS));
            }
        });
        boolean slow = List.of(Quantity.LATENCY, Quantity.MEMORY).stream()
                .flatMap(q -> budget.of(q).stream())
                .anyMatch(b -> tried.stream()
                        .noneMatch(t -> b.holds(
                                before(b, t.result()),
                                after(b, t.result(), t.outcome(), t.point().sizeBytes()))));
        if (slow) {
            SHARES.forEach(share -> all.add(pruning(share, PruneMeasure.FLOPS)));
        }
        if (!all.isEmpty()) {
            say("choose", "fewer channels", "no precision is small and fast enough");
        }
        return all;
    }

    private StructuredPruning pruning(double share, PruneMeasure of) {
        StructuredPruning p = StructuredPruning.channels(Math.min(MOST_REMOVED, share + MARGIN))
                .of(of);
        return start.hasData() ? p.repaired() : p;
    }

    private Found found(String name, Tried best, boolean holds) {
        List<Point> points = tried.stream()
                .map(t -> t == best && holds ? t.point().withChosen() : t.point())
                .toList();
        Report report = Report.of(name, best.result(), holds, choices, points, sensitivity);
        return new Found(holds ? Optional.of(best.result()) : Optional.empty(), report);
    }

    private void say(String step, String what, String why) {
        Report.Choice choice = new Report.Choice(step, what, why);
        choices.add(choice);
        hearer.accept(choice);
    }

    private void profile() {
        long weights = Measure.weightBytes(start.original().graph());
        say(
                "profile",
                Units.bytes(weights) + " of weights, " + data.size() + " calls of data, budget " + budget,
                "compared by "
                        + String.join(
                                " and ", metrics.stream().map(Object::toString).toList()));
    }

    /** What comes of a first way and the best precisions after it. */
    private Optional<Tried> after(List<Strategy> first, Baseline baseline) {
        try {
            return afterAll(first, baseline);
        } catch (LatheException e) {
            if (first.stream().noneMatch(StructuredPruning.class::isInstance)
                    || e.diagnostics().stream().noneMatch(d -> d.code().equals(TOO_LITTLE_TO_REMOVE))) {
                throw e;
            }
            say("apply", first.getFirst().words(), e.diagnostics().getFirst().what());
            return Optional.empty();
        }
    }

    private Optional<Tried> afterAll(List<Strategy> first, Baseline baseline) {
        Compressor base = this.start;
        for (Strategy s : first) {
            base = base.then(s);
        }
        Optional<Tried> plain = Optional.empty();
        if (!first.isEmpty()) {
            plain = verify(base, baseline, "apply", "what was chosen before does not hold the budget")
                    .or(() -> cured(this.start, first, baseline));
            if (plain.isPresent()) {
                return plain;
            }
        } else {
            Tried whole = tried(base, baseline);
            // Where only a loss is bounded, the smallest model is wanted.
            boolean costs = budget.bounds().stream()
                    .anyMatch(b -> b.quantity() != Quantity.LOSS && b.quantity() != Quantity.SCORE);
            if (costs && whole.excess() == 0) {
                say("verify", "the model as it is", "it holds the budget already");
                return Optional.of(whole);
            }
        }
        return precisions(base, baseline);
    }

    private Optional<Tried> precisions(Compressor base, Baseline baseline) {
        SensitivityScan scan = new SensitivityScan(base.compressedGraph(), data, options);
        if (scan.layers().isEmpty()) {
            say("choose", "no precision", "no weight has " + SensitivityScan.LEAST + " elements or more");
            return Optional.empty();
        }
        List<Candidates> candidates = scan.candidates(precisions, context);
        Sensitivity seen = scan.run(precisions, candidates, baseline);
        if (sensitivity == null) {
            sensitivity = seen;
        }
        Allocation allocation = new Allocation(seen, precisions);
        say(
                "profile",
                seen.rows().size() + (seen.rows().size() == 1 ? " weight in " : " weights in ") + precisions.size()
                        + " precisions",
                "alone, "
                        + allocation
                                .mostSensitive()
                                .map(r -> r.name() + " loses most")
                                .orElse("none loses anything"));
        return budget.of(Quantity.SIZE).isPresent()
                ? bySize(base, baseline, allocation)
                : byLoss(base, baseline, allocation, scan, candidates);
    }

    /** The precisions that lose least within the size; what fails by the file's other bytes is corrected. */
    private Optional<Tried> bySize(Compressor base, Baseline baseline, Allocation allocation) {
        long limit = (long) budget.of(Quantity.SIZE).orElseThrow().limit(originalBytes);
        long graph = Measure.weightBytes(base.compressedGraph());
        long others = (base.isPlain() ? originalBytes : base.fileBytes()) - graph; // nodes, names and the like
        Optional<Tried> last = Optional.empty();
        for (int i = 0; i < CORRECTIONS; i++) {
            long left = limit - others - (graph - allocation.bytes());
            Map<String, Strategy> choice = allocation.within(left);
            Compressor next = base.then(new MixedPrecision(choice));
            last = verify(
                    next,
                    baseline,
                    i == 0 ? "choose" : "correct",
                    allocation.bytes(choice) <= left
                            ? "of all precisions within " + Units.bytes(limit) + ", these change the outputs least: "
                                    + decibels(allocation.noise(choice)) + " expected"
                            : "the smallest there is, and more than " + Units.bytes(limit));
            Tried now = tried.getLast();
            if (last.isEmpty()) {
                last = cured(base, List.of(new MixedPrecision(choice)), baseline);
            }
            long over = now.point().sizeBytes() - limit;
            if (last.isPresent() || over <= 0 || !allocation.canShrink(choice)) {
                break;
            }
            others += over + over / 8;
        }
        return last;
    }

    /**
     * The ladder of cures, where only what is lost is too much: what recovers losses for as many bytes, then the worst
     * weights as they were.
     *
     * @param way the strategies that lose too much, of which the last one is cured
     */
    private Optional<Tried> cured(Compressor base, List<Strategy> way, Baseline baseline) {
        Tried failed = tried.getLast();
        Compressor before = base;
        for (Strategy s : way.subList(0, way.size() - 1)) {
            before = before.then(s);
        }
        for (Strategy cure : start.hasData() ? way.getLast().cured() : List.<Strategy>of()) {
            if (!failsByLossOnly(failed)) {
                return Optional.empty();
            }
            Optional<Tried> result = verify(before.then(cure), baseline, "cure", "too much is lost");
            if (result.isPresent()) {
                return result;
            }
        }
        if (way.getLast() instanceof MixedPrecision || sensitivity == null || !failsByLossOnly(failed)) {
            return Optional.empty(); // weights have been chosen one by one already
        }
        List<Sensitivity.Row> worst = sensitivity.rows().stream()
                .sorted(Comparator.comparingDouble((Sensitivity.Row r) -> r.cells().stream()
                                .mapToDouble(Sensitivity.Cell::noise)
                                .max()
                                .orElse(0))
                        .reversed())
                .toList();
        for (int left = 1; left <= Math.max(1, worst.size() / LEFT_IN_FLOAT); left *= 2) {
            Map<String, Strategy> choice = new LinkedHashMap<>();
            worst.subList(left, worst.size()).forEach(r -> choice.put(r.name(), way.getLast()));
            Optional<Tried> result = verify(
                    before.then(new MixedPrecision(choice)),
                    baseline,
                    "cure",
                    "too much is lost, and " + worst.getFirst().name() + " is most sensitive: the worst " + left
                            + " stay as they are");
            if (result.isPresent()) {
                return result;
            }
        }
        return Optional.empty();
    }

    private boolean failsByLossOnly(Tried t) {
        return budget.bounds().stream()
                .filter(b -> b.quantity() != Quantity.LOSS && b.quantity() != Quantity.SCORE)
                .allMatch(b -> b.holds(
                        before(b, t.result()),
                        after(b, t.result(), t.outcome(), t.point().sizeBytes())));
    }

    /** The smallest precisions whose loss holds: found by halving, on the model that is compiled once. */
    private Optional<Tried> byLoss(
            Compressor base,
            Baseline baseline,
            Allocation allocation,
            SensitivityScan scan,
            List<Candidates> candidates) {
        List<Map<String, Strategy>> frontier = allocation.frontier();
        int low = 0; // the mildest
        int high = frontier.size() - 1;
        int tries = 0;
        while (low < high) {
            int middle = (low + high + 1) / 2;
            tries++;
            if (lossHolds(outcome(frontier.get(middle), scan, candidates, baseline))) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        Optional<Tried> last = Optional.empty();
        for (int i = low; i >= 0 && last.isEmpty() && i > low - CORRECTIONS; i--) {
            last = verify(
                    base.then(new MixedPrecision(frontier.get(i))),
                    baseline,
                    i == low ? "choose" : "correct",
                    "the smallest of " + frontier.size() + " that holds, by " + tries + " tries");
        }
        return last;
    }

    private Baseline.Outcome outcome(
            Map<String, Strategy> choice, SensitivityScan scan, List<Candidates> candidates, Baseline baseline) {
        Map<Value, Tensor> weights = new IdentityHashMap<>();
        choice.forEach((name, strategy) -> {
            Candidates c = candidates.get(precisions.indexOf(strategy));
            Objects.requireNonNull(scan.layers().get(name), "no such layer")
                    .forEach(v -> weights.put(v, c.tensors().get(v)));
        });
        try (Executable model = scan.trial().load(weights)) {
            return baseline.compare(model, metrics);
        }
    }

    private boolean lossHolds(Baseline.Outcome outcome) {
        return budget.bounds().stream()
                .filter(b -> b.quantity() == Quantity.LOSS || b.quantity() == Quantity.SCORE)
                .allMatch(b -> b.holds(1, value(b, outcome)));
    }

    private double value(Bound b, Baseline.Outcome outcome) {
        return b.quantity() == Quantity.LOSS
                ? outcome.score(metric).loss()
                : outcome.score(Objects.requireNonNull(b.metric(), "no metric")).after();
    }

    /** Applies, measures and compares. */
    private Optional<Tried> verify(Compressor way, Baseline baseline, String step, String why) {
        Tried t = tried(way, baseline);
        say(step, t.point().name(), why);
        say(
                "verify",
                String.format(
                        Locale.ROOT,
                        "%s, %s %.4f, %s",
                        Units.bytes(t.point().sizeBytes()),
                        metric,
                        t.outcome().score(metric).after(),
                        Units.millis(t.point().millis())),
                t.excess() == 0 ? "the budget holds" : broken(t));
        return t.excess() == 0 ? Optional.of(t) : Optional.empty();
    }

    private Tried tried(Compressor way, Baseline baseline) {
        Compressor.Measured m = way.measured(baseline, metrics);
        Compressed c = m.result();
        long size = way.fileBytes(m.result().model());
        double excess = budget.bounds().stream()
                .mapToDouble(b -> b.excess(before(b, c), after(b, c, m.outcome(), size)))
                .sum();
        Point point = new Point(
                name(c),
                size,
                c.after().flops(),
                c.after().millis(),
                m.outcome().score(metric).after(),
                c.loss(),
                excess == 0,
                false);
        Tried t = new Tried(c, m.outcome(), point, excess);
        tried.add(t);
        return t;
    }

    private static String name(Compressed c) {
        return c.strategies().isEmpty()
                ? "the model"
                : String.join(
                        " + ", c.strategies().stream().map(Strategy::words).toList());
    }

    private String broken(Tried t) {
        List<String> all = new ArrayList<>();
        for (Bound b : budget.bounds()) {
            double after = after(b, t.result(), t.outcome(), t.point().sizeBytes());
            if (!b.holds(before(b, t.result()), after)) {
                all.add(b + " does not hold");
            }
        }
        return String.join(", ", all);
    }

    private double before(Bound b, Compressed c) {
        return switch (b.quantity()) {
            case SIZE -> originalBytes;
            case PARAMETERS -> c.before().parameters();
            case FLOPS -> c.before().flops();
            case MEMORY -> c.before().memoryBytes();
            case LATENCY -> c.before().millis();
            case LOSS, SCORE -> 1;
        };
    }

    private double after(Bound b, Compressed c, Baseline.Outcome outcome, long size) {
        return switch (b.quantity()) {
            case SIZE -> size;
            case PARAMETERS -> c.after().parameters();
            case FLOPS -> c.after().flops();
            case MEMORY -> c.after().memoryBytes();
            case LATENCY -> c.after().millis();
            case LOSS, SCORE -> value(b, outcome);
        };
    }

    private static String decibels(double noise) {
        return noise == 0 ? "nothing lost" : String.format(Locale.ROOT, "%.1f dB", -10 * Math.log10(noise));
    }
}
