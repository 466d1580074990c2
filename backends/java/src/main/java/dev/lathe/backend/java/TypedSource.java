package dev.lathe.backend.java;

import dev.lathe.ir.Graph;
import dev.lathe.ir.Value;
import dev.lathe.ir.type.TensorType;
import dev.lathe.runtime.WeightsFile;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes the class of a model that users name: how it is loaded, and a method whose parameters are the inputs. It
 * names no other generated class, so that a build or an editor compiles it against the runtime alone.
 */
final class TypedSource {
    /** Parameters that a method may have, with room for those that the JVM counts twice. */
    private static final int MOST_PARAMETERS = 200;

    private final ClassNames names;
    private final Graph graph;

    TypedSource(ClassNames names, Graph graph) {
        this.names = names;
        this.graph = graph;
    }

    String write() {
        String name = names.className();
        StringBuilder s = new StringBuilder("package " + names.packageName() + ";\n\n" + ModelSource.IMPORTS);
        s.append(comment(graph));
        s.append("public abstract class ").append(name).append(" extends CompiledModel {\n");
        s.append("    protected ").append(name).append("(List<Port> inputs, List<Port> outputs, int threads) {\n");
        s.append("        super(inputs, outputs, threads);\n    }\n\n");
        s.append("""
                /** Loads the model with the weights beside this class, for a thread on each processor. */
                public static %1$s load() {
                    return load(0);
                }

                /** Loads the model with the weights beside this class; 0 threads are one on each processor. */
                public static %1$s load(int threads) {
                    return (%1$s) load(
                            MethodHandles.lookup(), %2$s, %1$s.class.getResourceAsStream(%3$s), threads);
                }
            """.formatted(name, JavaText.literal(names.model()), JavaText.literal(name + WeightsFile.SUFFIX)));
        infer(s);
        return s.append("}\n").toString();
    }

    /** The Javadoc of a class that is a model. */
    static String comment(Graph graph) {
        StringBuilder s = new StringBuilder("/**\n * The model ");
        s.append(JavaText.comment(graph.name())).append(".\n *\n");
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
        return s.append(" */\n").toString();
    }

    private void infer(StringBuilder s) {
        if (graph.inputs().size() > MOST_PARAMETERS || graph.inputs().isEmpty()) {
            return;
        }
        boolean tensors = graph.inputs().stream().allMatch(v -> v.type() instanceof TensorType)
                && graph.outputs().stream().allMatch(v -> v.type() instanceof TensorType);
        SourceNames unique = new SourceNames(Set.of());
        List<String> parameters =
                graph.inputs().stream().map(v -> unique.of(v.name())).toList();
        boolean one = graph.outputs().size() == 1;
        s.append("\n    /**\n     * Runs the model.\n     *\n");
        for (int i = 0; i < parameters.size(); i++) {
            Value v = graph.inputs().get(i);
            s.append("     * @param ")
                    .append(parameters.get(i))
                    .append(" ")
                    .append(JavaText.comment(v.type().toString()))
                    .append("\n");
        }
        s.append("     * @return ")
                .append(one ? JavaText.comment(graph.outputs().getFirst().type().toString()) : "the outputs by name")
                .append("\n");
        String result = one ? JavaText.datum(graph.outputs().getFirst().type()) : "";
        s.append("     */\n    public ")
                .append(one ? result : tensors ? "Map<String, Tensor>" : "Map<String, Datum>")
                .append(" infer(")
                .append(IntStream.range(0, parameters.size())
                        .mapToObj(i -> JavaText.datum(graph.inputs().get(i).type()) + " " + parameters.get(i))
                        .collect(Collectors.joining(", ")))
                .append(") {\n        return ")
                .append(one && !tensors ? "(" + result + ") " : "")
                .append(tensors ? "call(named(" : "run(named(")
                .append(String.join(", ", parameters))
                .append("))")
                .append(one ? ".get(" + JavaText.literal(graph.outputNames().getFirst()) + ")" : "")
                .append(";\n    }\n");
    }
}
