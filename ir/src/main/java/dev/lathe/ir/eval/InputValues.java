package dev.lathe.ir.eval;

import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.DatumLiteral;
import dev.lathe.ir.tensor.Npy;
import dev.lathe.ir.tensor.RandomTensor;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.OptionalType;
import dev.lathe.ir.type.SequenceType;
import dev.lathe.ir.type.TensorType;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The inputs of one call as a person gives them on a command line: files, literals, and shapes for the symbolic dimensions. What is not given becomes seeded random
 * values, and a note says so.
 */
public final class InputValues {
    /** What a symbolic dimension is that nobody gives: the first of a tensor is 1, as a batch, the others this. */
    private static final long DEFAULT_DIM = 64;

    private final List<Port> ports;
    private final Map<String, Datum> given = new LinkedHashMap<>();
    private final Map<String, Long> symbols = new HashMap<>();
    private final Map<String, Long> limits = new HashMap<>();
    private final Map<String, long[]> unranked = new HashMap<>();
    private final List<String> notes = new ArrayList<>();
    private long seed;

    public InputValues(List<Port> ports) {
        this.ports = ports;
    }

    /** What the random values start from; 0 unless set. */
    public InputValues seed(long newSeed) {
        seed = newSeed;
        return this;
    }

    /** Random integers of input {@code name} are below {@code limit}, such as the rows of an embedding table; otherwise they are 0 or 1. */
    public InputValues limit(String name, long limit) {
        limits.put(name, Math.max(1, limit));
        return this;
    }

    /** Gives input {@code name} a value. */
    public void put(String name, Datum value) {
        given.put(port(name).name(), value);
    }

    /**
     * Takes {@code name=x.npy}, {@code name=[1,2,3]} (see {@link DatumLiteral}) or {@code name=random}. The name may be left out for a model with one input.
     *
     * @throws LatheException if there is no such input or the value cannot be read
     */
    public void parse(String argument) {
        if (ports.size() == 1 && argument.indexOf('=') < 0) {
            parse(ports.getFirst().name() + "=" + argument);
            return;
        }
        int equals = separator(argument, "--input", "name=x.npy, name=[1,2,3] or name=random");
        Port port = port(argument.substring(0, equals));
        String value = argument.substring(equals + 1).strip();
        if (value.equals("random")) {
            given.remove(port.name());
        } else if (value.toLowerCase(Locale.ROOT).endsWith(".npy")) {
            given.put(port.name(), Npy.read(path(value)));
        } else {
            given.put(port.name(), DatumLiteral.parse(value, port.type()));
        }
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new LatheException(
                    Diagnostic.error("input.file", "\"" + text + "\" is not a path", "check the file's name"));
        }
    }

    /**
     * Takes {@code name=1x128}, the dimensions of an input, or {@code symbol=128}.
     *
     * @throws LatheException if there is no such input or symbol, or the dimensions are not those of the input's type
     */
    public void shape(String argument) {
        int equals = separator(argument, "--shape", "name=1x128 or symbol=128");
        String name = argument.substring(0, equals);
        long[] dims = dims(argument, argument.substring(equals + 1).strip());
        Optional<Port> port = ports.stream().filter(p -> p.name().equals(name)).findFirst();
        if (port.isPresent()) {
            bind(argument, port.get(), dims);
        } else if (dims.length == 1 && symbols().contains(name)) {
            symbols.put(name, dims[0]);
        } else {
            throw usage(
                    "--shape " + argument + ": the model has no input and no dimension \"" + name + "\"",
                    "its inputs are " + described() + (symbols().isEmpty() ? "" : ", its dimensions " + symbols()));
        }
    }

    private void bind(String argument, Port port, long[] dims) {
        if (port.type() instanceof TensorType t && !t.isRanked()) {
            unranked.put(port.name(), dims);
            return;
        }
        boolean fits = port.type() instanceof TensorType t && t.rank() == dims.length;
        if (fits && port.type() instanceof TensorType t) {
            for (int i = 0; i < dims.length; i++) {
                Dim dim = t.dim(i);
                fits &= !dim.isConstant() || dim.constant() == dims[i];
                if (dim.isSymbol()) {
                    Long old = symbols.put(dim.symbolName(), dims[i]);
                    fits &= old == null || old == dims[i];
                }
            }
        }
        if (!fits) {
            throw usage(
                    "--shape " + argument + ": input \"" + port.name() + "\" is " + port.type(),
                    "give one number for each of its dimensions");
        }
    }

    private static long[] dims(String argument, String text) {
        String[] parts = text.isEmpty() ? new String[0] : text.split("x", -1);
        long[] dims = new long[parts.length];
        try {
            for (int i = 0; i < dims.length; i++) {
                dims[i] = Integer.parseUnsignedInt(parts[i]);
                if (dims[i] < 0) {
                    throw new NumberFormatException();
                }
            }
        } catch (NumberFormatException e) {
            throw usage("--shape " + argument + " has no such dimensions", "write name=1x128");
        }
        return dims;
    }

    /** A value for every input. Those that are not given are random, and {@link #notes} tells which. */
    public Map<String, Datum> complete() {
        for (Port p : ports) {
            Datum d = given.get(p.name());
            if (d != null) {
                InputCheck.bindKnown(p.type(), d, symbols);
            }
        }
        Map<String, Datum> all = new LinkedHashMap<>();
        for (Port p : ports) {
            Datum d = given.get(p.name());
            all.put(p.name(), d == null ? absent(p) : d);
        }
        return all;
    }

    /** One sentence for each input that {@link #complete} made up. */
    public List<String> notes() {
        return List.copyOf(notes);
    }

    private Datum absent(Port p) {
        if (p.type() instanceof TensorType t) {
            return random(p.name(), t);
        }
        return switch (p.type()) {
            case TensorType t -> random(p.name(), t);
            case SequenceType s -> {
                notes.add("input \"" + p.name() + "\" is not given: an empty " + s);
                yield new Datum.Sequence(s.element(), List.of());
            }
            case MapType m -> {
                notes.add("input \"" + p.name() + "\" is not given: an empty " + m);
                yield new Datum.Mapping(m.key(), m.value(), Map.of());
            }
            case OptionalType o -> {
                notes.add("input \"" + p.name() + "\" is not given: an absent " + o);
                yield new Datum.Maybe(o.element(), Optional.empty());
            }
        };
    }

    private Tensor random(String name, TensorType type) {
        long[] dims = type.isRanked() ? new long[type.rank()] : unranked.getOrDefault(name, new long[0]);
        Set<String> chosen = new LinkedHashSet<>();
        for (int i = 0; type.isRanked() && i < dims.length; i++) {
            Set<String> needed = new LinkedHashSet<>();
            type.dim(i).collectSymbols(needed);
            for (String symbol : needed) {
                if (symbols.putIfAbsent(symbol, i == 0 ? 1 : DEFAULT_DIM) == null) {
                    chosen.add(symbol);
                }
            }
            dims[i] = Math.max(0, type.dim(i).evaluate(symbols::get));
        }
        ElementType element = type.element();
        boolean ones = element.isInteger() && name.toLowerCase(Locale.ROOT).contains("mask");
        Tensor t = RandomTensor.of(element, dims, seed + name.hashCode(), limits.getOrDefault(name, 2L));
        for (long i = 0; ones && i < t.size(); i++) {
            t.setLong(i, 1);
        }
        StringBuilder note = new StringBuilder("input \"" + name + "\" is not given: " + (ones ? "ones" : "random")
                + ", " + t.type() + ", seed " + seed);
        if (!chosen.isEmpty()) {
            note.append("; choose other dimensions with --shape ").append(String.join("=N --shape ", chosen));
            note.append("=N");
        }
        notes.add(note.toString());
        return t;
    }

    private Port port(String name) {
        for (Port p : ports) {
            if (p.name().equals(name)) {
                return p;
            }
        }
        throw new LatheException(Diagnostic.error(
                "run.unknown-input", "the model has no input \"" + name + "\"", "its inputs are " + described()));
    }

    private List<String> described() {
        return ports.stream().map(p -> "\"" + p.name() + "\": " + p.type()).toList();
    }

    private Set<String> symbols() {
        Set<String> all = new LinkedHashSet<>();
        ports.forEach(p -> p.type().collectSymbols(all));
        return all;
    }

    /** Where the name ends. Names and values may hold equals signs, so it is the first one behind the name of an input, or the first one. */
    private int separator(String argument, String option, String form) {
        int first = argument.indexOf('=');
        if (first <= 0) {
            throw usage(option + " " + argument + " names no input", "write " + option + " " + form);
        }
        for (int at = first; at >= 0; at = argument.indexOf('=', at + 1)) {
            String name = argument.substring(0, at);
            for (Port p : ports) {
                if (p.name().equals(name)) {
                    return at;
                }
            }
        }
        return first;
    }

    private static LatheException usage(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("usage.input", what, fix)));
    }
}
