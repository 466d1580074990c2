package dev.lathe.runtime.input;

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
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Sizes for symbolic dimensions: as values that are given have them, else as {@code --shape} fixes them, else a
 * default: 1 for a batch (the first dimension) and in a state, 224 for the height and width of an image, 16 for
 * everything else.
 */
public final class SymbolSizes {
    private static final long SEQUENCE = 16;
    private static final long PICTURE = 224;

    private final Map<String, Long> known = new LinkedHashMap<>();
    private final Map<String, Long> assumed = new LinkedHashMap<>();
    private final Map<String, Shape> unranked = new LinkedHashMap<>();

    private SymbolSizes() {}

    /**
     * The sizes of all symbols in {@code ports}.
     *
     * @throws LatheException if a shape is for an input that does not exist, or does not fit its type
     */
    public static SymbolSizes of(List<Port> ports, Map<String, ? extends Datum> given, Map<String, Shape> shapes) {
        SymbolSizes sizes = new SymbolSizes();
        for (Port port : ports) {
            if (given.get(port.name()) instanceof Tensor t) {
                sizes.bind(port, t.shape()); // if it does not fit, the model says so when it runs
            }
        }
        shapes.forEach((name, shape) -> sizes.take(ports, name, shape));
        for (Port port : ports) {
            sizes.assume(port.name(), port.type());
        }
        return sizes;
    }

    /** Takes what {@code --shape name=shape} says: the shape of an input, or the size of a symbol. */
    private void take(List<Port> ports, String name, Shape shape) {
        Set<String> symbols = new TreeSet<>();
        List<String> names = new ArrayList<>();
        for (Port port : ports) {
            if (port.name().equals(name)) {
                if (!bind(port, shape)) {
                    throw usage(
                            "input " + name + " is " + port.type() + " and cannot have shape " + shape,
                            "give each symbolic dimension one size, the same wherever it occurs, and leave the others"
                                    + " as they are");
                }
                return;
            }
            names.add(port.name());
            port.type().collectSymbols(symbols);
        }
        if (!symbols.contains(name) || shape.rank() != 1) {
            Set<String> known = new LinkedHashSet<>(names);
            known.addAll(symbols);
            throw usage(
                    "there is no input named " + name,
                    Suggestion.of(name, known) + "the inputs are " + String.join(", ", names)
                            + (symbols.isEmpty() ? "" : "; sizes that can be chosen: " + String.join(", ", symbols)));
        }
        Long old = known.putIfAbsent(name, shape.dim(0).constant());
        if (old != null && old != shape.dim(0).constant()) {
            throw usage("the size " + name + " is " + old + " already", "give it one size");
        }
    }

    private static LatheException usage(String what, String fix) {
        return new LatheException(LatheException.Fault.USAGE, List.of(Diagnostic.error("usage.shape", what, fix)));
    }

    /** Takes the sizes of {@code shape} for the symbols of {@code port}; whether it fits. */
    private boolean bind(Port port, Shape shape) {
        if (!(port.type() instanceof TensorType t) || !t.isRanked()) {
            unranked.put(port.name(), shape);
            return true;
        }
        boolean fits = t.rank() == shape.rank();
        for (int i = 0; fits && i < t.rank(); i++) {
            Dim dim = t.dim(i);
            if (dim.isSymbol()) {
                long size = shape.dim(i).constant();
                Long old = known.putIfAbsent(dim.symbolName(), size);
                fits = old == null || old == size;
            } else if (dim.isConstant()) {
                fits = dim.equals(shape.dim(i));
            }
        }
        return fits;
    }

    private void assume(String port, Type type) {
        switch (type) {
            case TensorType t
            when t.isRanked() -> {
                for (int axis = 0; axis < t.rank(); axis++) {
                    Dim dim = t.dim(axis);
                    if (dim.isSymbol() && !known.containsKey(dim.symbolName())) {
                        assumed.putIfAbsent(dim.symbolName(), guess(port, dim.symbolName(), axis, t.rank()));
                    }
                }
            }
            case TensorType _ -> {}
            case SequenceType s -> assume(port, s.element());
            case MapType m -> assume(port, m.value());
            case OptionalType o -> assume(port, o.element());
        }
    }

    private static long guess(String port, String symbol, int axis, int rank) {
        String name = symbol.toLowerCase(Locale.ROOT);
        // What a recurrent network carries over has layers first, then the batch.
        if (name.contains("batch") || port.toLowerCase(Locale.ROOT).contains("state")) {
            return 1;
        }
        if (name.contains("seq") || name.contains("len") || name.contains("time") || name.contains("token")) {
            return SEQUENCE;
        }
        if (name.contains("height") || name.contains("width")) {
            return PICTURE;
        }
        return axis == 0 ? 1 : rank == 4 ? (axis == 1 ? 3 : PICTURE) : SEQUENCE;
    }

    /** The symbols whose sizes are defaults, with these. */
    public Map<String, Long> assumed() {
        return Map.copyOf(assumed);
    }

    /** Whether {@code symbol} has a size, given or assumed. */
    public boolean has(String symbol) {
        return known.containsKey(symbol) || assumed.containsKey(symbol);
    }

    /** The size of a symbol; 1 for one that no input binds. */
    public long size(String symbol) {
        Long size = known.get(symbol);
        return size != null ? size : assumed.getOrDefault(symbol, 1L);
    }

    /** The sizes of what is made for an input without rank. */
    long[] unranked(String input) {
        Shape shape = unranked.get(input);
        return shape == null ? new long[] {1} : sizes(shape);
    }

    /** The sizes of a shape's dimensions. */
    public long[] sizes(Shape shape) {
        return shape.dims().stream().mapToLong(d -> d.evaluate(this::size)).toArray();
    }

    /** {@code batch=1, sequence=16}; the symbols with defaults only. */
    @Override
    public String toString() {
        return String.join(
                ", ",
                assumed.entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue())
                        .toList());
    }
}
