package dev.lathe.backend.java;

import dev.lathe.backend.CompileOptions;
import dev.lathe.backend.plan.Place;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.Value;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes the classes of a model: the model itself with its packed weights, and the execution with its buffers,
 * kernels and steps.
 */
final class ModelSource {
    /** Statements of a generated method, so that it stays below what the JIT compiles and the class file holds. */
    private static final int PER_METHOD = 50;

    private static final String IMPORTS = """
        import dev.lathe.ir.InputRole;
        import dev.lathe.ir.eval.MovementEvaluation;
        import dev.lathe.ir.eval.ResizeEvaluation;
        import dev.lathe.ir.op.CoordinateMode;
        import dev.lathe.ir.op.NearestMode;
        import dev.lathe.ir.op.PadMode;
        import dev.lathe.ir.tensor.Datum;
        import dev.lathe.ir.tensor.Tensor;
        import dev.lathe.ir.type.Dim;
        import dev.lathe.ir.type.ElementType;
        import dev.lathe.ir.type.MapType;
        import dev.lathe.ir.type.OptionalType;
        import dev.lathe.ir.type.SequenceType;
        import dev.lathe.ir.type.Shape;
        import dev.lathe.ir.type.TensorType;
        import dev.lathe.runtime.*;
        import java.util.ArrayList;
        import java.util.List;
        import java.util.Map;
        import java.util.Optional;

        """;

    private final String packageName;
    private final String className;
    private final Plan plan;
    private final Graph graph;
    private final Program p;
    private final Set<String> inputSymbols;
    private final Map<String, InputRole> roles;
    /** The class of what computes weights when the model is loaded, or nothing. */
    private final String loader;

    ModelSource(CompileOptions options, Plan plan, Program p, String loader) {
        this.packageName = options.targetOptions(JavaOptions.DEFAULT).packageName();
        this.className = p.className();
        this.loader = loader;
        this.roles = options.roles();
        this.plan = plan;
        this.graph = plan.graph();
        this.p = p;
        this.inputSymbols = graph.inputSymbols();
    }

    /** All generated sources by class name: the model, its execution, the elementwise kernels, the tiles. */
    Map<String, String> write() {
        StepPrinter steps = StepPrinter.print(plan, p);
        Map<String, String> sources = new LinkedHashMap<>();
        String prefix = packageName + ".";
        // The execution first: writing it is what asks for the model's fields.
        String execution = execution(steps);
        // What is packed, or used as an array, is held by its field; the weights as they came then may go.
        boolean keepsWeights = execution.contains("m.weights.");
        sources.put(prefix + className, model(keepsWeights));
        sources.put(prefix + className + "Execution", execution);
        p.classes.forEach((name, text) -> sources.put(prefix + name, text));
        if (p.usesTiles()) {
            sources.put(prefix + TilesSource.CLASS_NAME, TilesSource.write(packageName, p.depths()));
        }
        return sources;
    }

    private String model(boolean keepsWeights) {
        StringBuilder s = new StringBuilder("package " + packageName + ";\n\n" + IMPORTS);
        s.append("/**\n * The model ").append(JavaText.comment(graph.name())).append(".\n *\n");
        graph.inputs()
                .forEach(v -> s.append(" * <p>Input ")
                        .append(JavaText.comment(v.name() + ": " + v.type()))
                        .append("\n"));
        for (int i = 0; i < graph.outputs().size(); i++) {
            s.append(" * <p>Output ")
                    .append(JavaText.comment(graph.outputNames().get(i) + ": "
                            + graph.outputs().get(i).type()))
                    .append("\n");
        }
        s.append(" */\npublic final class ").append(className).append(" extends CompiledModel {\n");
        if (p.usesTiles()) {
            s.append("    final Tiles tiles = Machine.VECTOR ? new VectorTiles() : new ScalarTiles();\n");
        }
        if (keepsWeights) {
            s.append("    final Weights weights;\n");
        }
        List<String> made = new ArrayList<>();
        p.modelFields.forEach((field, value) -> {
            s.append("    ").append(field).append(";\n");
            made.add(field.substring(field.indexOf(' ') + 1) + " = " + value + ";");
        });
        s.append("\n    public ").append(className).append("(Weights weights, int threads) {\n");
        s.append("        super(inputPorts(), outputPorts(), threads);\n");
        if (!loader.isEmpty()) {
            s.append("        weights = new LoadedWeights(weights, new " + loader + "(weights, threads));\n");
        }
        if (keepsWeights) {
            s.append("        this.weights = weights;\n");
        }
        calls(s, "pack", made, "weights");
        s.append("    }\n\n");
        s.append("    /** Loads the model with the weights beside this class; {@code threads} is 0 for one per"
                + " processor. */\n");
        s.append("    public static ")
                .append(className)
                .append(" load(int threads) {\n        return new ")
                .append(className);
        s.append("(WeightsFile.of(").append(className).append(".class), threads);\n    }\n\n");
        ports(s);
        s.append("    @Override\n    protected Execution execution() {\n        return new ")
                .append(className)
                .append("Execution(this);\n    }\n");
        roles(s);
        typedMethod(s);
        methods(s, "pack", made, "Weights weights");
        return s.append("}\n").toString();
    }

    private void ports(StringBuilder s) {
        s.append("    private static List<Port> inputPorts() {\n        List<Port> ports = new ArrayList<>();\n");
        graph.inputs().forEach(v -> s.append(port(new Port(v.name(), v.type()))));
        s.append("        return ports;\n    }\n\n");
        s.append("    private static List<Port> outputPorts() {\n        List<Port> ports = new ArrayList<>();\n");
        for (int i = 0; i < graph.outputs().size(); i++) {
            s.append(port(
                    new Port(graph.outputNames().get(i), graph.outputs().get(i).type())));
        }
        s.append("        return ports;\n    }\n\n");
    }

    /** What is known of the inputs beside their names and types. */
    private void roles(StringBuilder s) {
        StringBuilder cases = new StringBuilder();
        for (Value v : graph.inputs()) {
            InputRole role = roles.getOrDefault(v.name(), InputRole.ANY);
            if (!role.equals(InputRole.named(v.name(), v.type()))) {
                cases.append("            case ")
                        .append(JavaText.literal(v.name()))
                        .append(" -> ");
                cases.append(JavaText.role(role)).append(";\n");
            }
        }
        if (!cases.isEmpty()) {
            s.append("\n    @Override\n    public InputRole role(String input) {\n        return switch (input) {\n");
            s.append(cases).append("            default -> super.role(input);\n        };\n    }\n");
        }
    }

    private static String port(Port port) {
        return "        ports.add(new Port(" + JavaText.literal(port.name()) + ", " + JavaText.type(port.type())
                + "));\n";
    }

    /** A method whose parameters are the inputs. */
    private void typedMethod(StringBuilder s) {
        boolean tensors = graph.inputs().stream().allMatch(v -> v.type() instanceof TensorType)
                && graph.outputs().stream().allMatch(v -> v.type() instanceof TensorType);
        if (graph.inputs().size() > 200 || graph.inputs().isEmpty()) {
            return;
        }
        Set<String> taken = new HashSet<>();
        List<String> names = graph.inputs().stream()
                .map(v -> JavaText.identifier(v.name(), taken))
                .toList();
        boolean one = graph.outputs().size() == 1;
        s.append("\n    /**\n     * Runs the model.\n     *\n");
        for (int i = 0; i < names.size(); i++) {
            Value v = graph.inputs().get(i);
            s.append("     * @param ")
                    .append(names.get(i))
                    .append(" ")
                    .append(JavaText.comment(v.type().toString()))
                    .append("\n");
        }
        s.append(
                one
                        ? "     * @return "
                                + JavaText.comment(
                                        graph.outputs().getFirst().type().toString()) + "\n"
                        : "     * @return the outputs by name\n");
        String result = one ? JavaText.datum(graph.outputs().getFirst().type()) : "";
        s.append("     */\n    public ")
                .append(one ? result : tensors ? "Map<String, Tensor>" : "Map<String, Datum>")
                .append(" infer(")
                .append(IntStream.range(0, names.size())
                        .mapToObj(i -> JavaText.datum(graph.inputs().get(i).type()) + " " + names.get(i))
                        .collect(Collectors.joining(", ")))
                .append(") {\n        return ")
                .append(one && !tensors ? "(" + result + ") " : "")
                .append(tensors ? "call(named(" : "run(named(")
                .append(String.join(", ", names))
                .append("))")
                .append(one ? ".get(" + JavaText.literal(graph.outputNames().getFirst()) + ")" : "")
                .append(";\n    }\n");
    }

    private String execution(StepPrinter printer) {
        List<View> outputs = plan.results();
        Emission results = results(outputs, printer);
        StringBuilder s = new StringBuilder("package " + packageName + ";\n\n" + IMPORTS);
        s.append("/** One call at a time: its buffers, its kernels, and the steps. */\nfinal class ")
                .append(className)
                .append("Execution extends Execution {\n");
        s.append("    private final ").append(className).append(" m;\n");
        p.symbols
                .fields()
                .forEach((symbol, field) -> s.append("    /** ")
                        .append(JavaText.comment(symbol))
                        .append(" */\n    long ")
                        .append(field)
                        .append(";\n"));
        p.symbols
                .sizes()
                .forEach(size -> s.append("    private ")
                        .append(size.type())
                        .append(" ")
                        .append(size.field())
                        .append("; // ")
                        .append(JavaText.comment(size.dim().toString()))
                        .append("\n"));
        for (int i = 0; i < graph.inputs().size(); i++) {
            String array = inputArray(i);
            if (array != null) {
                s.append("    private ")
                        .append(array)
                        .append(" in")
                        .append(i)
                        .append(" = {}; // ")
                        .append(JavaText.comment(graph.inputs().get(i).name()))
                        .append("\n");
            }
        }
        for (int i : direct(outputs)) {
            View v = outputs.get(i);
            String kind = Kind.of(v.type().element()).orElseThrow().java;
            s.append("    private ").append(kind).append("[] out").append(i).append(" = {}; // ");
            s.append(JavaText.comment(graph.outputNames().get(i))).append("\n");
        }
        arenaFields(s);
        List<String> created = new ArrayList<>();
        p.fields.forEach((field, value) -> {
            s.append("    private ").append(field).append(";\n");
            if (!value.isEmpty()) {
                created.add(field.substring(field.lastIndexOf(' ') + 1) + " = " + value + ";");
            }
        });
        s.append("\n    ")
                .append(className)
                .append("Execution(")
                .append(className)
                .append(" m) {\n");
        s.append("        super(m, ").append(p.boxes).append(");\n        this.m = m;\n");
        calls(s, "create", created);
        s.append("    }\n");
        prepareMethod(s, results.prepare);
        List<String> steps = new ArrayList<>(p.steps());
        steps.addAll(results.steps);
        s.append("\n    @Override\n    protected void execute() {\n");
        for (int i = 0; i < graph.inputs().size(); i++) {
            String array = inputArray(i);
            if (array != null) {
                s.append("        in")
                        .append(i)
                        .append(" = (")
                        .append(array)
                        .append(") input(")
                        .append(i)
                        .append(");\n");
            }
        }
        for (int i : direct(outputs)) {
            ElementType element = outputs.get(i).type().element();
            s.append("        out")
                    .append(i)
                    .append(" = (")
                    .append(Kind.of(element).orElseThrow().java);
            s.append("[]) output(")
                    .append(i)
                    .append(", ElementType.")
                    .append(element.name())
                    .append(");\n");
        }
        calls(s, "steps", steps);
        s.append("    }\n");
        methods(s, "create", created);
        methods(s, "results", results.prepare);
        methods(s, "sizes", sizes());
        methods(s, "prepare", p.prepare);
        methods(s, "steps", steps);
        p.regions.forEach((name, lines) -> {
            s.append("\n    private void ").append(name).append("() {\n");
            calls(s, name + "Part", lines);
            s.append("    }\n");
            methods(s, name + "Part", lines);
        });
        return s.append("}\n").toString();
    }

    private @org.jspecify.annotations.Nullable String inputArray(int i) {
        return JavaText.element(graph.inputs().get(i).type())
                .flatMap(Kind::of)
                .map(k -> k.java + "[]")
                .orElse(null);
    }

    private void arenaFields(StringBuilder s) {
        p.buffers.forEach((kind, all) -> {
            if (!all.isEmpty()) {
                s.append("    private final Arena ")
                        .append(kind.arena)
                        .append("Arena = new Arena(")
                        .append(numbers(all.stream().map(Program.Buffer::first).toList()))
                        .append(", ")
                        .append(numbers(all.stream().map(Program.Buffer::last).toList()))
                        .append(");\n");
            }
        });
    }

    /** An {@code int[]}; as text where it is too long for an initializer. */
    private static String numbers(List<Integer> values) {
        if (values.size() <= 500) {
            return values.stream().map(String::valueOf).collect(Collectors.joining(", ", "new int[] {", "}"));
        }
        List<String> parts = new ArrayList<>();
        for (int from = 0; from < values.size(); from += 4000) {
            parts.add(values.subList(from, Math.min(values.size(), from + 4000)).stream()
                    .map(String::valueOf)
                    .collect(Collectors.joining(" ", "\"", "\"")));
        }
        return "Arena.steps(" + String.join(", ", parts) + ")";
    }

    /** Sizes and memory first: what does not fit ends the call before anything is made for it. */
    private void prepareMethod(StringBuilder s, List<String> results) {
        s.append("\n    @Override\n    protected void prepare() {\n");
        p.symbols.fields().forEach((symbol, field) -> {
            if (inputSymbols.contains(symbol)) {
                s.append("        ")
                        .append(field)
                        .append(" = symbol(")
                        .append(JavaText.literal(symbol))
                        .append(");\n");
            }
        });
        calls(s, "results", results);
        StringBuilder sizes = new StringBuilder();
        List<String> lengths = new ArrayList<>();
        p.buffers.forEach((kind, all) -> {
            lengths.add(all.isEmpty() ? "0" : kind.arena + "Arena.size()");
            if (!all.isEmpty()) {
                String arena = kind.arena + "Arena";
                List<String> lines = new ArrayList<>();
                for (int i = 0; i < all.size(); i++) {
                    lines.add("sizes[" + i + "] = " + all.get(i).size() + ";");
                }
                s.append("        ")
                        .append(arena)
                        .append(".plan(")
                        .append(arena)
                        .append("Sizes(), ");
                s.append(kind == Kind.FLOATS ? zeros() : "0").append(");\n");
                sizes.append("\n    private long[] ")
                        .append(arena)
                        .append("Sizes() {\n        long[] sizes = new long[")
                        .append(all.size())
                        .append("];\n");
                calls(sizes, arena + "Sizes", lines, "sizes");
                sizes.append("        return sizes;\n    }\n");
                methods(sizes, arena + "Sizes", lines, "long[] sizes");
            }
        });
        s.append("        arenas(").append(String.join(", ", lengths)).append(");\n");
        calls(s, "sizes", sizes());
        calls(s, "prepare", p.prepare);
        s.append("    }\n").append(sizes);
    }

    private List<String> sizes() {
        return p.symbols.sizes().stream()
                .filter(size -> !size.value().isEmpty())
                .map(size -> size.field() + " = " + size.value() + ";")
                .toList();
    }

    /** The floats at the start of the arena that stay zero. */
    private String zeros() {
        String most = "0";
        for (String z : new java.util.LinkedHashSet<>(p.zeros)) {
            most = most.equals("0") ? z : "Math.max(" + most + ", " + z + ")";
        }
        return most;
    }

    /** What hands the results over: once per shape, and once per call. */
    private record Emission(List<String> prepare, List<String> steps) {}

    /** The outputs whose elements are made in the caller's array. */
    private static List<Integer> direct(List<View> outputs) {
        return IntStream.range(0, outputs.size())
                .filter(i -> outputs.get(i).place() instanceof Place.Output(int number) && number == i)
                .boxed()
                .toList();
    }

    private Emission results(List<View> outputs, StepPrinter steps) {
        Emission all = new Emission(new ArrayList<>(), new ArrayList<>());
        List<Integer> direct = direct(outputs);
        for (int i = 0; i < outputs.size(); i++) {
            View v = outputs.get(i);
            switch (v.place()) {
                case Place.Slot(int number) -> all.steps.add("result(" + i + ", box(" + number + "));");
                default -> {
                    all.prepare.add("resultDims(" + i + ", ElementType."
                            + v.type().element().name() + (v.shape().rank() == 0 ? "" : ", ")
                            + p.symbols.wide(v.shape()) + ");");
                    if (direct.contains(i)) {
                        break;
                    }
                    all.steps.add("result(" + i + ", ElementType."
                            + v.type().element().name() + ", " + steps.ref(v) + ");");
                }
            }
        }
        return all;
    }

    // Methods of a few statements each.

    private static void calls(StringBuilder s, String name, List<String> statements) {
        calls(s, name, statements, "");
    }

    private static void calls(StringBuilder s, String name, List<String> statements, String argument) {
        for (int i = 0; i * PER_METHOD < statements.size(); i++) {
            s.append("        ")
                    .append(name)
                    .append(i)
                    .append("(")
                    .append(argument)
                    .append(");\n");
        }
    }

    private static void methods(StringBuilder s, String name, List<String> statements) {
        methods(s, name, statements, "");
    }

    private static void methods(StringBuilder s, String name, List<String> statements, String parameter) {
        for (int i = 0; i * PER_METHOD < statements.size(); i++) {
            s.append("\n    private void ")
                    .append(name)
                    .append(i)
                    .append("(")
                    .append(parameter)
                    .append(") {\n");
            List<String> part = statements.subList(i * PER_METHOD, Math.min(statements.size(), (i + 1) * PER_METHOD));
            part.forEach(line -> s.append("        ").append(line).append("\n"));
            s.append("    }\n");
        }
    }
}
