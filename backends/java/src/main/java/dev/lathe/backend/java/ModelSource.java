package dev.lathe.backend.java;

import dev.lathe.backend.plan.Plan;
import dev.lathe.ir.Executable.Port;
import dev.lathe.ir.Graph;
import dev.lathe.ir.InputRole;
import dev.lathe.ir.ModelStep;
import dev.lathe.ir.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes the class that holds the packed weights of a model, and with it all others of the model's own package. */
final class ModelSource {
    /** Inputs whose meaning one method tells. */
    private static final int ROLES_PER_METHOD = 500;

    static final String IMPORTS = """
        import dev.lathe.ir.InputRole;
        import dev.lathe.ir.eval.MovementEvaluation;
        import dev.lathe.ir.eval.ResizeEvaluation;
        import dev.lathe.ir.eval.SamplingEvaluation;
        import dev.lathe.ir.op.CoordinateMode;
        import dev.lathe.ir.op.GridPadding;
        import dev.lathe.ir.op.NearestMode;
        import dev.lathe.ir.op.PadMode;
        import dev.lathe.ir.op.ResizeMode;
        import dev.lathe.ir.op.ScatterReduction;
        import dev.lathe.ir.op.TreeAggregation;
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
        import java.lang.invoke.MethodHandles;
        import java.util.ArrayList;
        import java.util.List;
        import java.util.Map;
        import java.util.Optional;

        """;

    private final String packageName;
    private final String className;
    /** The full name of the class with the typed methods; empty for what runs when a model is loaded. */
    private final String typed;

    private final Plan plan;
    private final Graph graph;
    private final Program p;
    private final Map<String, InputRole> roles;
    /** The class of what computes weights when the model is loaded, or nothing. */
    private final String loader;

    private final StepPrinter printer;

    private ModelSource(Plan plan, Program p, String typed, String loader, Map<String, InputRole> roles) {
        this.packageName = p.packageName();
        this.className = p.className() + ClassNames.MODEL;
        this.typed = typed;
        this.loader = loader;
        this.roles = roles;
        this.plan = plan;
        this.graph = plan.graph();
        this.p = p;
        this.printer = StepPrinter.print(plan, p);
    }

    /**
     * The model of a plan.
     *
     * @param loader the class of what runs when it is loaded, or nothing
     */
    static ModelSource of(Plan plan, Program p, ClassNames names, String loader, Map<String, InputRole> roles) {
        return new ModelSource(plan, p, names.typed(), loader, roles);
    }

    /** What runs when a model is loaded: a model without inputs, whose outputs are weights. */
    static ModelSource atLoad(Plan load, Program p) {
        return new ModelSource(load, p, "", "", Map.of());
    }

    /** The simple name of the class. */
    String className() {
        return className;
    }

    /** The steps of a call by the numbers that the execution tells when they begin. */
    List<ModelStep> steps() {
        return printer.steps();
    }

    /** All generated sources by class name: the model, its execution, the elementwise kernels, the tiles. */
    Map<String, String> write() {
        Map<String, String> sources = new LinkedHashMap<>();
        String prefix = packageName + ".";
        // The execution first: writing it is what asks for the model's fields.
        Map<String, String> execution = new ExecutionSource(plan, p, printer).write();
        // What is packed, or used as an array, is held by its field; the weights as they came then may go.
        boolean keepsWeights = execution.values().stream().anyMatch(text -> text.contains("m.weights."));
        model(keepsWeights).forEach((name, text) -> sources.put(prefix + name, text));
        execution.forEach((name, text) -> sources.put(prefix + name, text));
        p.classes.forEach((name, text) -> sources.put(prefix + name, text));
        if (p.usesTiles()) {
            sources.put(prefix + TilesSource.CLASS_NAME, TilesSource.write(packageName, p.products()));
        }
        return sources;
    }

    private Map<String, String> model(boolean keepsWeights) {
        ClassSource.Base base = new ClassSource.Base(
                "package " + packageName + ";\n\n" + (typed.isEmpty() ? "" : "import " + typed + ";\n") + IMPORTS,
                TypedSource.comment(graph),
                "public final",
                typed.isEmpty() ? "CompiledModel" : typed.substring(typed.lastIndexOf('.') + 1),
                "List<Port> inputs, List<Port> outputs, int threads");
        ClassSource source = new ClassSource(base, className, Set.of());
        if (p.usesTiles()) {
            source.field("", "final ", "Tiles tiles = Machine.hasVectorTiles() ? new VectorTiles() : Machine.tiles();");
        }
        if (keepsWeights) {
            source.field("", "final ", "Weights weights;");
        }
        List<String> made = new ArrayList<>();
        p.modelFields.forEach((field, value) -> {
            source.field("", "", field + ";");
            made.add(field.substring(field.indexOf(' ') + 1) + " = " + value + ";");
        });
        Routine pack = new Routine("pack", made, "Weights weights");
        StringBuilder s = new StringBuilder("\n    public " + className + "(Weights weights, int threads) {\n");
        s.append("        super(inputPorts(), outputPorts(), threads);\n");
        if (!loader.isEmpty()) {
            s.append("        weights = new LoadedWeights(weights, new " + loader + "(weights, threads));\n");
        }
        if (keepsWeights) {
            s.append("        this.weights = weights;\n");
        }
        Routine.lines(s, pack.calls());
        s.append("    }\n\n");
        List<Routine> ports = new ArrayList<>();
        ports(s, "inputPorts", graph.inputPorts(), ports);
        ports(s, "outputPorts", graph.outputPorts(), ports);
        s.append("    @Override\n    protected Execution execution() {\n        return new ")
                .append(p.executionName())
                .append("(this);\n    }\n");
        roles(s);
        source.own(s);
        ports.forEach(source::routine);
        source.routine(pack);
        return source.write();
    }

    /** A method that makes the ports; what it calls, if they are many, is added to {@code more}. */
    private static void ports(StringBuilder s, String name, List<Port> ports, List<Routine> more) {
        Routine adding = new Routine(
                "static void", name, ports.stream().map(ModelSource::port).toList(), "List<Port> ports");
        s.append("    private static List<Port> ").append(name);
        s.append("() {\n        List<Port> ports = new ArrayList<>();\n");
        if (adding.isShort()) {
            Routine.lines(s, adding.statements());
        } else {
            Routine.lines(s, adding.calls());
            more.add(adding);
        }
        s.append("        return ports;\n    }\n\n");
    }

    /** What is known of the inputs beside their names and types. */
    private void roles(StringBuilder s) {
        List<String> cases = new ArrayList<>();
        for (Value v : graph.inputs()) {
            InputRole role = roles.getOrDefault(v.name(), InputRole.ANY);
            if (!role.equals(InputRole.named(v.name(), v.type()))) {
                cases.add("case " + JavaText.literal(v.name()) + " -> " + JavaText.role(role) + ";");
            }
        }
        for (int from = 0; from < cases.size(); from += ROLES_PER_METHOD) {
            int to = Math.min(cases.size(), from + ROLES_PER_METHOD);
            s.append(from == 0 ? "\n    @Override\n    public InputRole role" : "\n    private InputRole role" + from);
            s.append("(String input) {\n        return switch (input) {\n");
            cases.subList(from, to)
                    .forEach(c -> s.append("            ").append(c).append("\n"));
            s.append("            default -> ").append(to == cases.size() ? "super.role" : "role" + to);
            s.append("(input);\n        };\n    }\n");
        }
    }

    private static String port(Port port) {
        return "ports.add(new Port(" + JavaText.literal(port.name()) + ", " + JavaText.type(port.type()) + "));";
    }
}
