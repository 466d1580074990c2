package dev.lathe.conformance;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.lathe.grammar.onnx.GraphProto;
import dev.lathe.grammar.onnx.ModelProto;
import dev.lathe.grammar.onnx.TensorProto;
import dev.lathe.grammar.onnx.TensorShapeProto;
import dev.lathe.grammar.onnx.ValueInfoProto;
import java.util.Map;

/** In what form a test's model is run. */
enum Mode {
    AS_WRITTEN {
        @Override
        ModelProto apply(ModelProto model, Map<String, byte[]> inputs) {
            return model;
        }
    },

    /**
     * Every dimension of every input is a symbol of its own. Integer vectors keep their length: it is the rank of a shape or the number of axes, and ranks are never
     * symbolic.
     */
    SYMBOLIC {
        @Override
        ModelProto apply(ModelProto model, Map<String, byte[]> inputs) {
            GraphProto.Builder graph = model.getGraph().toBuilder();
            for (ValueInfoProto.Builder input : graph.getInputBuilderList()) {
                if (input.getType().hasTensorType() && inputs.containsKey(input.getName()) && !isShapeLike(input)) {
                    int axis = 0;
                    for (TensorShapeProto.Dimension.Builder d : input.getTypeBuilder()
                            .getTensorTypeBuilder()
                            .getShapeBuilder()
                            .getDimBuilderList()) {
                        d.setDimParam(input.getName() + "_" + axis++);
                    }
                }
            }
            return model.toBuilder().setGraph(graph).build();
        }
    },

    /** Every tensor input is an initializer with the test's value, so that all can be computed while compiling. */
    CONSTANT {
        @Override
        ModelProto apply(ModelProto model, Map<String, byte[]> inputs) throws InvalidProtocolBufferException {
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
    abstract ModelProto apply(ModelProto model, Map<String, byte[]> inputs) throws InvalidProtocolBufferException;

    private static boolean isShapeLike(ValueInfoProto.Builder input) {
        int type = input.getType().getTensorType().getElemType();
        return input.getType().getTensorType().getShape().getDimCount() == 1
                && (type == TensorProto.DataType.INT64_VALUE || type == TensorProto.DataType.INT32_VALUE);
    }
}
