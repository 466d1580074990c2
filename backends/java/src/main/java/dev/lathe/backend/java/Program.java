package dev.lathe.backend.java;

import dev.lathe.ir.Location;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.type.Dim;
import dev.lathe.passes.Numerics;
import dev.lathe.runtime.CompiledModel;
import dev.lathe.runtime.Execution;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The generated program while it grows: fields, kernels, what is prepared for a shape, the steps, the buffers and
 * when they live.
 */
final class Program {

    /**
     * A buffer of an arena.
     *
     * @param name the field that says where it starts
     * @param type the type of the value in it
     * @param size how many elements it has, as an expression
     * @param first the first step that uses it
     * @param last the last step that uses it
     */
    record Buffer(String name, String type, String size, int first, int last) {}

    final JavaText.Symbols symbols;
    /** What products with weights may do. */
    final Numerics numerics;
    /** Whether steps say when they begin: those of calls do, not those of loading. */
    final boolean isTimed;
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
    /** The fields for the arrays of inputs, by number. */
    final List<String> inputs = new ArrayList<>();
    /** The fields for the arrays of outputs, by number. */
    final List<String> outputs = new ArrayList<>();

    /** The kernels that the present step has so far, of which the one that it is named after came last. */
    List<String> kernels = new ArrayList<>();

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
    /** Tiles for products of which the row length is known. */
    private static final int MAX_KNOWN = 10;

    private final Map<TilesSource.Known, Integer> products;
    private final Map<String, String> modelFieldOf = new LinkedHashMap<>();
    private final Map<String, String> pointwiseClassOf;
    private final String packageName;
    private final String className;
    private List<String> steps = new ArrayList<>();
    private String location = "";
    /** The name of the value that the steps make that are being added. */
    private String value = "";
    /** Of what the code of an execution names. */
    private final SourceNames names;
    /** Of the fields of the model. */
    private final SourceNames modelNames;

    /**
     * @param known the symbols that the inputs bind
     * @param numerics what products with weights may do
     */
    Program(String packageName, String className, Set<String> known, Numerics numerics) {
        this(packageName, className, known, numerics, null);
    }

    /** The program of what runs when the model of {@code model} is loaded. It shares the weights and the kernels. */
    static Program atLoad(Program model) {
        return new Program(model.packageName, model.className + "Load", Set.of(), model.numerics, model);
    }

    private Program(
            String packageName, String className, Set<String> known, Numerics numerics, @Nullable Program shared) {
        this.numerics = numerics;
        this.isTimed = shared == null;
        this.packageName = packageName;
        this.className = className;
        classes = shared == null ? new LinkedHashMap<>() : shared.classes;
        products = shared == null ? new LinkedHashMap<>() : shared.products;
        pointwiseClassOf = shared == null ? new LinkedHashMap<>() : shared.pointwiseClassOf;
        Set<String> locals = new HashSet<>(Set.of("m", "op", "results", "i", "sizes"));
        for (Kind k : Kind.values()) {
            locals.add(k.arena + "Arena");
        }
        names = new SourceNames(locals).without(Execution.class);
        modelNames = new SourceNames(Set.of("weights", "threads", "ports", "tiles")).without(CompiledModel.class);
        symbols = new JavaText.Symbols(names, known, this::text, this::method);
    }

    /** The package of the generated classes. */
    String packageName() {
        return packageName;
    }

    /** What the names of the classes of the model and its execution start with. */
    String className() {
        return className;
    }

    /** The simple name of the class of an execution. */
    String executionName() {
        return className + ClassNames.EXECUTION;
    }

    String dim(Dim d) {
        return symbols.dim(d);
    }

    /** A new name for what has a part in making the value of the present step. */
    String name(String role) {
        return names.of(value, role);
    }

    /** A new name for what holds the value of that name. */
    String nameOf(String valueName) {
        return names.of(valueName, "");
    }

    /** Notes a product of {@code rows} rows of this length, one behind the other. */
    void product(Dim rows, long depth) {
        if (depth >= MIN_DEPTH && depth <= MAX_DEPTH) {
            TilesSource.Known.of((int) depth, rows.isConstant() ? rows.constant() : -1)
                    .forEach(k -> products.merge(k, 1, Integer::sum));
        }
    }

    /** What is known of most products. */
    List<TilesSource.Known> products() {
        return products.entrySet().stream()
                .sorted(Map.Entry.<TilesSource.Known, Integer>comparingByValue().reversed())
                .limit(MAX_KNOWN)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Whether a kernel multiplies tiles. */
    boolean usesTiles() {
        return fields.values().stream().anyMatch(v -> v.contains("m.tiles"))
                || modelFields.values().stream().anyMatch(v -> v.contains("(tiles,"));
    }

    /**
     * A field of the model with what {@code expression} makes for the present step; one field for equal expressions.
     */
    String modelField(String type, String role, String expression) {
        return modelField(type, value, role, expression);
    }

    /** A field of the model that holds a value as {@code expression} makes it; one field for equal expressions. */
    String modelField(String type, String valueName, String role, String expression) {
        return modelFieldOf.computeIfAbsent(expression, e -> {
            String field = modelNames.of(valueName, role);
            modelFields.put(type + " " + field, e);
            return field;
        });
    }

    /** A field of an execution that holds a new kernel, one of the present step. */
    String kernel(String type, String arguments) {
        kernels.add(type);
        return part(type, arguments);
    }

    /** A field of an execution that holds a part of a kernel. */
    String part(String type, String arguments) {
        String field = name(type);
        fields.put(type + " " + field, "new " + type + "(" + arguments + ")");
        return field;
    }

    /** The class of an elementwise kernel, one of the present step; equal kernels share one. */
    String pointwiseClass(PointwiseSource source) {
        String name = pointwiseClassOf.computeIfAbsent(source.key(), _ -> {
            String own = source.stem() + classes.size();
            classes.put(own, source.write(packageName, own));
            return own;
        });
        kernels.add(name);
        return name;
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

    /** Runs {@code print}, which adds steps that stand for the nodes at {@code at} and make the value of that name. */
    void at(Location at, String valueName, Runnable print) {
        String outer = location;
        String outerValue = value;
        if (!at.isNone() && !at.toString().equals(outer)) {
            location = at.toString();
            text("// " + JavaText.comment(at));
        }
        value = valueName;
        print.run();
        location = outer;
        value = outerValue;
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
