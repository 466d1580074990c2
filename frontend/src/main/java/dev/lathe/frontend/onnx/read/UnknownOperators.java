package dev.lathe.frontend.onnx.read;

import dev.lathe.frontend.onnx.file.OnnxNames;
import dev.lathe.frontend.onnx.node.Operators;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.ir.Location;
import dev.lathe.ir.diag.Diagnostic;
import dev.lathe.ir.diag.Suggestion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tells of the nodes whose operator is not known, also of those that importing never reached: behind other faults, in
 * subgraphs and in functions.
 */
final class UnknownOperators {
    /** Nodes that are told one by one. */
    private static final int MOST = 1000;

    private final ModelImporter importer;
    private final Set<Location> told = new HashSet<>();
    private final List<Diagnostic> found = new ArrayList<>();
    private final Set<FunctionProto> functions = Collections.newSetFromMap(new IdentityHashMap<>());

    private int more;

    private UnknownOperators(ModelImporter importer) {
        this.importer = importer;
    }

    /** The nodes of {@code model} with unknown operators that {@code problems} do not tell of. */
    static List<Diagnostic> beside(List<Diagnostic> problems, ModelProto model, ModelImporter importer) {
        UnknownOperators unknown = new UnknownOperators(importer);
        problems.forEach(p -> unknown.told.add(p.location()));
        unknown.graph(model.getGraph(), OnnxNames.opsets(model.getOpsetImportList()));
        if (unknown.more > 0) {
            unknown.found.add(Diagnostic.error(
                    "onnx.unknown-operator",
                    unknown.more + " more nodes have operators that are not known",
                    "see lathe ops --coverage for all of them"));
        }
        return unknown.found;
    }

    /**
     * What is wrong with a node whose operator is in no table; {@code types} says what its operands are, where that
     * is known.
     */
    static Diagnostic problem(Operators known, NodeProto node, int opset, String types) {
        Location location = OnnxNames.location(node, opset);
        String name = OnnxNames.operator(node);
        if (OnnxNames.normal(node.getDomain()).isEmpty() && opset > known.newestOpset()) {
            return Diagnostic.error(
                    "onnx.opset",
                    location,
                    "opset " + opset + " is newer than " + known.newestOpset() + ", the newest that Lathe knows"
                            + types,
                    "export the model with opset " + known.newestOpset() + " or older");
        }
        if (known.knows(name)) {
            return Diagnostic.error(
                    "onnx.unknown-operator",
                    location,
                    "operator " + name + " does not exist in opset " + opset + types,
                    "export the model with a newer opset");
        }
        return Diagnostic.error(
                "onnx.unknown-operator",
                location,
                "operator " + name + " is not known" + types,
                Suggestion.of(name, known.entries().keySet())
                        + "see lathe ops for the operators that are; export the model with those, or as a local"
                        + " function");
    }

    private void graph(GraphProto graph, Map<String, Integer> opsets) {
        graph.getNodeList().forEach(n -> node(n, opsets));
    }

    private void node(NodeProto node, Map<String, Integer> opsets) {
        FunctionProto function = importer.function(node);
        int opset = OnnxNames.opset(node, opsets);
        if (function != null) {
            body(function, opsets);
        } else if (importer.operators.find(OnnxNames.operator(node), opset).isEmpty()) {
            Location location = OnnxNames.location(node, opset);
            if (told.add(location)) {
                if (found.size() < MOST) {
                    found.add(problem(importer.operators, node, opset, ""));
                } else {
                    more++;
                }
            }
        }
        for (AttributeProto a : node.getAttributeList()) {
            if (a.hasG()) {
                graph(a.getG(), opsets);
            }
            a.getGraphsList().forEach(g -> graph(g, opsets));
        }
    }

    private void body(FunctionProto function, Map<String, Integer> opsets) {
        if (functions.add(function)) {
            Map<String, Integer> own = new HashMap<>(opsets);
            own.putAll(OnnxNames.opsets(function.getOpsetImportList()));
            function.getNodeList().forEach(n -> node(n, own));
        }
    }
}
