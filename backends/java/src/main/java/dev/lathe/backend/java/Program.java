package dev.lathe.backend.java;

import dev.lathe.ir.Location;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.type.Dim;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The generated program while it grows: fields, kernels, what is prepared for a shape, the steps, the buffers and
 * when they live.
 */
final class Program {

    /** A buffer of an arena: its size, and the first and last step that uses it. */
    record Buffer(String size, int first, int last) {}

    final JavaText.Symbols symbols;
    /** Fields of the model, with what they start with. */
    final Map<String, String> modelFields = new LinkedHashMap<>();
    /** Fields of an execution, with what they start with, or nothing. */
    final Map<String, String> fields = new LinkedHashMap<>();
    /** What runs when shapes change, after the symbols are known. */
    final List<String> prepare = new ArrayList<>();
    /** Generated classes beside the model's, by name. */
    final Map<String, String> classes;
    /** The steps of regions, by the name of their method. */
    final Map<String, List<String>> regions = new LinkedHashMap<>();

    final EnumMap<Kind, List<Buffer>> buffers = new EnumMap<>(Kind.class);
    int boxes;
    /** The longest run of zeros that a kernel reads at the start of the floats. */
    final List<String> zeros = new ArrayList<>();

    /** Shorter rows have other costs; longer ones, times twelve, leave what an address can reach. */
    private static final int MIN_DEPTH = 8;
    /**
     * Characters of where a step comes from that a failure tells: fused nodes are many, and their names of any
     * length.
     */
    private static final int LOCATION_LIMIT = 1000;

    private static final int MAX_DEPTH = 1 << 20;
    /** Row lengths that get tiles of their own. */
    private static final int MAX_DEPTHS = 8;

    private final Map<Integer, Integer> depths;
    private final Map<String, String> modelFieldOf = new LinkedHashMap<>();
    private final Map<String, String> pointwiseClassOf;
    private final String packageName;
    private final String className;
    private List<String> steps = new ArrayList<>();
    private String location = "";
    private int names;

    /** {@code known} are the symbols that the inputs bind. */
    Program(String packageName, String className, Set<String> known) {
        this(packageName, className, known, null);
    }

    /** The program of what runs when the model of {@code model} is loaded. It shares the weights and the kernels. */
    static Program atLoad(Program model) {
        return new Program(model.packageName, model.className + "Load", Set.of(), model);
    }

    private Program(String packageName, String className, Set<String> known, @Nullable Program shared) {
        this.packageName = packageName;
        this.className = className;
        classes = shared == null ? new LinkedHashMap<>() : shared.classes;
        depths = shared == null ? new TreeMap<>() : shared.depths;
        pointwiseClassOf = shared == null ? new LinkedHashMap<>() : shared.pointwiseClassOf;
        Set<String> takenNames = new HashSet<>(Set.of("m", "step", "workers", "boxed", "f", "d", "l", "i", "s", "b"));
        symbols = new JavaText.Symbols(takenNames, known, this::text);
        for (Kind k : Kind.values()) {
            buffers.put(k, new ArrayList<>());
        }
    }

    String className() {
        return className;
    }

    String dim(Dim d) {
        return symbols.dim(d);
    }

    /** A new name that starts with {@code stem}. */
    String name(String stem) {
        return stem + names++;
    }

    /** Notes that products run over rows of this length, one behind the other. */
    void depth(long depth) {
        if (depth >= MIN_DEPTH && depth <= MAX_DEPTH) {
            depths.merge((int) depth, 1, Integer::sum);
        }
    }

    /** The row lengths that occur most. */
    List<Integer> depths() {
        return depths.entrySet().stream()
                .sorted(Map.Entry.<Integer, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(MAX_DEPTHS)
                .map(Map.Entry::getKey)
                .sorted()
                .toList();
    }

    /** Whether a kernel multiplies tiles. */
    boolean usesTiles() {
        return fields.values().stream().anyMatch(v -> v.contains("m.tiles"))
                || modelFields.values().stream().anyMatch(v -> v.contains("(tiles,"));
    }

    /** A field of the model that holds what {@code expression} makes; one field for equal expressions. */
    String modelField(String type, String stem, String expression) {
        return modelFieldOf.computeIfAbsent(expression, e -> {
            String field = name(stem);
            modelFields.put(type + " " + field, e);
            return field;
        });
    }

    /** A field of an execution that holds a new kernel. */
    String kernel(String type, String arguments) {
        String field = name("k");
        fields.put(type + " " + field, "new " + type + "(" + arguments + ")");
        return field;
    }

    /** The class of an elementwise kernel; equal kernels share one. */
    String pointwiseClass(PointwiseSource source) {
        return pointwiseClassOf.computeIfAbsent(source.key(), _ -> {
            String name = source.stem() + classes.size();
            if (name.equals(className)) {
                name += "Kernel";
            }
            classes.put(name, source.write(packageName, name));
            return name;
        });
    }

    void prepare(String statement) {
        prepare.add(statement);
    }

    /** Adds a statement, or a few, that run as one step. */
    void step(String statement) {
        steps.add(statement);
    }

    /** Adds text to the steps that is not a step. */
    void text(String line) {
        steps.add(line);
    }

    /** Notes that the steps from now on stand for the nodes at {@code at}; where they stood before. */
    String at(Location at) {
        String before = location;
        if (!at.isNone() && !at.toString().equals(before)) {
            location = at.toString();
            text("// " + JavaText.comment(location));
        }
        return before;
    }

    /** Goes back to what {@link #at(Location)} returned. */
    void at(String before) {
        location = before;
    }

    /** Lets the next step tell where it comes from if it fails. */
    void where() {
        text("step = " + JavaText.literal(Diagnostic.shortened(location, LOCATION_LIMIT)) + ";");
    }

    /** Lets the call fail at this point if a condition does not hold. */
    void require(String condition, String what) {
        where();
        text("require(" + condition + ", " + JavaText.literal(what) + ");");
    }

    /** The steps of the whole graph. */
    List<String> steps() {
        return steps;
    }

    /** Makes a method of the steps of a region; its name. */
    String method(String stem, List<String> lines) {
        String method = name(stem);
        regions.put(method, lines);
        return method;
    }

    /**
     * Steps added from now on go to a list of their own, until the list that is returned is handed to
     * {@link #endPart}.
     */
    List<String> beginPart() {
        List<String> outer = steps;
        steps = new ArrayList<>();
        return outer;
    }

    /** The steps since {@link #beginPart}. */
    List<String> endPart(List<String> outer) {
        List<String> inner = steps;
        steps = outer;
        return inner;
    }
}
