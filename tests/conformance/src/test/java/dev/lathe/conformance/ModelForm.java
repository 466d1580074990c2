package dev.lathe.conformance;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.NodeProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TensorShapeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** In what form a test's model is run. */
public enum ModelForm {
    AS_WRITTEN {
        @Override
        public ModelProto apply(ModelProto model, Map<String, byte[]> inputs) {
            return model;
        }
    },

    /**
     * Every dimension of every input is a symbol of its own, but those that decide ranks and windows, which are never
     * symbolic: the lengths of integer vectors, which may be shapes or axes, the kernels of convolutions, and the
     * lengths of index tuples.
     */
    SYMBOLIC {
        @Override
        public ModelProto apply(ModelProto model, Map<String, byte[]> inputs) {
            GraphProto.Builder graph = model.getGraph().toBuilder();
            for (ValueInfoProto.Builder input : graph.getInputBuilderList()) {
                if (input.getType().hasTensorType() && inputs.containsKey(input.getName()) && !isShapeLike(input)) {
                    Set<Integer> fixed = fixedAxes(model.getGraph(), input);
                    int axis = 0;
                    for (TensorShapeProto.Dimension.Builder d : input.getTypeBuilder()
                            .getTensorTypeBuilder()
                            .getShapeBuilder()
                            .getDimBuilderList()) {
                        if (!fixed.contains(axis)) {
                            d.setDimParam(input.getName() + "_" + axis);
                        }
                        axis++;
                    }
                }
            }
            return model.toBuilder().setGraph(graph).build();
        }
    },

    /** Every tensor input is an initializer with the test's value, so that all can be computed while compiling. */
    CONSTANT {
        @Override
        public ModelProto apply(ModelProto model, Map<String, byte[]> inputs) throws InvalidProtocolBufferException {
            GraphProto.Builder graph = model.getGraph().toBuilder().clearInput();
            for (ValueInfoProto input : model.getGraph().getInputList()) {
                byte[] value = inputs.get(input.getName());
                if (value != null && input.getType().hasTensorType()) {
                    // The files hold bf16 numbers under the element type u16.
                    graph.addInitializer(TensorProto.parseFrom(value).toBuilder()
                            .setName(input.getName())
                            .setDataType(input.getType().getTensorType().getElemType()));
                } else {
                    graph.addInput(input);
                }
            }
            return model.toBuilder().setGraph(graph).build();
        }
    };

    /** The model in this form; {@code inputs} are the values of its inputs as the bytes of their files. */
    public abstract ModelProto apply(ModelProto model, Map<String, byte[]> inputs)
            throws InvalidProtocolBufferException;

    private static final Map<String, Integer> WEIGHTS = Map.of(
            "Conv",
            1,
            "ConvTranspose",
            1,
            "ConvInteger",
            1,
            "QLinearConv",
            3,
            "DeformConv",
            1,
            "CausalConvWithState",
            1);

    private static Set<Integer> fixedAxes(GraphProto graph, ValueInfoProto.Builder input) {
        int rank = input.getType().getTensorType().getShape().getDimCount();
        Set<Integer> fixed = new HashSet<>();
        for (NodeProto node : graph.getNodeList()) {
            int operand = node.getInputList().indexOf(input.getName());
            if (operand >= 0 && WEIGHTS.getOrDefault(node.getOpType(), -1) == operand) {
                IntStream.range(2, rank).forEach(fixed::add);
            }
            if (operand == 1
                    && (node.getOpType().equals("GatherND") || node.getOpType().equals("ScatterND"))) {
                fixed.add(rank - 1);
            }
        }
        return fixed;
    }

    private static boolean isShapeLike(ValueInfoProto.Builder input) {
        int type = input.getType().getTensorType().getElemType();
        return input.getType().getTensorType().getShape().getDimCount() == 1
                && (type == TensorProto.DataType.INT64_VALUE || type == TensorProto.DataType.INT32_VALUE);
    }
}
