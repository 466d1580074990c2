package dev.lathe.frontend.onnx.file;

import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.TensorProto;

/** How large a model is. */
public final class ModelSize {
    private ModelSize() {}

    /** The bytes of a model, its external weights included. */
    public static long bytes(ModelProto model) {
        long sum = model.getSerializedSize();
        for (TensorProto t : model.getGraph().getInitializerList()) {
            if (Completeness.isExternal(t)) {
                long elements =
                        t.getDimsList().stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
                sum += Math.ceilDiv(elements * ElementTypes.of(t.getDataType()).bits(), 8);
            }
        }
        return sum;
    }

    /** The nodes of a model, those of subgraphs and functions included. */
    public static long nodes(ModelProto model) {
        return Subgraphs.count(model.getGraph().getNodeList())
                + model.getFunctionsList().stream().mapToLong(Subgraphs::count).sum();
    }
}
