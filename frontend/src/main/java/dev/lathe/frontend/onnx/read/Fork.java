package dev.lathe.frontend.onnx.read;

import dev.lathe.frontend.onnx.file.OnnxNames;
import dev.lathe.frontend.onnx.node.JoinedTypes;
import dev.lathe.frontend.onnx.node.OnnxNode;
import dev.lathe.frontend.onnx.node.RegionImporter;
import dev.lathe.frontend.onnx.read.Undecided.Open;
import dev.lathe.frontend.onnx.read.Undecided.Selection;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Graph;
import dev.lathe.ir.Location;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Fail;
import dev.lathe.ir.op.If;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An If in the making: its branches, and in each the nodes that use what the branches give. */
final class Fork {
    /** A branch; {@code problems} are why it cannot run, null where it can. */
    private static final class Branch {
        final Builder builder;
        final GraphImporter importer;

        @Nullable
        List<Diagnostic> problems;

        Branch(Builder builder, GraphImporter importer) {
            this.builder = builder;
            this.importer = importer;
        }

        boolean runs() {
            return problems == null;
        }
    }

    private final GraphImporter around;
    private final ModelImporter model;
    private final Builder b;
    private final Location location;
    /** One less than there are branches: the first that is true chooses, the last branch is for none. */
    private final List<Value> conditions;

    private final List<Branch> branches = new ArrayList<>();
    /** The names that have a value in each branch. */
    private final Set<String> names = new LinkedHashSet<>();

    Fork(GraphImporter around, ModelImporter model, Location location, List<Value> conditions) {
        this.around = around;
        this.model = model;
        this.b = around.builder();
        this.location = location;
        this.conditions = conditions;
    }

    /** A branch of an If of the model, whose results are named {@code outputs}. */
    void addBranch(RegionImporter.Attempt attempt, List<String> outputs) {
        RegionImporter.Region region = attempt.region();
        if (region == null) {
            Branch dead = new Branch(b.region("unable"), around);
            dead.problems = attempt.problems();
            branches.add(dead);
            return;
        }
        Map<String, Value> values = new LinkedHashMap<>();
        for (int i = 0; i < Math.min(outputs.size(), region.results().size()); i++) {
            values.put(outputs.get(i), region.results().get(i));
        }
        addBranch(region.builder(), values);
    }

    void addBranch(Builder region, Map<String, Value> values) {
        // What follows goes before the If where it can, so the symbols of both must differ.
        b.reserveSymbolsOf(region);
        Branch branch = new Branch(region, around.branch(region));
        values.forEach(branch.importer.scope()::define);
        branches.add(branch);
    }

    /** How many results a branch has; any number if it cannot run. */
    static int width(RegionImporter.Attempt attempt) {
        RegionImporter.Region region = attempt.region();
        return region == null ? Integer.MAX_VALUE : region.results().size();
    }

    /** Makes {@code given} names of this fork. */
    void define(List<String> given) {
        Set<String> fresh = new LinkedHashSet<>(given);
        fresh.remove("");
        names.addAll(fresh);
        fresh.forEach(name -> around.scope().define(name, placeholder()));
    }

    /** A value that stands for one in each branch. */
    Value placeholder() {
        Value v = new Value("", TensorType.unranked(ElementType.F32));
        model.undecided.put(v, new Open(this));
        return v;
    }

    Set<String> names() {
        return names;
    }

    List<String> liveNames() {
        return names.stream().filter(around.forks()::isLive).toList();
    }

    private List<Branch> running() {
        return branches.stream().filter(Branch::runs).toList();
    }

    /** Imports {@code node} into each branch. */
    void add(NodeProto node) {
        define(node.getOutputList());
        for (Branch branch : running()) {
            int mark = model.mark();
            int before = branch.builder.size();
            branch.importer.node(node);
            model.countInBranches(branch.builder.size() - before, OnnxNames.location(node, 0));
            if (model.mark() > mark || node.getOutputList().stream().anyMatch(branch.importer.scope()::hasFailed)) {
                branch.problems = model.takeSince(mark);
            }
        }
    }

    /** Whether there is a branch that can run. */
    boolean runs() {
        return branches.stream().anyMatch(Branch::runs);
    }

    /** Why no branch can run; what is wrong in each branch is told once. */
    LatheException failure() {
        names.forEach(around.scope()::markFailed);
        Map<String, Diagnostic> told = new LinkedHashMap<>();
        branches.forEach(x -> Objects.requireNonNull(x.problems).forEach(d -> told.putIfAbsent(d.what(), d)));
        return new LatheException(LatheException.Fault.INPUT, List.copyOf(told.values()));
    }

    /** How many branches there are, also inside of branches. */
    int openBranches() {
        return running().stream()
                .mapToInt(x -> x.importer.forks().openBranches())
                .reduce(0, (x, y) -> Math.min(x + y, 1 << 16));
    }

    /** Ends what can end inside of the branches. */
    void settle() {
        running().forEach(x -> x.importer.forks().settle());
    }

    /** Whether {@code some} of the names have the same types in each branch. */
    boolean agrees(List<String> some) {
        List<Branch> running = running();
        if (running.size() == 1) {
            return some.stream().allMatch(name -> isDecided(running.getFirst(), name));
        }
        return some.stream().allMatch(name -> {
            boolean decided = running.stream().allMatch(x -> isDecided(x, name));
            return decided
                    && running.stream()
                                    .map(x -> Kinds.of(value(x, name).type()))
                                    .distinct()
                                    .count()
                            == 1;
        });
    }

    private boolean isDecided(Branch branch, String name) {
        Value v = branch.importer.scope().known(name);
        return v != null && !model.undecided.containsKey(v);
    }

    private static Value value(Branch branch, String name) {
        return Objects.requireNonNull(branch.importer.scope().known(name), name);
    }

    /** Whether {@code v} is a sequence that is not filled yet. */
    private boolean isOpen(Value v) {
        return model.openSequences.contains(v)
                || branches.stream().anyMatch(x -> x.runs() && OnnxNode.isEmpty(x.builder, v));
    }

    /** What some names are in one case of one branch. */
    private record Way(Branch branch, List<Value> values) {
        List<String> kinds() {
            return values.stream().map(v -> Kinds.of(v.type())).toList();
        }
    }

    /** The If; what {@code wanted} of the names are after it. */
    Map<String, Value> end(List<String> wanted, Forks.End how) {
        Location before = b.location();
        b.at(location);
        try {
            return finished(wanted, how);
        } finally {
            b.at(before);
        }
    }

    private Map<String, Value> finished(List<String> wanted, Forks.End how) {
        Map<Branch, Forks.Sorted> sorted = new LinkedHashMap<>();
        running().forEach(x -> sorted.put(x, sorted(x, wanted, how)));
        List<Way> ways = new ArrayList<>();
        sorted.forEach((branch, s) -> s.cases().forEach(c -> ways.add(new Way(branch, c))));

        Map<String, Value> results = new LinkedHashMap<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < wanted.size(); i++) {
            Optional<Value> same = sameIntegers(ways, i);
            if (same.isPresent()) {
                results.put(wanted.get(i), same.get());
            } else {
                names.add(wanted.get(i));
            }
        }
        List<Integer> kept = names.stream().map(wanted::indexOf).toList();
        ways.replaceAll(
                w -> new Way(w.branch(), kept.stream().map(w.values()::get).toList()));
        List<List<String>> kinds = how == Forks.End.CASES
                ? ways.stream().map(Way::kinds).distinct().toList()
                : List.of(List.of());
        ForkResults columns = new ForkResults(b, location, names, how == Forks.End.ANY_RANK, this::isOpen);
        if (kinds.size() > 1) {
            columns.addSelector();
        }
        for (int i = 0; i < names.size(); i++) {
            int column = i;
            boolean shared = kinds.stream()
                            .map(k -> kinds.size() == 1 ? "" : k.get(column))
                            .distinct()
                            .count()
                    == 1;
            if (shared) {
                columns.addShared(
                        i, ways.stream().map(w -> w.values().get(column)).toList());
            } else {
                for (int k = 0; k < kinds.size(); k++) {
                    List<String> kind = kinds.get(k);
                    columns.addCase(
                            i,
                            k,
                            ways.stream()
                                    .filter(w -> w.kinds().equals(kind))
                                    .map(w -> w.values().get(column))
                                    .toList());
                }
            }
        }
        if (columns.isEmpty()) {
            return results;
        }
        List<Graph> regions = new ArrayList<>();
        model.countInBranches((long) branches.size() * columns.types().size(), location);
        for (Branch branch : branches) {
            if (branch.runs()) {
                List<Way> own = ways.stream().filter(w -> w.branch() == branch).toList();
                List<Integer> numbers = own.stream()
                        .map(w -> kinds.size() == 1 ? 0 : kinds.indexOf(w.kinds()))
                        .toList();
                Selection selection = Objects.requireNonNull(sorted.get(branch)).selection();
                regions.add(columns.region(
                        branch.builder,
                        selection,
                        numbers,
                        own.stream().map(Way::values).toList()));
            } else {
                regions.add(unable(branch, columns));
            }
        }
        Map<String, Value> given = columns.results(chained(regions, columns), model);
        for (int i = 0; i < names.size(); i++) {
            int column = i;
            if (ways.stream().allMatch(w -> isOpen(w.values().get(column)))) {
                model.openSequences.add(Objects.requireNonNull(given.get(names.get(i))));
            }
        }
        results.putAll(given);
        return results;
    }

    /** The cases of one branch, no two of the same types. */
    private static Forks.Sorted sorted(Branch branch, List<String> wanted, Forks.End how) {
        Forks forks = branch.importer.forks();
        forks.finish(wanted, how);
        Forks.Sorted sorted = forks.sorted(wanted);
        long different = sorted.cases().stream()
                .map(c -> new Way(branch, c).kinds())
                .distinct()
                .count();
        if (sorted.selection() != null && different < sorted.cases().size()) {
            forks.regroup(List.of(sorted.selection()), new LinkedHashSet<>(wanted), Forks.End.CASES);
            return forks.sorted(wanted);
        }
        return sorted;
    }

    /** The integers of dimensions that one of the names is in each branch: they need not go through the If. */
    private Optional<Value> sameIntegers(List<Way> ways, int i) {
        Optional<List<Dim>> first = Optional.empty();
        Type type = ways.getFirst().values().get(i).type();
        for (Way w : ways) {
            Value v = w.values().get(i);
            Optional<List<Dim>> dims = w.branch().builder.dims(v);
            boolean fits = dims.isPresent()
                    && v.type().equals(type)
                    && type instanceof TensorType t
                    && t.element() == ElementType.I64
                    && t.rank() <= 1
                    && dims.get().stream().allMatch(d -> JoinedTypes.knows(b, d));
            if (!fits || !first.map(f -> f.equals(dims.get())).orElse(true)) {
                return Optional.empty();
            }
            first = dims;
        }
        boolean scalar = type instanceof TensorType t && t.rank() == 0;
        return first.map(d -> scalar ? b.dim(d.getFirst()) : b.dims(d));
    }

    private static Graph unable(Branch branch, ForkResults columns) {
        List<Diagnostic> problems = Objects.requireNonNull(branch.problems);
        String why =
                problems.isEmpty() ? "it is not valid" : problems.getFirst().what();
        Builder failing = branch.importer.builder().region("unable");
        List<Value> results = failing.addAll(new Fail(
                "the model takes a branch that cannot run with the shapes it was compiled for: " + why,
                columns.absentTypes()));
        return failing.build(results, columns.names());
    }

    private List<Value> chained(List<Graph> regions, ForkResults columns) {
        Graph last = regions.getLast();
        for (int i = regions.size() - 2; i > 0; i--) {
            Builder rest = b.region("otherwise");
            List<Value> results = rest.addAll(
                    new If(conditions.get(i), regions.get(i), last, columns.types(), columns.bound()), columns.names());
            last = rest.build(results, columns.names());
        }
        return b.addAll(
                new If(conditions.getFirst(), regions.getFirst(), last, columns.types(), columns.bound()),
                columns.names());
    }
}
