package dev.lathe.ir.eval;

import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks the inputs of a call against the declared types and finds the values of the symbols; all problems make one
 * exception.
 */
public final class InputCheck {
    private InputCheck() {}

    /** The values of the symbols of {@code ports} that {@code inputs} give. */
    public static Map<String, Long> bind(List<Port> ports, Map<String, ? extends Datum> inputs) {
        Objects.requireNonNull(inputs, "inputs");
        List<Diagnostic> problems = new ArrayList<>();
        Map<String, Long> symbols = new HashMap<>();
        Set<String> names = new LinkedHashSet<>();
        for (Port p : ports) {
            names.add(p.name());
        }
        for (String given : inputs.keySet()) {
            if (!names.contains(given)) {
                problems.add(Diagnostic.error(
                        "run.unknown-input",
                        "the model has no input \"" + given + "\"",
                        Suggestion.of(given, names) + "its inputs are "
                                + ports.stream()
                                        .map(p -> "\"" + p.name() + "\": " + p.type())
                                        .toList()));
            }
        }
        for (Port p : ports) {
            Datum d = inputs.get(p.name());
            if (d == null) {
                problems.add(Diagnostic.error(
                        "run.missing-input",
                        "input \"" + p.name() + "\" is missing",
                        "give a value of type " + p.type()));
            } else if (matches(p.type(), d)) {
                bindKnown(p.type(), d, symbols);
                String problem = unusable(d);
                if (problem != null) {
                    problems.add(memory(p.name(), problem));
                }
            }
        }
        for (Port p : ports) {
            Datum d = inputs.get(p.name());
            if (d != null && !(matches(p.type(), d) && agrees(p.type(), d, symbols))) {
                problems.add(Diagnostic.error(
                        "run.wrong-input",
                        "input \"" + p.name() + "\" is " + d.type() + ", but the model takes " + p.type()
                                + known(p.type(), symbols),
                        matches(p.type(), d) && !symbols.isEmpty()
                                ? "give inputs the sizes that their names make equal; if these may differ, compile the"
                                        + " model with --independent-dims"
                                : "convert or reshape the value"));
            }
        }
        if (!problems.isEmpty()) {
            throw new LatheException(LatheException.Fault.INPUT, problems);
        }
        return symbols;
    }

    /** Why this thread cannot read the memory of a value, such as "is closed"; null if it can. */
    static @Nullable String unusable(Datum d) {
        if (d instanceof Tensor t) { // first, as a switch over patterns is made at run time
            if (t.array() != null || t.element().isString()) {
                return null;
            }
            return !t.data().scope().isAlive()
                    ? "is closed"
                    : t.data().isAccessibleBy(Thread.currentThread()) ? null : "is confined to another thread";
        }
        return switch (d) {
            case Tensor _ -> null;
            case Datum.Sequence s -> unusable(s.items());
            case Datum.Mapping m -> unusable(m.entries().values());
            case Datum.Maybe m -> unusable(m.element().stream().toList());
        };
    }

    private static @Nullable String unusable(Collection<Datum> all) {
        for (Datum d : all) {
            String problem = unusable(d);
            if (problem != null) {
                return problem;
            }
        }
        return null;
    }

    private static Diagnostic memory(String input, String problem) {
        return Diagnostic.error(
                "run.input-memory",
                "the memory of input \"" + input + "\" " + problem,
                "give memory that the calling thread may read until the call returns");
    }

    /** The fault of an input that {@link #unusable} says cannot be read, or could not while it was. */
    public static LatheException unreadable(String input, Tensor t) {
        String problem = unusable(t);
        return new LatheException(memory(input, problem == null ? "was closed during the call" : problem));
    }

    /** The fault of a call of an executable that is closed. */
    public static LatheException closed() {
        return new LatheException(
                LatheException.Fault.USAGE,
                List.of(Diagnostic.error("run.closed", "the model is closed", "load it again, or close it later")));
    }

    private static String known(Type type, Map<String, Long> symbols) {
        StringBuilder s = new StringBuilder();
        for (String name : type.symbols()) {
            Long v = symbols.get(name);
            if (v != null) {
                s.append(s.isEmpty() ? " (with " : ", ")
                        .append(name)
                        .append(" = ")
                        .append(v);
            }
        }
        return s.isEmpty() ? "" : s.append(')').toString();
    }

    private static boolean matches(Type type, Datum d) {
        if (type instanceof TensorType t) { // first, as a switch over patterns is made at run time
            return d instanceof Tensor x && x.element() == t.element() && (!t.isRanked() || t.rank() == x.rank());
        }
        return switch (type) {
            case TensorType _ -> false;
            case SequenceType s ->
                d instanceof Datum.Sequence q && q.items().stream().allMatch(i -> matches(s.element(), i));
            case MapType m ->
                d instanceof Datum.Mapping p
                        && p.keyType() == m.key()
                        && p.entries().values().stream().allMatch(v -> matches(m.value(), v));
            case OptionalType o ->
                d instanceof Datum.Maybe m
                        ? m.element().map(e -> matches(o.element(), e)).orElse(true)
                        : matches(o.element(), d);
        };
    }

    private static boolean agrees(Type type, Datum d, Map<String, Long> symbols) {
        if (!(type instanceof TensorType t && t.isRanked() && d instanceof Tensor x)) {
            return true;
        }
        for (int i = 0; i < t.rank(); i++) {
            Set<String> names = new LinkedHashSet<>();
            t.dim(i).collectSymbols(names);
            if (symbols.keySet().containsAll(names) && t.dim(i).evaluate(symbols::get) != x.dim(i)) {
                return false;
            }
        }
        return true;
    }

    /** Gives the bare symbols of {@code type} that have no value yet the dimensions of {@code d}. */
    static void bindKnown(Type type, Datum d, Map<String, Long> symbols) {
        if (type instanceof TensorType t && t.isRanked() && d instanceof Tensor x && x.rank() == t.rank()) {
            for (int i = 0; i < t.rank(); i++) {
                Dim dim = t.dim(i);
                if (dim.isSymbol()) {
                    symbols.putIfAbsent(dim.symbolName(), x.dim(i));
                }
            }
        }
    }
}
