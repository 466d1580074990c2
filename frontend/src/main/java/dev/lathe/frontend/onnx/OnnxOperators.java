package dev.lathe.frontend.onnx;

import dev.lathe.frontend.onnx.file.OnnxFile;
import dev.lathe.frontend.onnx.file.OnnxNames;
import dev.lathe.frontend.onnx.ops.BuiltInOperators;
import dev.lathe.frontend.onnx.ops.OperatorTypes;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.ir.type.ElementType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The operators that the importer knows, and those that a model needs. */
public final class OnnxOperators {
    /** The newest opset of {@code ai.onnx} that is known. */
    public static final int NEWEST_OPSET = BuiltInOperators.NEWEST_OPSET;

    /**
     * An operator that a model uses.
     *
     * @param operator its name, qualified by its domain when that is not {@code ai.onnx}
     * @param opset the version of its domain that the model, or the function that uses it, imports
     * @param nodes how many nodes use it, in subgraphs and functions too
     * @param known whether the importer can read it
     * @param names the names of these nodes, in the order of the file
     */
    public record Need(String operator, int opset, int nodes, boolean known, List<String> names) {
        public Need {
            names = List.copyOf(names);
        }
    }

    private final Set<String> functions = new HashSet<>();
    private final Map<String, List<String>> nodes = new TreeMap<>();
    private final Map<String, Need> needs = new TreeMap<>();

    private OnnxOperators() {}

    /** The names of the known operators, with the opsets in which their meaning changed. */
    public static Map<String, List<Integer>> all() {
        return BuiltInOperators.TABLE.entries();
    }

    /**
     * The element types that the newest version of each known operator takes, as text:
     * {@code x: floats; n: i64; → bool} has an operand {@code x}, those after it that have the same types, an operand
     * {@code n}, and results of another type; {@link #typeGroups} says what {@code floats} are.
     */
    public static Map<String, String> types() {
        return OperatorTypes.read();
    }

    /** The sets of element types that have a name in {@link #types}. */
    public static Map<String, Set<ElementType>> typeGroups() {
        return OperatorTypes.named();
    }

    /**
     * What a model needs, by name; local functions count as what is in them.
     *
     * @throws dev.lathe.ir.diag.LatheException if the file is no model
     */
    public static List<Need> of(Path file) {
        ModelProto model = OnnxFile.read(file);
        OnnxOperators counted = new OnnxOperators();
        for (FunctionProto f : model.getFunctionsList()) {
            counted.functions.add(OnnxNames.operator(f.getDomain(), f.getName()));
        }
        Map<String, Integer> opsets = OnnxNames.opsets(model.getOpsetImportList());
        counted.graph(model.getGraph(), opsets);
        for (FunctionProto f : model.getFunctionsList()) {
            Map<String, Integer> own = new TreeMap<>(opsets);
            own.putAll(OnnxNames.opsets(f.getOpsetImportList()));
            f.getNodeList().forEach(n -> counted.node(n, own));
        }
        counted.needs.replaceAll((key, need) -> {
            List<String> names = counted.nodes.getOrDefault(key, List.of());
            return new Need(need.operator(), need.opset(), names.size(), need.known(), names);
        });
        return List.copyOf(counted.needs.values());
    }

    private void graph(GraphProto graph, Map<String, Integer> opsets) {
        graph.getNodeList().forEach(n -> node(n, opsets));
    }

    private void node(NodeProto node, Map<String, Integer> opsets) {
        String name = OnnxNames.operator(node);
        int opset = OnnxNames.opset(node, opsets);
        if (!functions.contains(name)) {
            boolean known = BuiltInOperators.TABLE.find(name, opset).isPresent();
            nodes.computeIfAbsent(name + "-" + opset, key -> {
                        needs.put(key, new Need(name, opset, 0, known, List.of()));
                        return new ArrayList<>();
                    })
                    .add(OnnxNames.nameOf(node));
        }
        for (AttributeProto a : node.getAttributeList()) {
            if (a.hasG()) {
                graph(a.getG(), opsets);
            }
            a.getGraphsList().forEach(g -> graph(g, opsets));
        }
    }
}
