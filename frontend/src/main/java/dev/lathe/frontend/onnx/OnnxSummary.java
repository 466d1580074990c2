package dev.lathe.frontend.onnx;

import dev.lathe.frontend.onnx.file.ModelSize;
import dev.lathe.frontend.onnx.file.OnnxFile;
import dev.lathe.frontend.onnx.file.OnnxNames;
import dev.lathe.frontend.onnx.file.Subgraphs;
import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.FunctionProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How large a model is.
 *
 * @param nodes how many nodes there are of each operator, those in subgraphs and functions included; operators
 * outside the standard have their domain before a colon
 * @param bytes the bytes of the file, and of the weights that it keeps in others
 * @param opsets the operator sets that the model imports, by domain
 */
public record OnnxSummary(SortedMap<String, Integer> nodes, long bytes, Map<String, Integer> opsets) {
    /** Reads a model's file. */
    public static OnnxSummary of(Path file) {
        return of(OnnxFile.read(file));
    }

    static OnnxSummary of(ModelProto model) {
        SortedMap<String, Integer> nodes = new TreeMap<>();
        model.getGraph().getNodeList().forEach(n -> count(n, nodes));
        for (FunctionProto f : model.getFunctionsList()) {
            f.getNodeList().forEach(n -> count(n, nodes));
        }
        return new OnnxSummary(
                nodes, ModelSize.bytes(model), new TreeMap<>(OnnxNames.opsets(model.getOpsetImportList())));
    }

    private static void count(NodeProto n, Map<String, Integer> into) {
        into.merge(OnnxNames.operator(n), 1, Integer::sum);
        for (AttributeProto a : n.getAttributeList()) {
            Subgraphs.of(a).forEach(g -> g.getNodeList().forEach(inner -> count(inner, into)));
        }
    }

    /** All nodes. */
    public int nodeCount() {
        return nodes.values().stream().mapToInt(Integer::intValue).sum();
    }
}
