package dev.lathe.conformance;

/** The TensorRT backend on the GPU of this machine; {@code tests/gpu} runs it where there is one. */
class TensorRtConformanceTest extends DeviceConformance {
    TensorRtConformanceTest() {
        super("tensorrt");
    }
}
