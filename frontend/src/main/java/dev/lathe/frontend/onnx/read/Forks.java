package dev.lathe.frontend.onnx.read;

import dev.lathe.frontend.onnx.file.NodeOrder;
import dev.lathe.frontend.onnx.file.OnnxNames;
import dev.lathe.frontend.onnx.node.RegionImporter;
import dev.lathe.frontend.onnx.read.Undecided.Cases;
import dev.lathe.frontend.onnx.read.Undecided.Open;
import dev.lathe.frontend.onnx.read.Undecided.Selection;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.ir.Builder;
import dev.lathe.ir.Location;
import dev.lathe.ir.Value;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.op.Compare;
import dev.lathe.ir.op.Comparison;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The Ifs of one graph whose branches give values of different ranks or types. What uses such values is imported into
 * each branch, until the values that are still needed have the same types everywhere: there the branches meet again.
 *
 * <p>Where branches multiply, they are sorted by the types of what they give: values of the same types share a case,
 * a number tells at run time which case it is, and what follows is imported once for each case instead of once for
 * each way there.
 */
final class Forks {
    /** More cases than this are not imported. */
    private static final int CASE_LIMIT = 32;

    /** With more open branches than this they are sorted by their types. */
    private static final int OPEN_LIMIT = 12;

    /** A shape or a list of axes whose length only a run tells may be so long. */
    private static final int COUNT_LIMIT = 8;

    /** What to do about branches that depend on shapes. */
    static final String FIX_SHAPES =
            "fix the shapes on which the branches depend, for example with --shape input=1x576";

    /** What may become of values when a fork ends. */
    enum End {
        /** They stay undecided where types differ. */
        CASES,
        /** Each must have one type. */
        ONE_TYPE,
        /** Each must have one type, but may have any rank. */
        ANY_RANK
    }

    private final GraphImporter around;
    private final ModelImporter model;
    private final @Nullable Forks outer;
    private final List<Fork> open = new ArrayList<>();
    private Predicate<String> live = _ -> true;

    /** @param outer the forks of the graph in whose branch this is, which tell what is still needed */
    Forks(GraphImporter around, ModelImporter model, @Nullable Forks outer) {
        this.around = around;
        this.model = model;
        this.outer = outer;
    }

    /** Says which names are still needed. */
    void needed(Predicate<String> names) {
        live = names;
    }

    boolean isLive(String name) {
        return outer == null ? live.test(name) : outer.isLive(name);
    }

    /** An If whose branches have been imported; its results, undecided unless the branches agree. */
    List<Value> branch(
            NodeProto node, Location location, Value condition, RegionImporter.Attempt yes, RegionImporter.Attempt no) {
        Fork fork = new Fork(around, model, location, List.of(condition));
        fork.addBranch(yes, node.getOutputList());
        fork.addBranch(no, node.getOutputList());
        requireOne(fork);
        int count = Math.min(Fork.width(yes), Fork.width(no));
        List<String> names = node.getOutputList().subList(0, Math.min(count, node.getOutputCount()));
        fork.define(names);
        open.add(fork);
        List<String> given = names.stream().filter(name -> !name.isEmpty()).toList();
        if (fork.agrees(given)) {
            end(fork, given, End.ONE_TYPE);
        }
        return names.stream()
                .map(name -> name.isEmpty()
                        ? fork.placeholder()
                        : Objects.requireNonNull(around.scope().known(name)))
                .toList();
    }

    /** Makes {@code names} of {@code value}, a vector, undecided: one of each length that a list of sizes may have. */
    void byCount(List<String> names, Value value) {
        Builder b = around.builder();
        Value count = b.dim(value.tensorType().shape().elements());
        List<Value> conditions = new ArrayList<>();
        for (long i = 0; i <= COUNT_LIMIT; i++) {
            conditions.add(b.add(new Compare(Comparison.EQUAL, count, b.constant(Tensor.scalar(i)))));
        }
        Fork fork = new Fork(around, model, b.location(), conditions);
        for (int i = 0; i <= COUNT_LIMIT; i++) {
            Builder region = b.region("count" + i);
            Value vector = region.reshape(value, Shape.of(i));
            Map<String, Value> values = new LinkedHashMap<>();
            names.forEach(name -> values.put(name, vector));
            fork.addBranch(region, values);
        }
        fork.addBranch(
                new RegionImporter.Attempt(
                        null,
                        List.of(Diagnostic.error(
                                "onnx.rank", "a shape has more than " + COUNT_LIMIT + " entries", "use fewer"))),
                names);
        fork.define(names);
        open.add(fork);
    }

    /** Imports a node that uses undecided values; whether it is one. */
    boolean take(NodeProto node) {
        if (model.undecided.isEmpty()) {
            return false;
        }
        Set<String> needs = NodeOrder.needs(node);
        Fork fork = fork(needs, OnnxNames.nameOf(node));
        if (fork == null) {
            return false;
        }
        fork.add(node);
        requireOne(fork);
        if (fork.openBranches() > OPEN_LIMIT) {
            end(fork, fork.liveNames(), End.CASES);
        }
        return true;
    }

    private void requireOne(Fork fork) {
        if (!fork.runs()) {
            open.remove(fork);
            throw fork.failure();
        }
    }

    /** The fork in whose branches all undecided ones of {@code names} have values; null if there is none among them. */
    private @Nullable Fork fork(Set<String> names, String what) {
        Set<Fork> forks = new LinkedHashSet<>();
        Set<Selection> selections = new LinkedHashSet<>();
        collect(names, forks, selections);
        if (forks.size() + selections.size() > 1) {
            forks.forEach(f -> end(f, f.liveNames(), End.CASES));
            forks.clear();
            selections.clear();
            collect(names, forks, selections);
        }
        if (forks.isEmpty() && selections.isEmpty()) {
            return null;
        }
        return forks.isEmpty()
                ? reopen(List.copyOf(selections), what)
                : forks.iterator().next();
    }

    private void collect(Set<String> names, Set<Fork> forks, Set<Selection> selections) {
        for (String name : names) {
            switch (undecided(name)) {
                case Open(Fork fork) -> forks.add(fork);
                case Cases c -> selections.add(c.selection());
                case null -> {}
            }
        }
    }

    private @Nullable Undecided undecided(String name) {
        Value v = around.scope().known(name);
        return v == null ? null : model.undecided.get(v);
    }

    /** A fork with a branch for each combination of the cases of {@code selections}. */
    private Fork reopen(List<Selection> selections, String what) {
        int count = 1;
        for (Selection s : selections) {
            count *= s.count();
            if (count > CASE_LIMIT) {
                throw new LatheException(
                        LatheException.Fault.INPUT,
                        List.of(Diagnostic.error(
                                "onnx.too-many-cases",
                                "the operands of \"" + what + "\" are of more than " + CASE_LIMIT
                                        + " combinations of types, which depend on the branches of Ifs before",
                                FIX_SHAPES)));
            }
        }
        Builder b = around.builder();
        Value selector = selections.getFirst().selector();
        for (Selection s : selections.subList(1, selections.size())) {
            selector = b.add(b.multiply(selector, b.constant(Tensor.scalar((long) s.count()))), s.selector());
        }
        List<Value> conditions = new ArrayList<>();
        for (int i = 0; i < count - 1; i++) {
            conditions.add(b.add(new Compare(Comparison.EQUAL, selector, b.constant(Tensor.scalar((long) i)))));
        }
        Fork fork = new Fork(around, model, b.location(), conditions);
        Map<String, Cases> names = new LinkedHashMap<>();
        around.scope().definedNames().forEach(name -> {
            if (undecided(name) instanceof Cases c && selections.contains(c.selection()) && isLive(name)) {
                names.put(name, c);
            }
        });
        for (int i = 0; i < count; i++) {
            int branch = i;
            Map<String, Value> values = new LinkedHashMap<>();
            names.forEach((name, c) -> values.put(name, c.cases().get(index(branch, selections, c.selection()))));
            fork.addBranch(b.region("case" + i), values);
        }
        fork.define(List.copyOf(names.keySet()));
        open.add(fork);
        return fork;
    }

    /** Which case of {@code one} a combination of cases means. */
    private static int index(int combination, List<Selection> all, Selection one) {
        int rest = combination;
        for (Selection s : all.reversed()) {
            if (s.equals(one)) {
                return rest % s.count();
            }
            rest /= s.count();
        }
        throw new IllegalArgumentException("not a part of this combination");
    }

    /** Ends the forks whose values that are still needed have the same types in each branch. */
    void settle() {
        for (Fork fork : List.copyOf(open)) {
            fork.settle();
            List<String> names = fork.liveNames();
            if (fork.agrees(names)) {
                end(fork, names, End.ONE_TYPE);
            }
        }
    }

    private void end(Fork fork, List<String> names, End how) {
        open.remove(fork);
        fork.end(names, how).forEach(around.scope()::define);
    }

    /** Ends all forks; only {@code names} are needed from now on. */
    void finish(List<String> names, End how) {
        Set<String> needed = new LinkedHashSet<>(names);
        for (Fork fork : List.copyOf(open)) {
            end(fork, fork.names().stream().filter(needed::contains).toList(), how);
        }
        Set<Fork> none = new LinkedHashSet<>();
        Set<Selection> selections = new LinkedHashSet<>();
        collect(needed, none, selections);
        if (how != End.CASES) {
            for (Selection s : selections) {
                regroup(List.of(s), needed, how);
            }
        }
    }

    /** Sorts the cases of {@code selections} once more, by the types of {@code names} alone. */
    void regroup(List<Selection> selections, Set<String> names, End how) {
        Fork fork = reopen(selections, String.join(", ", names));
        end(fork, fork.names().stream().filter(names::contains).toList(), how);
    }

    /** How many ways there are through what is open. */
    int openBranches() {
        return open.stream().mapToInt(Fork::openBranches).reduce(1, (a, b) -> Math.min(a * b, 1 << 16));
    }

    /** The values of {@code names} in each case: one list if all are decided. */
    Sorted sorted(List<String> names) {
        Set<Selection> selections = new LinkedHashSet<>();
        collect(new LinkedHashSet<>(names), new LinkedHashSet<>(), selections);
        if (selections.size() > 1) {
            regroup(List.copyOf(selections), new LinkedHashSet<>(names), End.CASES);
            selections.clear();
            collect(new LinkedHashSet<>(names), new LinkedHashSet<>(), selections);
        }
        List<Value> values = names.stream()
                .map(n -> Objects.requireNonNull(around.scope().known(n), n))
                .toList();
        if (selections.isEmpty()) {
            return new Sorted(null, List.of(values));
        }
        Selection s = selections.iterator().next();
        return new Sorted(
                s,
                IntStream.range(0, s.count())
                        .mapToObj(i -> values.stream()
                                .map(v -> model.undecided.get(v) instanceof Cases c
                                        ? c.cases().get(i)
                                        : v)
                                .toList())
                        .toList());
    }

    /** The values of some names, for each case of a selection; a single case without one. */
    record Sorted(@Nullable Selection selection, List<List<Value>> cases) {}
}
