package dev.lathe.backend.java;

import dev.lathe.backend.plan.Instruction;
import dev.lathe.backend.plan.Place;
import dev.lathe.backend.plan.Plan;
import dev.lathe.backend.plan.Step;
import dev.lathe.backend.plan.View;
import dev.lathe.ir.Graph;
import dev.lathe.ir.type.ElementType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes the execution of a model: its buffers, kernels and steps. */
final class ExecutionSource {
    private final Plan plan;
    private final Graph graph;
    private final List<View> outputs;
    private final StepPrinter printer;
    private final Program p;
    private final Set<String> inputSymbols;

    ExecutionSource(Plan plan, Program p, StepPrinter printer) {
        this.plan = plan;
        this.outputs = plan.results();
        this.printer = printer;
        this.graph = plan.graph();
        this.p = p;
        this.inputSymbols = graph.inputSymbols();
    }

    /** The execution by class name. */
    Map<String, String> write() {
        Emission results = results();
        String className = p.executionName();
        ClassSource.Base base = new ClassSource.Base(
                "package " + p.packageName() + ";\n\n" + ModelSource.IMPORTS,
                "/** One call at a time: its buffers, its kernels, and the steps. */\n",
                "final",
                "Execution",
                "CompiledModel m, int boxes");
        ClassSource source = new ClassSource(base, className, p.classes.keySet());
        fields(source);
        List<String> created = new ArrayList<>();
        p.fields.forEach((field, value) -> {
            source.field("", "private ", field + ";");
            if (!value.isEmpty()) {
                created.add(field.substring(field.lastIndexOf(' ') + 1) + " = " + value + ";");
            }
        });
        Routine create = new Routine("create", created);
        StringBuilder s = new StringBuilder("\n    " + className + "(" + p.className() + ClassNames.MODEL + " m) {\n");
        s.append("        super(m, ").append(p.boxes).append(");\n        this.m = m;\n");
        Routine.lines(s, create.calls());
        s.append("    }\n");
        source.own(s);
        Routine last = new Routine("results", results.prepare);
        Routine parts = new Routine("parts", sizes("long"));
        Routine sizes = new Routine("sizes", sizes("int"));
        Routine prepare = new Routine("prepareKernels", p.prepare);
        Routine places = new Routine("places", places());
        prepareMethod(source, parts, last, places, sizes, prepare);
        List<String> steps = new ArrayList<>(p.steps());
        if (p.isTimed) {
            steps.add("end();");
        }
        steps.addAll(results.steps);
        Routine run = new Routine("steps", steps);
        executeMethod(source, run);
        List.of(create, parts, last, places, sizes, prepare).forEach(source::routine);
        steps(source, run);
        return source.write();
    }

    private void fields(ClassSource source) {
        source.field("", "private final ", p.className() + ClassNames.MODEL + " m;");
        p.symbols
                .fields()
                .forEach((symbol, field) ->
                        source.field("    /** " + JavaText.comment(symbol) + " */\n", "", "long " + field + ";"));
        p.symbols
                .sizes()
                .forEach(size -> source.field(
                        "",
                        "private ",
                        size.type() + " " + size.field() + ";"
                                + (size.comment().isEmpty() ? "" : " // " + JavaText.comment(size.comment()))));
        for (int i = 0; i < graph.inputs().size(); i++) {
            String array = inputArray(i);
            if (array != null) {
                source.field(
                        "",
                        "private ",
                        array + " " + p.inputs.get(i) + " = {}; // "
                                + JavaText.comment(graph.inputs().get(i).type().toString()));
            }
        }
        for (int i : direct()) {
            String kind = Kind.of(outputs.get(i).type().element()).orElseThrow().java;
            source.field(
                    "",
                    "private ",
                    kind + "[] " + p.outputs.get(i) + " = {}; // "
                            + JavaText.comment(outputs.get(i).type().toString()));
        }
        p.buffers.forEach((kind, all) -> {
            source.field(
                    "",
                    "private final ",
                    "Arena " + kind.arena + "Arena = new Arena("
                            + numbers(all.stream().map(Program.Buffer::first).toList()) + ", "
                            + numbers(all.stream().map(Program.Buffer::last).toList()) + ");");
            all.forEach(b -> source.field("", "private ", "int " + b.name() + "; // " + JavaText.comment(b.type())));
        });
    }

    /**
     * What sizes are made of comes first, then what the results and the memory need: what does not fit ends the call
     * before anything is made for it.
     */
    private void prepareMethod(
            ClassSource source, Routine parts, Routine results, Routine places, Routine sizes, Routine prepare) {
        List<String> symbols = new ArrayList<>();
        p.symbols.fields().forEach((symbol, field) -> {
            if (inputSymbols.contains(symbol)) {
                symbols.add(field + " = symbol(" + JavaText.literal(symbol) + ");");
            }
        });
        StringBuilder s = new StringBuilder("\n    @Override\n    protected void prepare() {\n");
        Runnable symbolMethods = inline(s, source, new Routine("symbols", symbols));
        Routine.lines(s, parts.calls());
        Routine.lines(s, results.calls());
        List<String> lengths = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            String arena = kind.arena + "Arena";
            lengths.add(p.buffers.containsKey(kind) ? arena + ".size()" : "0");
            if (p.buffers.containsKey(kind)) {
                String zeros = kind == Kind.FLOATS ? zeros() : "0";
                Routine.lines(s, List.of(arena + ".plan(" + arena + "Sizes(), " + zeros + ");"));
            }
        }
        Routine.lines(s, List.of("arenas(" + String.join(", ", lengths) + ");"));
        if (p.buffers.containsKey(Kind.FLOATS)) {
            Routine.lines(s, List.of("align(" + Kind.FLOATS.arena + "Arena);"));
        }
        Routine.lines(s, places.calls());
        Routine.lines(s, sizes.calls());
        Routine.lines(s, prepare.calls());
        source.own(s.append("    }\n"));
        symbolMethods.run();
        p.buffers.forEach((kind, all) -> bufferSizes(source, kind.arena + "ArenaSizes", all));
    }

    private static void bufferSizes(ClassSource source, String name, List<Program.Buffer> buffers) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < buffers.size(); i++) {
            lines.add("sizes[" + i + "] = " + buffers.get(i).size() + ";");
        }
        Routine sizes = new Routine(name, lines, "long[] sizes");
        List<String> all = new ArrayList<>(List.of("long[] sizes = new long[" + lines.size() + "];"));
        all.addAll(sizes.isShort() ? sizes.statements() : sizes.calls());
        all.add("return sizes;");
        String method = Routine.method("long[] " + name, "", all);
        if (sizes.isShort()) {
            source.methods(List.of(method), List.of(method));
        } else {
            source.method(method, sizes);
        }
    }

    private void executeMethod(ClassSource source, Routine steps) {
        List<String> arrays = new ArrayList<>();
        for (int i = 0; i < graph.inputs().size(); i++) {
            String array = inputArray(i);
            if (array != null) {
                arrays.add(p.inputs.get(i) + " = (" + array + ") input(" + i + ");");
            }
        }
        for (int i : direct()) {
            ElementType element = outputs.get(i).type().element();
            arrays.add(p.outputs.get(i) + " = (" + Kind.of(element).orElseThrow().java + "[]) output(" + i
                    + ", ElementType." + element.name() + ", " + isExact(i) + ");");
        }
        StringBuilder s = new StringBuilder("\n    @Override\n    protected void execute() {\n");
        Runnable arrayMethods = inline(s, source, new Routine("arrays", arrays));
        Routine.lines(s, steps.calls());
        source.own(s.append("    }\n"));
        arrayMethods.run();
    }

    /** Writes statements, or calls of methods that hold them, which the result adds to {@code source}. */
    private static Runnable inline(StringBuilder s, ClassSource source, Routine routine) {
        boolean isShort = routine.isShort();
        Routine.lines(s, isShort ? routine.statements() : routine.calls());
        return () -> {
            if (!isShort) {
                source.routine(routine);
            }
        };
    }

    /** The steps, then the regions that they call, of which an outer one comes after those inside. */
    private void steps(ClassSource source, Routine steps) {
        List<String> order = new ArrayList<>(steps.methods());
        List<String> calledFirst = new ArrayList<>();
        p.regions.forEach((name, lines) -> {
            Routine parts = new Routine(name + "Part", lines);
            String region = Routine.method("void " + name, "", parts.calls());
            order.add(region);
            order.addAll(parts.methods());
            calledFirst.addAll(parts.methods());
            calledFirst.add(region);
        });
        calledFirst.addAll(steps.methods());
        source.methods(order, calledFirst);
    }

    private @Nullable String inputArray(int i) {
        return JavaText.element(graph.inputs().get(i).type())
                .flatMap(Kind::of)
                .map(k -> k.java + "[]")
                .orElse(null);
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

    /** Where the buffers start. */
    private List<String> places() {
        List<String> places = new ArrayList<>();
        p.buffers.forEach((kind, all) -> {
            for (int i = 0; i < all.size(); i++) {
                places.add(all.get(i).name() + " = " + kind.arena + "Arena.at[" + i + "];");
            }
        });
        return places;
    }

    private List<String> sizes(String type) {
        return p.symbols.sizes().stream()
                .filter(size -> size.type().equals(type) && !size.value().isEmpty())
                .map(size -> size.field() + " = " + size.value() + ";")
                .toList();
    }

    /** The floats at the start of the arena that stay zero. */
    private String zeros() {
        String most = "0";
        for (String z : new LinkedHashSet<>(p.zeros)) {
            most = most.equals("0") ? z : "Math.max(" + most + ", " + z + ")";
        }
        return most;
    }

    /** What hands the results over: once per shape, and once per call. */
    private record Emission(List<String> prepare, List<String> steps) {}

    /** Whether no kernel that makes or reads output {@code number} masks vectors over its end. */
    private boolean isExact(int number) {
        return Step.all(plan.steps())
                .map(Instruction::step)
                .filter(s -> Stream.concat(s.reads().stream(), s.writes().stream())
                        .anyMatch(v -> v.place() instanceof Place.Output(int output) && output == number))
                .allMatch(s -> switch (s) {
                    case Step.Copy _,
                            Step.TableCopy _,
                            Step.GatherSlices _,
                            Step.GatherElements _,
                            Step.StoreDims _,
                            Step.Sequence _,
                            Step.Pooling _,
                            Step.FourierLines _,
                            Step.PerElement _ -> true;
                    default -> false;
                });
    }

    /** The outputs whose elements are made in the caller's array. */
    private List<Integer> direct() {
        return IntStream.range(0, outputs.size())
                .filter(i -> outputs.get(i).place() instanceof Place.Output(int number) && number == i)
                .boxed()
                .toList();
    }

    private Emission results() {
        Emission all = new Emission(new ArrayList<>(), new ArrayList<>());
        Set<Integer> direct = Set.copyOf(direct());
        for (int i = 0; i < outputs.size(); i++) {
            View v = outputs.get(i);
            switch (v.place()) {
                case Place.Slot(int number) -> all.steps.add("result(" + i + ", box(" + number + "));");
                default -> {
                    all.prepare.add("resultDims(" + i + ", ElementType."
                            + v.type().element().name() + (v.shape().rank() == 0 ? "" : ", ")
                            + p.symbols.prepared(v.shape()) + ");");
                    if (direct.contains(i)) {
                        break;
                    }
                    all.steps.add("result(" + i + ", ElementType."
                            + v.type().element().name() + ", " + printer.ref(v) + ");");
                }
            }
        }
        return all;
    }
}
