package dev.lathe.conformance;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxMap;
import ai.onnxruntime.OnnxSequence;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.lathe.ir.Deadline;
import dev.lathe.ir.Executable;
import dev.lathe.ir.eval.OutputCheck;
import dev.lathe.ir.tensor.Datum;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.Dim;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.MapType;
import dev.lathe.ir.type.Shape;
import dev.lathe.ir.type.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opentest4j.TestAbortedException;

/** A model in ONNX Runtime, the oracle. */
public final class OnnxRuntime implements Executable {
    private static final OrtEnvironment ENVIRONMENT =
            OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "lathe");

    private final OrtSession session;

    private OnnxRuntime(OrtSession session) {
        this.session = session;
    }

    /** How a session is made. */
    private interface Source {
        OrtSession open(OrtSession.SessionOptions options) throws OrtException;
    }

    /** A model of the world, which runs as its users run it. */
    public static OnnxRuntime load(Path model) {
        return load(options -> ENVIRONMENT.createSession(model.toString(), options));
    }

    /** A model that a test made, of which each operator runs as it stands. */
    public static OnnxRuntime load(byte[] model) {
        return load(options -> {
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            return ENVIRONMENT.createSession(model, options);
        });
    }

    private static OnnxRuntime load(Source source) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            return new OnnxRuntime(source.open(options));
        } catch (OrtException e) {
            throw failure(e);
        }
    }

    @Override
    public List<Port> inputs() {
        try {
            return session.getInputInfo().values().stream()
                    .map(OnnxRuntime::port)
                    .toList();
        } catch (OrtException e) {
            throw failure(e);
        }
    }

    @Override
    public List<Port> outputs() {
        try {
            return session.getOutputInfo().values().stream()
                    .map(OnnxRuntime::port)
                    .toList();
        } catch (OrtException e) {
            throw failure(e);
        }
    }

    private static Port port(NodeInfo node) {
        if (!(node.getInfo() instanceof TensorInfo info)) {
            throw new TestAbortedException("only tensors are compared, not a " + node.getInfo());
        }
        long[] shape = info.getShape();
        Dim[] dims = new Dim[shape.length];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = shape[i] < 0 ? Dim.symbol(node.getName() + "_" + i) : Dim.of(shape[i]);
        }
        return new Port(node.getName(), TensorType.of(element(info), Shape.of(dims)));
    }

    @Override
    public Map<String, Datum> run(Map<String, ? extends Datum> inputs, Deadline deadline) {
        deadline.check();
        Map<String, OnnxTensor> given = new HashMap<>();
        try {
            for (Map.Entry<String, ? extends Datum> e : inputs.entrySet()) {
                if (!(e.getValue() instanceof Tensor t)) {
                    throw new TestAbortedException("ONNX Runtime for Java takes tensors only");
                }
                given.put(e.getKey(), tensor(t));
            }
            Map<String, Datum> results = new LinkedHashMap<>();
            try (OrtSession.Result result = session.run(given)) {
                for (Map.Entry<String, OnnxValue> output : result) {
                    results.put(output.getKey(), datum(output.getValue()));
                }
            }
            return results;
        } catch (OrtException e) {
            throw failure(e);
        } finally {
            given.values().forEach(OnnxTensor::close);
        }
    }

    @Override
    public void callInto(Map<String, Tensor> inputs, Map<String, Tensor> outputs, Deadline deadline) {
        OutputCheck.callInto(this, inputs, outputs, deadline);
    }

    /** What ONNX Runtime has no kernel for cannot be compared. */
    private static RuntimeException failure(OrtException e) {
        return e.getCode() == OrtException.OrtErrorCode.ORT_NOT_IMPLEMENTED
                ? new TestAbortedException("ONNX Runtime: " + e.getMessage())
                : new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
    }

    private static OnnxTensor tensor(Tensor t) throws OrtException {
        if (t.element().isString()) {
            return OnnxTensor.createTensor(ENVIRONMENT, t.toStringArray(), t.dims());
        }
        OnnxJavaType type = switch (t.element()) {
            case F32 -> OnnxJavaType.FLOAT;
            case F64 -> OnnxJavaType.DOUBLE;
            case F16 -> OnnxJavaType.FLOAT16;
            case BF16 -> OnnxJavaType.BFLOAT16;
            case I8 -> OnnxJavaType.INT8;
            case I16 -> OnnxJavaType.INT16;
            case I32 -> OnnxJavaType.INT32;
            case I64 -> OnnxJavaType.INT64;
            case U8 -> OnnxJavaType.UINT8;
            case BOOL -> OnnxJavaType.BOOL;
            default ->
                throw new TestAbortedException(
                        "ONNX Runtime for Java takes no " + t.element().text());
        };
        ByteBuffer bytes = ByteBuffer.allocateDirect((int) t.byteSize()).order(ByteOrder.nativeOrder());
        bytes.put(t.data().asSlice(0, t.byteSize()).toArray(ValueLayout.JAVA_BYTE))
                .flip();
        return OnnxTensor.createTensor(ENVIRONMENT, bytes, t.dims(), type);
    }

    private static Datum datum(OnnxValue value) throws OrtException {
        if (!(value instanceof OnnxSequence s) || !s.getInfo().sequenceOfMaps) {
            return tensor(value);
        }
        MapType type = MapType.of(
                s.getInfo().mapInfo.keyType == OnnxJavaType.STRING ? ElementType.STRING : ElementType.I64,
                ElementType.F32);
        List<Datum> items = new ArrayList<>();
        for (OnnxValue item : s.getValue()) {
            items.add(Datum.Mapping.of(type.key(), ElementType.F32, ((OnnxMap) item).getValue()));
        }
        return new Datum.Sequence(type, items);
    }

    private static Tensor tensor(OnnxValue value) throws OrtException {
        if (!(value instanceof OnnxTensor t)) {
            throw new TestAbortedException("only tensors are compared, not a " + value.getType());
        }
        TensorInfo info = t.getInfo();
        ElementType element = element(info);
        if (element.isString()) {
            return strings(t, info);
        }
        Tensor out = Tensor.zeros(element, info.getShape());
        if (out.size() > 0) {
            MemorySegment.copy(MemorySegment.ofBuffer(t.getByteBuffer()), 0, out.data(), 0, out.byteSize());
        }
        return out;
    }

    private static ElementType element(TensorInfo info) {
        return switch (info.onnxType) {
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT -> ElementType.F32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE -> ElementType.F64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16 -> ElementType.F16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16 -> ElementType.BF16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8 -> ElementType.I8;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16 -> ElementType.I16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 -> ElementType.I32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64 -> ElementType.I64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 -> ElementType.U8;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16 -> ElementType.U16;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32 -> ElementType.U32;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64 -> ElementType.U64;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL -> ElementType.BOOL;
            case ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING -> ElementType.STRING;
            default -> throw new TestAbortedException("ONNX Runtime for Java gives no " + info.onnxType);
        };
    }

    private static Tensor strings(OnnxTensor t, TensorInfo info) throws OrtException {
        List<String> all = new ArrayList<>();
        flatten(t.getValue(), all);
        return Tensor.ofStrings(all.toArray(String[]::new), info.getShape());
    }

    private static void flatten(Object value, List<String> into) {
        if (value instanceof Object[] items) {
            for (Object item : items) {
                flatten(item, into);
            }
        } else {
            into.add((String) value);
        }
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
