package dev.lathe.conformance;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** ONNX Runtime as an executable: the oracle. For models whose inputs and outputs are tensors of numbers. */
public final class OnnxRuntime implements Executable {
    private static final OrtEnvironment ENVIRONMENT =
            OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "lathe");

    private final OrtSession session;

    private OnnxRuntime(OrtSession session) {
        this.session = session;
    }

    public static OnnxRuntime load(Path model) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            return new OnnxRuntime(ENVIRONMENT.createSession(model.toString(), options));
        } catch (OrtException e) {
            throw new IllegalArgumentException("ONNX Runtime cannot load " + model, e);
        }
    }

    @Override
    public List<Port> inputs() {
        try {
            return session.getInputInfo().values().stream().map(OnnxRuntime::port).toList();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public List<Port> outputs() {
        try {
            return session.getOutputInfo().values().stream()
                    .map(OnnxRuntime::port)
                    .toList();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Port port(NodeInfo node) {
        TensorInfo info = (TensorInfo) node.getInfo();
        Dim[] dims = new Dim[info.getShape().length];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = info.getShape()[i] < 0 ? Dim.symbol(node.getName() + "_" + i) : Dim.of(info.getShape()[i]);
        }
        return new Port(node.getName(), TensorType.of(element(info.type), Shape.of(dims)));
    }

    private static ElementType element(OnnxJavaType type) {
        return switch (type) {
            case FLOAT -> ElementType.F32;
            case DOUBLE -> ElementType.F64;
            case INT8 -> ElementType.I8;
            case INT16 -> ElementType.I16;
            case INT32 -> ElementType.I32;
            case INT64 -> ElementType.I64;
            case BOOL -> ElementType.BOOL;
            case UINT8 -> ElementType.U8;
            case FLOAT16 -> ElementType.F16;
            case BFLOAT16 -> ElementType.BF16;
            case STRING, UNKNOWN -> throw new IllegalArgumentException("no tensor of numbers: " + type);
        };
    }

    private static OnnxJavaType type(ElementType element) {
        return switch (element) {
            case F32 -> OnnxJavaType.FLOAT;
            case F64 -> OnnxJavaType.DOUBLE;
            case I8 -> OnnxJavaType.INT8;
            case I16 -> OnnxJavaType.INT16;
            case I32 -> OnnxJavaType.INT32;
            case I64 -> OnnxJavaType.INT64;
            case BOOL -> OnnxJavaType.BOOL;
            case U8 -> OnnxJavaType.UINT8;
            case F16 -> OnnxJavaType.FLOAT16;
            case BF16 -> OnnxJavaType.BFLOAT16;
            default -> throw new IllegalArgumentException("ONNX Runtime's Java API has no " + element.text());
        };
    }

    @Override
    public Map<String, Datum> run(Map<String, ? extends Datum> inputs) {
        Map<String, OnnxTensor> given = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, ? extends Datum> input : inputs.entrySet()) {
                given.put(input.getKey(), give((Tensor) input.getValue()));
            }
            Map<String, Datum> results = new LinkedHashMap<>();
            try (OrtSession.Result result = session.run(given)) {
                for (Map.Entry<String, ai.onnxruntime.OnnxValue> output : result) {
                    results.put(output.getKey(), take((OnnxTensor) output.getValue()));
                }
            }
            return results;
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime failed", e);
        } finally {
            given.values().forEach(OnnxTensor::close);
        }
    }

    private static OnnxTensor give(Tensor tensor) throws OrtException {
        ByteBuffer bytes =
                ByteBuffer.allocateDirect(Math.toIntExact(tensor.byteSize())).order(ByteOrder.nativeOrder());
        MemorySegment.ofBuffer(bytes).copyFrom(tensor.data().asSlice(0, tensor.byteSize()));
        return OnnxTensor.createTensor(ENVIRONMENT, bytes, tensor.dims(), type(tensor.element()));
    }

    private static Tensor take(OnnxTensor tensor) {
        TensorInfo info = tensor.getInfo();
        Tensor copy = Tensor.zeros(element(info.type), info.getShape());
        copy.data().copyFrom(MemorySegment.ofBuffer(tensor.getByteBuffer()).asSlice(0, copy.byteSize()));
        return copy;
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }
}
