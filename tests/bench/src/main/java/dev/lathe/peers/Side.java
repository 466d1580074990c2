package dev.lathe.peers;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import dev.lathe.ir.Executable;
import dev.lathe.ir.tensor.Tensor;
import dev.lathe.ir.type.ElementType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One of the two that are compared, ready to run on inputs that it already has; results go where those of the run
 * before went.
 */
interface Side extends AutoCloseable {

    void run();

    @Override
    void close();

    /** A compiled model; it closes {@code executable}. */
    static Side lathe(Executable executable, Map<String, Tensor> inputs) {
        Map<String, Tensor> outputs = executable.call(inputs);
        return new Side() {
            @Override
            public void run() {
                executable.callInto(inputs, outputs);
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
            for (Map.Entry<String, NodeInfo> output : session.getOutputInfo().entrySet()) {
                OnnxTensor value = (OnnxTensor) first.get(output.getKey()).orElseThrow();
                results.put(output.getKey(), OnnxRuntimeBuffers.like(environment, value));
            }
        }
        return new Side() {
            @Override
            public void run() {
                try {
                    session.run(given, java.util.Set.of(), results).close();
                } catch (OrtException e) {
                    throw new IllegalStateException(e);
                }
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
            ByteBuffer bytes = ByteBuffer.allocateDirect(Math.toIntExact(tensor.byteSize()))
                    .order(ByteOrder.nativeOrder());
            MemorySegment.ofBuffer(bytes).copyFrom(tensor.data().asSlice(0, tensor.byteSize()));
            OnnxJavaType type = tensor.element() == ElementType.I64 ? OnnxJavaType.INT64 : OnnxJavaType.FLOAT;
            return OnnxTensor.createTensor(environment, bytes, tensor.dims(), type);
        }

        static OnnxTensor like(OrtEnvironment environment, OnnxTensor tensor) throws OrtException {
            int size = tensor.getByteBuffer().remaining();
            ByteBuffer bytes = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
            return OnnxTensor.createTensor(environment, bytes, tensor.getInfo().getShape(), tensor.getInfo().type);
        }
    }
}
