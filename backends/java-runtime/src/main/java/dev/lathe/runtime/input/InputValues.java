package dev.lathe.runtime.input;

import dev.lathe.ir.Executable;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.LatheException;
import dev.lathe.ir.diag.Suggestion;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.DatumLiteral;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import dev.lathe.ir.type.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/**
 * The inputs of one call as a person gives them on a command line: {@code name=value}, where the value is
 * {@code random}, a literal (see {@link DatumLiteral}), or a file that {@link InputFile} reads. The name may be left
 * out for a model with one input, and before an archive with an entry for each input. What is not given is made up by
 * {@link RandomInputs}, and a note says so.
 */
public final class InputValues {
    /** What random values start from, unless told otherwise. */
    public static final long DEFAULT_SEED = 1;

    private final List<Port> ports;
    private final Function<String, InputRole> roles;
    private final List<String> notes = new ArrayList<>();
    private Map<String, Shape> shapes = Map.of();
    private PictureReader pictures = PictureReader.STANDARD;
    private long seed = DEFAULT_SEED;

    public InputValues(List<Port> ports, Function<String, InputRole> roles) {
        this.ports = ports;
        this.roles = roles;
    }

    /** For the inputs of {@code model}. */
    public InputValues(Executable model) {
        this(model.inputs(), model::role);
    }

    /** Shapes of inputs, and sizes of symbols, that are not given otherwise; see {@link SymbolSizes}. */
    public InputValues shapes(Map<String, Shape> newShapes) {
        shapes = newShapes;
        return this;
    }

    public InputValues pictures(PictureReader reader) {
        pictures = reader;
        return this;
    }

    /** What random values start from; {@link #DEFAULT_SEED} unless set. */
    public InputValues seed(long newSeed) {
        seed = newSeed;
        return this;
    }

    /** One sentence for each input that was made up or converted. */
    public List<String> notes() {
        return List.copyOf(notes);
    }

    /**
     * A value for every input: those of {@code texts}, and what is made up for the others.
     *
     * @throws LatheException with every input that is not understood
     */
    public Map<String, Datum> read(List<String> texts) {
        Map<String, Datum> given = given(texts);
        SymbolSizes sizes = SymbolSizes.of(ports, given, shapes);
        RandomInputs random = new RandomInputs(roles, sizes, seed);
        Map<String, Datum> all = new LinkedHashMap<>();
        for (Port port : ports) {
            Datum value = given.get(port.name());
            if (value == null) {
                value = random.value(port);
                notes.add("input \"" + port.name() + "\" is not given: " + random.describe(port, value)
                        + assumed(port.type(), sizes));
            }
            all.put(port.name(), value);
        }
        return all;
    }

    /** Which sizes of a made-up input nobody gave. */
    private static String assumed(Type type, SymbolSizes sizes) {
        Set<String> symbols = new TreeSet<>();
        type.collectSymbols(symbols);
        symbols.retainAll(sizes.assumed().keySet());
        return symbols.isEmpty() ? "" : "; --shape chooses other sizes for " + String.join(", ", symbols);
    }

    /** The values of {@code texts}; inputs that are {@code random} or not named are left out. */
    private Map<String, Datum> given(List<String> texts) {
        List<Diagnostic> problems = new ArrayList<>();
        Map<Port, String> named = new LinkedHashMap<>();
        Map<String, Datum> values = new LinkedHashMap<>();
        for (String text : texts) {
            attempt(problems, () -> split(text, named, values));
        }
        // What takes sizes from other inputs comes after them.
        for (boolean sized : new boolean[] {false, true}) {
            named.forEach((port, text) -> {
                if (!text.equals("random") && InputFile.needsSizes(text) == sized) {
                    attempt(problems, () -> values.put(port.name(), fitted(port, value(port, text, values))));
                }
            });
        }
        if (!problems.isEmpty()) {
            throw new LatheException(LatheException.Fault.INPUT, problems);
        }
        return values;
    }

    private static void attempt(List<Diagnostic> problems, Runnable step) {
        try {
            step.run();
        } catch (LatheException e) {
            if (e.fault() != LatheException.Fault.INPUT) {
                throw e;
            }
            problems.addAll(e.diagnostics());
        }
    }

    /** Finds the input that {@code text} is for. Names and values may hold equals signs. */
    private void split(String text, Map<Port, String> into, Map<String, Datum> values) {
        for (Port port : ports) {
            if (text.startsWith(port.name() + "=")) {
                into.put(port, text.substring(port.name().length() + 1).strip());
                return;
            }
        }
        boolean nameless = text.indexOf('=') < 0 || DatumLiteral.looksLikeOne(text) || InputFile.exists(text);
        if (ports.size() == 1 && nameless) {
            into.put(ports.getFirst(), text.strip());
            return;
        }
        if (nameless && InputFile.isArchive(text)) {
            Map<String, Tensor> entries = InputFile.entries(text);
            for (Port port : ports) {
                Tensor tensor = entries.get(port.name());
                if (tensor != null) {
                    values.put(port.name(), fitted(port, tensor));
                }
            }
            if (!Collections.disjoint(names(), entries.keySet())) {
                return;
            }
        }
        int equals = text.indexOf('=');
        throw new LatheException(Diagnostic.error(
                "run.unknown-input",
                equals < 0
                        ? "--input " + text + " does not say which input it is for"
                        : "the model has no input \"" + text.substring(0, equals) + "\"",
                (equals < 0 ? "" : Suggestion.of(text.substring(0, equals), names())) + "its inputs are "
                        + described()));
    }

    private List<String> names() {
        List<String> all = new ArrayList<>();
        for (Port p : ports) {
            all.add(p.name());
        }
        return all;
    }

    private String described() {
        List<String> all = new ArrayList<>();
        for (Port p : ports) {
            all.add("\"" + p.name() + "\": " + p.type());
        }
        return String.join(", ", all);
    }

    private Datum value(Port port, String text, Map<String, Datum> others) {
        boolean word = port.type() instanceof TensorType t && t.element().isString() && !InputFile.hasKnownEnding(text);
        if (DatumLiteral.looksLikeOne(text) || word && !InputFile.exists(text)) {
            try {
                return DatumLiteral.parse(text, port.type());
            } catch (LatheException e) {
                Diagnostic d = e.diagnostics().getFirst();
                throw new LatheException(
                        Diagnostic.error(d.code(), "input \"" + port.name() + "\": " + d.what(), d.fix()));
            }
        }
        return new InputFile(port, SymbolSizes.of(ports, others, shapes), pictures).read(text);
    }

    /** {@code value}, or the same numbers in the element type that the input has. */
    private Datum fitted(Port port, Datum value) {
        return Conversion.of(port, value, notes);
    }

    /** A path, for what a person typed as one. */
    static Path path(String text) {
        try {
            return Path.of(text);
        } catch (java.nio.file.InvalidPathException e) {
            throw new LatheException(
                    Diagnostic.error("input.file", "\"" + text + "\" is not a path", "check the file's name"));
        }
    }
}
