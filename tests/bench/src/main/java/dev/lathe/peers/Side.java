package dev.lathe.peers;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import dev.lathe.ir.type.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * One of the two that are compared, ready to run on inputs that it already has; results go where those of the run
 * before went.
 */
interface Side extends AutoCloseable {

    void run();

    /** The tensors of floats among the results of the last run, by name. */
    Map<String, Tensor> floats();

    @Override
    void close();

    /** A compiled model; it closes {@code executable}. */
    static Side lathe(Executable executable, Map<String, Tensor> inputs) {
        boolean isTensors = executable.outputs().stream().allMatch(o -> o.type() instanceof TensorType);
        Map<String, Tensor> outputs = isTensors ? executable.call(inputs) : Map.of();
        boolean isNew = !isTensors
                || outputs.values().stream().anyMatch(t -> t.element().isString());
        return new Side() {
            @Override
            public void run() {
                if (isNew) {
                    executable.run(inputs);
                } else {
                    executable.callInto(inputs, outputs);
                }
            }

            @Override
            public Map<String, Tensor> floats() {
                Map<String, Tensor> floats = new LinkedHashMap<>(outputs);
                floats.values().removeIf(t -> t.element() != ElementType.F32);
                return floats;
            }

            @Override
            public void close() {
                executable.close();
            }
        };
    }

    /** ONNX Runtime with so many threads, on buffers outside the Java heap that are made once. */
    static Side onnxRuntime(Path model, Map<String, Tensor> inputs, int threads) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "peer");
        OrtSession session;
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            session = environment.createSession(model.toString(), options);
        }
        Map<String, OnnxTensor> given = new LinkedHashMap<>();
        for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
            given.put(input.getKey(), OnnxRuntimeBuffers.copy(environment, input.getValue()));
        }
        Map<String, OnnxTensor> results = new LinkedHashMap<>();
        try (OrtSession.Result first = session.run(given)) {
            for (String output : session.getOutputInfo().keySet()) {
                OnnxValue value = first.get(output).orElseThrow();
                if (value instanceof OnnxTensor t && OnnxRuntimeBuffers.has(t.getInfo().type)) {
                    results.put(output, OnnxRuntimeBuffers.like(environment, t));
                }
            }
        }
        Set<String> others = new LinkedHashSet<>(session.getOutputNames());
        others.removeAll(results.keySet());
        return new Side() {
            @Override
            public void run() {
                try {
                    session.run(given, others, results).close();
                } catch (OrtException e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public Map<String, Tensor> floats() {
                Map<String, Tensor> floats = new LinkedHashMap<>();
                results.forEach((name, value) -> {
                    if (value.getInfo().type == OnnxJavaType.FLOAT) {
                        float[] elements = new float[value.getFloatBuffer().remaining()];
                        value.getFloatBuffer().get(elements);
                        floats.put(name, Tensor.of(elements, value.getInfo().getShape()));
                    }
                });
                return floats;
            }

            @Override
            public void close() {
                given.values().forEach(OnnxTensor::close);
                results.values().forEach(OnnxTensor::close);
                try {
                    session.close();
                } catch (OrtException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
    }

    /** Tensors of ONNX Runtime on direct buffers. */
    final class OnnxRuntimeBuffers {
        private OnnxRuntimeBuffers() {}

        static OnnxTensor copy(OrtEnvironment environment, Tensor tensor) throws OrtException {
            if (tensor.element().isString()) {
                return OnnxTensor.createTensor(environment, tensor.toStringArray(), tensor.dims());
            }
            ByteBuffer bytes = ByteBuffer.allocateDirect(Math.toIntExact(tensor.byteSize()))
                    .order(ByteOrder.nativeOrder());
            MemorySegment.ofBuffer(bytes).copyFrom(tensor.data().asSlice(0, tensor.byteSize()));
            return OnnxTensor.createTensor(environment, bytes, tensor.dims(), type(tensor.element()));
        }

        private static OnnxJavaType type(ElementType element) {
            return switch (element) {
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
                default -> throw new IllegalArgumentException("ONNX Runtime for Java takes no " + element.text());
            };
        }

        /** Whether a buffer can be a tensor of such elements. */
        static boolean has(OnnxJavaType type) {
            return type != OnnxJavaType.STRING && type != OnnxJavaType.UNKNOWN;
        }

        static OnnxTensor like(OrtEnvironment environment, OnnxTensor tensor) throws OrtException {
            int size = tensor.getByteBuffer().remaining();
            ByteBuffer bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
            return OnnxTensor.createTensor(environment, bytes, tensor.getInfo().getShape(), tensor.getInfo().type);
        }
    }
}
