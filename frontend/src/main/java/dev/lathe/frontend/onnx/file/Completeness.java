package dev.lathe.frontend.onnx.file;

import dev.lathe.grammar.onnx.AttributeProto;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.TensorProto;

/** Whether parts of a file say all by themselves. */
public final class Completeness {
    private Completeness() {}

    /**
     * Whether no attribute of the node refers to one of a function around it or to a file, in subgraphs neither.
     */
    public static boolean isComplete(NodeProto node) {
        return node.getAttributeList().stream().allMatch(Completeness::isComplete);
    }

    private static boolean isComplete(AttributeProto a) {
        return a.getRefAttrName().isEmpty()
                && !isExternal(a.getT())
                && a.getTensorsList().stream().noneMatch(Completeness::isExternal)
                && Subgraphs.of(a).stream().allMatch(Completeness::isComplete);
    }

    /** Whether all weights and nodes of the graph are in the file. */
    public static boolean isComplete(GraphProto g) {
        return g.getInitializerList().stream().noneMatch(Completeness::isExternal)
                && g.getNodeList().stream().allMatch(Completeness::isComplete);
    }

    /** Whether the elements of a tensor are in another file. */
    public static boolean isExternal(TensorProto t) {
        return t.getDataLocation() == TensorProto.DataLocation.EXTERNAL;
    }
}
