package dev.lathe.ir.text;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Node;
import dev.lathe.ir.Value;
import dev.lathe.ir.op.Constant;
import dev.lathe.ir.op.Op;
import dev.lathe.ir.op.OpSchema;
import dev.lathe.ir.op.OpSchema.Component;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Prints graphs as IR text, from which an equal graph can be read. Small tensors are literals, larger ones are named:
 * {@code constant @"w"}.
 *
 * <p>Any graph prints, also one that breaks the rules, in time linear in its size.
 */
public final class Printer {
    private static final int MAX_INDENT = 40;

    /** Takes the tensors that the text only names; each tensor once, each name once. */
    @FunctionalInterface
    public interface Weights {
        void put(String name, Tensor tensor);
    }

    /**
     * A printed graph.
     *
     * @param text no line break at the end
     * @param lines for every node, in the order of {@link Graph#allNodes}, the number of the line it begins on; the
     * first line is 1
     */
    public record Listing(String text, List<Integer> lines) {}

    private final StringBuilder out = new StringBuilder();
    private final Names names = new Names();
    private final Weights weights;
    private final Map<Tensor, String> weightNames = new IdentityHashMap<>();
    private final Set<String> takenWeightNames = new HashSet<>();
    private final List<Integer> lines = new ArrayList<>();
    /** The dimensions that the text names, by name, inner ones first. */
    private final Map<String, Dim> definitions = new LinkedHashMap<>();

    private int line = 1;
    private int depth;

    private Printer(Weights weights) {
        this.weights = weights;
    }

    /** IR text of {@code graph}. */
    public static String print(Graph graph) {
        return listing(graph).text();
    }

    /** IR text of {@code graph}; tensors too large for the text go to {@code weights}. */
    public static String print(Graph graph, Weights weights) {
        return new Printer(weights).whole(graph).text();
    }

    /** IR text of {@code graph}, and where its nodes are. */
    public static Listing listing(Graph graph) {
        return new Printer((_, _) -> {}).whole(graph);
    }

    private Listing whole(Graph graph) {
        name(graph);
        out.append("graph @").append(Names.word(graph.name()));
        graph(graph, true);
        if (definitions.isEmpty()) {
            return new Listing(out.toString(), lines);
        }
        StringBuilder before = new StringBuilder();
        definitions.forEach(
                (name, value) -> before.append(name).append(" = ").append(value).append('\n'));
        return new Listing(
                before.append(out).toString(),
                lines.stream().map(l -> l + definitions.size()).toList());
    }

    /** The text of a type, whose dimensions may have names. */
    private String type(Type type) {
        type.mapDims(d -> {
            d.collectDefinitions(definitions);
            return d;
        });
        return type.toString();
    }

    /** Chooses names in the order of definition, before the signatures speak of outputs. */
    private void name(Graph graph) {
        graph.inputs().forEach(names::name);
        for (Node node : graph.nodes()) {
            node.results().forEach(names::name);
            node.op().regions().forEach(this::name);
        }
    }

    private void graph(Graph graph, boolean whole) {
        list("(", graph.inputs(), v -> names.text(v) + ": " + type(v.type()), ") -> (");
        for (int i = 0; i < graph.outputs().size(); i++) {
            out.append(i == 0 ? "" : ", ");
            Value v = graph.outputs().get(i);
            String outputName = graph.outputNames().get(i);
            // Nobody asks for the results of a region by name.
            if (whole && !outputName.equals(names.name(v))) {
                out.append(Names.word(outputName)).append(": ");
            }
            out.append(type(v.type()));
        }
        out.append(") {");
        depth++;
        for (Node node : graph.nodes()) {
            newLine();
            lines.add(line);
            node(node);
        }
        newLine();
        list(graph.outputs().isEmpty() ? "return" : "return ", graph.outputs(), names::text, "");
        depth--;
        newLine();
        out.append('}');
    }

    private void newLine() {
        out.append('\n').repeat(' ', 2 * Math.min(depth, MAX_INDENT));
        line++;
    }

    private <T> void list(String open, List<T> items, Function<T, String> text, String close) {
        out.append(open);
        for (int i = 0; i < items.size(); i++) {
            out.append(i == 0 ? "" : ", ").append(text.apply(items.get(i)));
        }
        out.append(close);
    }

    private void node(Node node) {
        if (!node.results().isEmpty()) {
            list("", node.results(), names::text, " = ");
        }
        if (node.op() instanceof Constant(Tensor value)) {
            out.append("constant ").append(Literals.of(value).orElseGet(() -> "@" + Dim.quote(weight(value, node))));
        } else {
            operation(node.op());
        }
        if (!node.results().isEmpty()) {
            list(" : ", node.results(), v -> type(v.type()), "");
        }
        if (!node.location().isNone()) {
            out.append(" at ").append(node.location());
        }
    }

    private String weight(Tensor tensor, Node node) {
        return weightNames.computeIfAbsent(tensor, _ -> {
            String own = names.name(node.results().isEmpty() ? new Value("", tensor.type()) : node.result());
            String name = own.isEmpty() ? "constant_" + takenWeightNames.size() : own;
            while (!takenWeightNames.add(name)) {
                name += "_";
            }
            weights.put(name, tensor);
            return name;
        });
    }

    @SuppressWarnings("unchecked") // the roles say what the components are
    private void operation(Op op) {
        List<String> operands = new ArrayList<>();
        List<Component> attributes = new ArrayList<>();
        for (Component c : OpSchema.of(op.getClass()).components()) {
            switch (c.role()) {
                case OPERAND -> operands.add(names.text((Value) c.get(op)));
                case OPTIONAL_OPERAND ->
                    operands.add(((Optional<Value>) c.get(op)).map(names::text).orElse("_"));
                case OPERAND_LIST ->
                    operands.add(((List<Value>) c.get(op))
                            .stream().map(names::text).collect(Collectors.joining(", ", "[", "]")));
                case FUNCTION -> {} // the mnemonic says it
                case REGION, ATTRIBUTE -> {
                    if (!Optional.empty().equals(c.get(op))) {
                        attributes.add(c);
                    }
                }
            }
        }
        out.append(op.mnemonic());
        list("(", operands, Function.identity(), ")");
        for (int i = 0; i < attributes.size(); i++) {
            Component c = attributes.get(i);
            out.append(i == 0 ? " {" : ", ").append(c.textName()).append('=');
            if (c.get(op) instanceof Graph region) {
                out.append("graph");
                graph(region, false);
            } else {
                out.append(attribute(c.get(op)));
            }
        }
        out.append(attributes.isEmpty() ? "" : "}");
    }

    private String attribute(Object value) {
        return switch (value) {
            case Double d -> Literals.text(d);
            case Float f -> Literals.text(f);
            case ElementType e -> e.text();
            case Enum<?> e -> e.name().toLowerCase(Locale.ROOT);
            case String s -> isBareWord(s) ? s : Dim.quote(s);
            case Optional<?> o -> attribute(o.orElseThrow());
            case List<?> l -> l.stream().map(this::attribute).collect(Collectors.joining(", ", "[", "]"));
            case Boolean _, Integer _, Long _ -> value.toString();
            case Dim d -> {
                d.collectDefinitions(definitions);
                yield d.toString();
            }
            case Shape s -> attribute(s.dims());
            case Type t -> type(t);
            default ->
                throw new IllegalStateException("IR text has no attributes of " + value.getClass()
                        + "; use numbers, strings, enums, dims, shapes, types, or lists of them");
        };
    }

    /** Words that begin something else in the grammar are quoted, so that people are not misled. */
    private static boolean isBareWord(String s) {
        return Names.isWord(s) && !Set.of("floor", "min", "max", "graph").contains(s);
    }
}
